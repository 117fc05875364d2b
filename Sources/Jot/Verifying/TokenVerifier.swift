// What every verifier offers for a single token, whatever the token's type.

/// Verifies tokens: a ``Verifier``, an ``IssuerVerifier`` or a ``CachedVerifier``.
///
/// A server that takes `some TokenVerifier` works with one issuer, with several, and with a cache.
public protocol TokenVerifier: Sendable {
  /// The most bytes in a token.
  var tokenLimit: Int { get }

  /// Verifies `token` without allocating and returns its claims' locations; see
  /// ``Verifier/verify(_:scratch:)``.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, not shared.
  /// - Returns: The claims' locations in `scratch`.
  /// - Throws: ``JWTError``: the first check that failed.
  /// - Complexity: O(n).
  func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex
}

extension TokenVerifier {
  /// Verifies `token` and returns its claims.
  ///
  /// - Parameter token: A JWS in the Compact Serialization, without whitespace around it.
  /// - Throws: ``JWTError``: the first check that failed.
  /// - Complexity: O(n).
  public func verify(_ token: String) throws(JWTError) -> VerifiedClaims {
    var token = token
    token.makeContiguousUTF8()
    return try claims(of: token.utf8.span)
  }

  /// Verifies `token`, a part of a text such as a header's value, and returns its claims.
  ///
  /// - Parameter token: A JWS in the Compact Serialization, without whitespace around it.
  /// - Throws: ``JWTError``: the first check that failed.
  /// - Complexity: O(n).
  public func verify(_ token: Substring) throws(JWTError) -> VerifiedClaims {
    var token = token
    token.makeContiguousUTF8()
    return try claims(of: token.utf8.span)
  }

  /// Verifies `token`, a buffer of bytes, and returns its claims.
  ///
  /// - Parameter token: A JWS in the Compact Serialization; any bytes.
  /// - Throws: ``JWTError``: the first check that failed.
  /// - Complexity: O(n).
  public func verify(_ token: [UInt8]) throws(JWTError) -> VerifiedClaims {
    try claims(of: token.span)
  }

  private func claims(of token: Span<UInt8>) throws(JWTError) -> VerifiedClaims {
    // A token that is too long must not cost memory.
    guard token.count <= tokenLimit else { throw .tokenTooLarge(limit: tokenLimit) }
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    let index = try verify(token, scratch: &span)
    scratch.removeSubrange(index.payloadLength...)
    return VerifiedClaims(payload: scratch, header: VerifiedHeader.text(of: token), index: index)
  }
}

extension Verifier: TokenVerifier {}
extension IssuerVerifier: TokenVerifier {}
