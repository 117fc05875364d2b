// The signature algorithms (RFC 7518 §3.1). Before it: a header's alg. After it: a key's family.
@_exported public import JotCore

/// A JWS signature algorithm, by its registered name.
public enum Algorithm: String, CaseIterable, Sendable {
  case hs256 = "HS256"
  case hs384 = "HS384"
  case hs512 = "HS512"
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"

  /// The kind of key that an algorithm takes.
  public enum Family: Sendable {
    /// A shared secret: HMAC (RFC 7518 §3.2).
    case hmac
    /// An RSA key: RSASSA-PKCS1-v1_5 (RFC 7518 §3.3).
    case rsa
  }

  /// The kind of key that this algorithm takes.
  public var family: Family {
    @_noAllocation get {
      switch self {
      case .hs256, .hs384, .hs512: .hmac
      case .rs256, .rs384, .rs512: .rsa
      }
    }
  }

  /// The hash that this algorithm signs.
  public var hash: SHA2 {
    @_noAllocation get {
      switch self {
      case .hs256, .rs256: .sha256
      case .hs384, .rs384: .sha384
      case .hs512, .rs512: .sha512
      }
    }
  }

  /// Its place in `allCases`: what the token's way carries instead of the name.
  var number: Int {
    switch self {
    case .hs256: 0
    case .hs384: 1
    case .hs512: 2
    case .rs256: 3
    case .rs384: 4
    case .rs512: 5
    }
  }

  /// Its bit in an allow list.
  var bit: UInt32 { 1 << UInt32(number) }

  /// The hash of the algorithm at `number`.
  @_noAllocation
  static func hash(ofNumber number: Int) -> SHA2 {
    switch number % 3 {
    case 0: .sha256
    case 1: .sha384
    default: .sha512
    }
  }
}
