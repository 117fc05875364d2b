// The claims that RFC 7519 §4.1 registers.

/// A claim with a meaning that RFC 7519 §4.1 gives it.
public enum RegisteredClaim: String, CaseIterable, Sendable {
  /// Who issued the token.
  case issuer = "iss"
  /// Whom the token is about.
  case subject = "sub"
  /// Whom the token is for: a string or an array of strings.
  case audience = "aud"
  /// The second from which on the token is refused.
  case expiration = "exp"
  /// The second before which the token is refused.
  case notBefore = "nbf"
  /// The second in which the token was issued.
  case issuedAt = "iat"
  /// The token's own identifier.
  case tokenID = "jti"

  /// Its bit in ``PlainClaims/present``.
  var bit: UInt8 {
    @_noAllocation get {
      switch self {
      case .issuer: 1
      case .subject: 2
      case .audience: 4
      case .tokenID: 8
      case .expiration: 16
      case .notBefore: 32
      case .issuedAt: 64
      }
    }
  }
}
