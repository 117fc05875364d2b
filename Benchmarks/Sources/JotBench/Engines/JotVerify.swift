// Jot reads tokens: good ones, and such as it must refuse.
import BenchKit
import Jot

/// What verifies: one verifier, or one for each issuer.
protocol TokenVerifier: AnyObject, Sendable {
  func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>, into claims: inout ClaimIndex
  ) throws(JWTError)
}

extension Verifier: TokenVerifier {}
extension IssuerVerifier: TokenVerifier {}

final class JotVerify<Reader: TokenVerifier>: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: Reader
  private let tokens: PackedBytes
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var cursor = 0

  init(_ pool: Pool, _ verifier: Reader) {
    self.verifier = verifier
    tokens = PackedBytes(pool.tokens.map(\.text))
    refused = pool.refused
    expected = pool.tokens.map(\.claimsAnswer)
    scratch = pool.scratch()
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (tokens.bytes, tokens.borders)
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    var claims = ClaimIndex()
    for _ in 0..<count {
      do throws(JWTError) {
        let token = text.span.extracting(borders[at]..<borders[at + 1])
        try verifier.verify(token, scratch: &room, into: &claims)
        sum &+= claims.answer(in: room)
      } catch {}
      at += 1
      if at == tokens.count { at = 0 }
    }
    cursor = at
    return sum
  }

  func refusesBadTokens() -> Bool {
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    var claims = ClaimIndex()
    for (token, reason) in refused {
      do throws(JWTError) {
        try verifier.verify(token.span, scratch: &room, into: &claims)
        return false
      } catch {
        if error.reason != reason { return false }
      }
    }
    return true
  }
}

/// Refuses tokens: an operation's answer is 1 if it was refused, and for the attack's reason.
final class JotRefuse: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: Verifier
  private let tokens: PackedBytes
  private var scratch: [UInt8] = []
  private var cursor = 0
  /// The error of which the reason is the attack's.
  private var wanted: JWTError?

  init(_ pool: HostilePool, _ verifier: Verifier) {
    self.verifier = verifier
    tokens = PackedBytes(pool.tokens)
    expected = pool.tokens.map { _ in 1 }
    var buffer = [UInt8](
      repeating: 0, count: Verifier.scratchLength(forToken: HostilePool.tokenLimit))
    let first = pool.tokens[0]
    var room = buffer.mutableSpan
    do throws(JWTError) {
      _ = try verifier.verify(first.span, scratch: &room)
    } catch {
      if error.reason == pool.attack.reason { wanted = error }
    }
    scratch = buffer
  }

  func run(_ count: Int) -> UInt64 {
    guard let wanted else { return 0 }
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (tokens.bytes, tokens.borders)
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for _ in 0..<count {
      do throws(JWTError) {
        let token = text.span.extracting(borders[at]..<borders[at + 1])
        _ = try verifier.verify(token, scratch: &room)
      } catch {
        if error == wanted { sum &+= 1 }
      }
      at += 1
      if at == tokens.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// Each operation says so.
  func refusesBadTokens() -> Bool { true }
}

extension Pool {
  /// Room for any of the pool's tokens.
  func scratch() -> [UInt8] {
    let longest = (tokens.map(\.text) + refused.map(\.token)).map(\.count).max() ?? 0
    return [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: longest))
  }
}
