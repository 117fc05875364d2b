// Verifies what competitors sign, off the clock.
import BenchKit
import Jot

/// Checks the tokens that a competitor makes: OpenSSL the signatures, TokenParts the claims, and Jot
/// both where claims have a type.
struct CompetitorJudge: Sendable {
  private let pool: Pool
  private let openssl: OpenSSLWorker
  private let verifier: Verifier
  private let type: (any TypedClaims.Type)?

  /// - Parameter type: The type of the claims; nil for access tokens.
  init(_ pool: Pool, _ type: (any TypedClaims.Type)? = nil) throws(ProcessFailure) {
    guard let openssl = try? OpenSSLWorker(pool.key, signs: false),
      let verifier = try? Verifier(onMachineClock: pool)
    else { throw ProcessFailure(reason: "OpenSSL made no context") }
    (self.pool, self.openssl, self.verifier, self.type) = (pool, openssl, verifier, type)
  }

  /// Asks for every item's token, and returns them if all are right.
  func made(_ process: LineProcess) throws(ProcessFailure) -> [TokenParts] {
    process.send("make")
    var tokens: [TokenParts] = []
    for wanted in pool.tokens {
      let parts = try parts(process)
      guard parts.says(wanted), hasClaims(parts, wanted) else { throw Self.other }
      tokens.append(parts)
    }
    return tokens
  }

  /// Asks for the last token of a run, which must be right for the item of that operation.
  ///
  /// - Parameter operations: Of all runs so far, at least one.
  func last(_ process: LineProcess, _ operations: Int) throws(ProcessFailure) {
    process.send("last")
    let wanted = pool.tokens[(operations - 1) % pool.tokens.count]
    let parts = try parts(process)
    guard parts.says(wanted), hasClaims(parts, wanted) else { throw Self.other }
  }

  /// Whether a token has all claims of a pool's token, as values of the type.
  private func hasClaims(_ parts: TokenParts, _ wanted: PoolToken) -> Bool {
    func isEqual<Payload: TypedClaims>(_ type: Payload.Type) -> Bool {
      guard let made = try? verifier.verify(parts.text, as: type),
        let asked = try? verifier.verify(wanted.text, as: type)
      else { return false }
      return made == asked
    }
    guard let type else { return true }
    return isEqual(type)
  }

  private static let other = ProcessFailure(
    reason: "a token it made says something else than was asked")

  /// A token with the pool's algorithm, signature and audience.
  private func parts(_ process: LineProcess) throws(ProcessFailure) -> TokenParts {
    let token = try process.line()
    guard let parts = TokenParts(token) else {
      throw ProcessFailure(reason: "it made no token: \(token.short)")
    }
    guard openssl.verify(parts.signingInput, parts.signature) else {
      throw ProcessFailure(reason: "the signature of a token it made is wrong")
    }
    guard parts.algorithm == pool.algorithm.rawValue, parts.audience == [pool.profile.audience]
    else { throw Self.other }
    return parts
  }
}

extension TokenParts {
  /// Whether it has the subject and the expiry of a token.
  fileprivate func says(_ token: PoolToken) -> Bool {
    subject.map { Array($0.utf8) } == token.subject && expiration == token.expiration
  }

  /// The answer of a competitor's signing: the token's last eight bytes, or the signing input's.
  func answer(isRandomised: Bool) -> UInt64 {
    Checksum.ofEnd(isRandomised ? signingInput : text)
  }
}

extension Checksum {
  /// The last eight bytes.
  static func ofEnd(_ bytes: [UInt8]) -> UInt64 { word(bytes, at: bytes.count - 8) }
}
