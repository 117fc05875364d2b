// Jot finds the verifiers of many issuers.
import BenchKit
import Jot

/// Finds each token's verifier by its issuer, without verification. The answer is 1 for the right
/// one.
final class JotPeek: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: IssuerVerifier
  private let owners: [Verifier]
  private let tokens: PackedBytes
  private var scratch: [UInt8]
  private var cursor = 0

  init(_ pool: Pool, _ verifier: IssuerVerifier) {
    self.verifier = verifier
    owners = pool.tokens.map { verifier.verifiers[$0.key] }
    tokens = PackedBytes(pool.tokens.map(\.text))
    expected = pool.tokens.map { _ in 1 }
    scratch = pool.scratch()
  }

  func run(_ count: Int) -> UInt64 {
    let (verifier, owners) = (verifier, owners)
    return tokens.sum(count, from: &cursor, scratch: &scratch) {
      (token, index, span) throws(JWTError) in
      try verifier.verifier(for: token, scratch: &span) === owners[index] ? 1 : 0
    }
  }

  /// An unknown issuer must be refused.
  func refusesBadTokens() -> Bool {
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var span = buffer.mutableSpan
    let parts = [#"{"alg":"HS256"}"#, #"{"iss":"https://other.test"}"#, "?"].map { text in
      Base64.url(Array(text.utf8))
    }
    let token = Array(parts.joined(separator: [UInt8(ascii: ".")]))
    do throws(JWTError) {
      _ = try verifier.verifier(for: token.span, scratch: &span)
      return false
    } catch {
      return error == .issuerUnknown
    }
  }
}
