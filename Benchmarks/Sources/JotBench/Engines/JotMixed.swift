// Jot reads tokens of two issuers in turn. Each has a verifier: a set has secrets or public keys, never
// both, so that no public key can be taken for a secret. Whose a token is the server knows by where it
// came in.
import BenchKit
import Jot

final class JotMixed: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifiers: (Verifier, Verifier)
  private let readers: [JotVerify<Verifier>]
  private let tokens: PackedBytes
  private var scratch: [UInt8]
  private var cursor = 0

  init(_ pools: (Pool, Pool), _ verifiers: (Verifier, Verifier)) {
    self.verifiers = verifiers
    readers = [JotVerify(pools.0, verifiers.0), JotVerify(pools.1, verifiers.1)]
    let pool = Pool(pools.0, pools.1)
    tokens = PackedBytes(pool.tokens.map(\.text))
    expected = pool.tokens.map(\.claimsAnswer)
    scratch = pool.scratch()
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (tokens.bytes, tokens.borders)
    let (first, second) = verifiers
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    var claims = ClaimIndex()
    for _ in 0..<count {
      do throws(JWTError) {
        let token = text.span.extracting(borders[at]..<borders[at + 1])
        if at & 1 == 0 {
          try first.verify(token, scratch: &room, into: &claims)
        } else {
          try second.verify(token, scratch: &room, into: &claims)
        }
        sum &+= claims.answer(in: room)
      } catch {}
      at += 1
      if at == tokens.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// Each issuer's, and the other's tokens.
  func refusesBadTokens() -> Bool {
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for (place, verifier) in [(0, verifiers.1), (1, verifiers.0)] {
      let borders = tokens.borders
      do throws(JWTError) {
        let token = Array(tokens.bytes[borders[place]..<borders[place + 1]])
        _ = try verifier.verify(token.span, scratch: &room)
        return false
      } catch {
        if error.reason != "alg_not_allowed" { return false }
      }
    }
    return readers.allSatisfy { $0.refusesBadTokens() }
  }
}
