// Jot verifies tokens, and refuses hostile ones.
import BenchKit
import Jot

/// One verifier, or one for each issuer.
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
  private var hasBegun = false

  init(_ pool: Pool, _ verifier: Reader) {
    self.verifier = verifier
    tokens = PackedBytes(pool.tokens.map(\.text))
    refused = pool.refused
    expected = pool.tokens.map(\.claimsAnswer)
    scratch = pool.scratch()
  }

  // Without specialisation each operation would call its closure through a generic context: 3 ns.
  @_specialize(where Reader == Verifier)
  @_specialize(where Reader == IssuerVerifier)
  func run(_ count: Int) -> UInt64 {
    let verifier = verifier
    var claims = ClaimIndex()
    return tokens.sum(count, from: &cursor, scratch: &scratch) {
      (token, _, span) throws(JWTError) in
      try verifier.verify(token, scratch: &span, into: &claims)
      return claims.answer(in: span)
    }
  }

  func refusesBadTokens() -> Bool {
    if !hasBegun { verifyEach() }
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var span = buffer.mutableSpan
    var claims = ClaimIndex()
    for (token, reason) in refused {
      do throws(JWTError) {
        try verifier.verify(token.span, scratch: &span, into: &claims)
        return false
      } catch {
        if error.code.rawValue != reason { return false }
      }
    }
    return true
  }

  /// Verifies each token once, on the worker's own CPU: it has its own contexts of OpenSSL, which
  /// OpenSSL's engine, too, makes beforehand.
  private func verifyEach() {
    hasBegun = true
    _ = run(expected.count)
    cursor = 0
  }
}

/// Refuses tokens. The answer is 1 if a token was refused for the attack's reason.
final class JotRefuse: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: Verifier
  private let tokens: PackedBytes
  private var scratch: [UInt8] = []
  private var cursor = 0
  /// The error with the attack's reason.
  private var wanted: JWTError?

  init(_ pool: HostilePool, _ verifier: Verifier) {
    self.verifier = verifier
    tokens = PackedBytes(pool.tokens)
    expected = pool.tokens.map { _ in 1 }
    var buffer = [UInt8](
      repeating: 0, count: Verifier.scratchLength(forToken: HostilePool.tokenLimit))
    let first = pool.tokens[0]
    var span = buffer.mutableSpan
    do throws(JWTError) {
      _ = try verifier.verify(first.span, scratch: &span)
    } catch {
      if error.code.rawValue == pool.attack.reason { wanted = error }
    }
    scratch = buffer
  }

  func run(_ count: Int) -> UInt64 {
    guard let wanted else { return 0 }
    let verifier = verifier
    return tokens.sum(count, from: &cursor, scratch: &scratch) {
      (token, _, span) throws(Never) in
      do throws(JWTError) {
        _ = try verifier.verify(token, scratch: &span)
        return 0
      } catch {
        return error == wanted ? 1 : 0
      }
    }
  }

  /// Every operation checks that.
  func refusesBadTokens() -> Bool { true }
}

extension Pool {
  /// Scratch for any of the pool's tokens.
  func scratch() -> [UInt8] {
    let longest = (tokens.map(\.text) + refused.map(\.token)).map(\.count).max() ?? 0
    return [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: longest))
  }
}
