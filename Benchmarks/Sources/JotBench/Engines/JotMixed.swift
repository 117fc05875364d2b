// Jot verifies tokens of two issuers in turn, each with its own verifier: a key set has secrets or
// public keys, never both, so that no public key is taken for a secret. A server knows the issuer
// by where a token arrives.
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
    let (first, second) = verifiers
    var claims = ClaimIndex()
    return tokens.sum(count, from: &cursor, scratch: &scratch) {
      (token, index, span) throws(JWTError) in
      if index & 1 == 0 {
        try first.verify(token, scratch: &span, into: &claims)
      } else {
        try second.verify(token, scratch: &span, into: &claims)
      }
      return claims.answer(in: span)
    }
  }

  /// Checks both readers, and each verifier with the other's token.
  func refusesBadTokens() -> Bool {
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var span = buffer.mutableSpan
    for (index, verifier) in [(0, verifiers.1), (1, verifiers.0)] {
      let borders = tokens.borders
      do throws(JWTError) {
        let token = Array(tokens.bytes[borders[index]..<borders[index + 1]])
        _ = try verifier.verify(token.span, scratch: &span)
        return false
      } catch {
        if error.code != .algorithmNotAllowed { return false }
      }
    }
    return readers.allSatisfy { $0.refusesBadTokens() }
  }
}
