// Jot reads tokens of many issuers, each with its own verifier and key.
import BenchKit
import Jot

/// Finds each token's verifier by its issuer, and verifies nothing: an operation's answer is 1 if it is
/// the right one.
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
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (tokens.bytes, tokens.borders)
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for _ in 0..<count {
      do throws(JWTError) {
        let token = text.span.extracting(borders[at]..<borders[at + 1])
        if try verifier.verifier(for: token, scratch: &room) === owners[at] { sum &+= 1 }
      } catch {}
      at += 1
      if at == tokens.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// No token is verified here. An issuer that no verifier has must be refused.
  func refusesBadTokens() -> Bool {
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    let parts = [#"{"alg":"HS256"}"#, #"{"iss":"https://other.test"}"#, "?"].map { text in
      Base64.url(Array(text.utf8))
    }
    let token = Array(parts.joined(separator: [UInt8(ascii: ".")]))
    do throws(JWTError) {
      _ = try verifier.verifier(for: token.span, scratch: &room)
      return false
    } catch {
      return error == .issuerUnknown
    }
  }
}
