// A verifier with a cache in front of it.

/// Verifies tokens as a verifier does, but skips the signature of a cached token.
///
/// ```swift
/// let cached = CachedVerifier(verifier, cache: TokenCache())
/// let claims = try cached.verify(token)
/// ```
///
/// The result always equals the verifier's own; see ``TokenCache``.
public struct CachedVerifier: TokenVerifier {
  private enum Base {
    case one(Verifier)
    case issuers(IssuerVerifier)
  }

  private let base: Base
  private let cache: TokenCache

  /// Makes a verifier with one issuer or one key.
  ///
  /// - Parameters:
  ///   - verifier: Verifies the tokens that are not in the cache.
  ///   - cache: Any number of verifiers and threads may share it.
  public init(_ verifier: Verifier, cache: TokenCache) {
    (base, self.cache) = (.one(verifier), cache)
  }

  /// Makes a verifier with several issuers.
  ///
  /// - Parameters:
  ///   - verifier: Verifies the tokens that are not in the cache.
  ///   - cache: Any number of verifiers and threads may share it.
  public init(_ verifier: IssuerVerifier, cache: TokenCache) {
    (base, self.cache) = (.issuers(verifier), cache)
  }

  /// The most bytes in a token: the verifier's limit.
  public var tokenLimit: Int {
    switch base {
    case .one(let verifier): verifier.tokenLimit
    case .issuers(let verifier): verifier.tokenLimit
    }
  }

  /// Verifies `token` as the verifier does, and leaves the same result in `scratch`.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, not shared.
  /// - Throws: ``JWTError``: the first check that failed, in the verifier's order.
  /// - Complexity: O(n); no allocation for a cached token.
  public func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    switch base {
    case .one(let verifier): try cache.verify(token, with: verifier, scratch: &scratch)
    case .issuers(let verifier): try cache.verify(token, with: verifier, scratch: &scratch)
    }
  }
}
