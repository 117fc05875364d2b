// The signature algorithms (RFC 7518 §3.1, RFC 8037, RFC 8812, RFC 9864). Before it: a header's alg.
// After it: the types of key that serve it.
@_exported public import JotCore

/// A JWS signature algorithm, by its registered name.
///
/// A name is what a token, a key and an allow list have in common, so two names of one mathematics
/// (`ES512` and FastAPI Users' `ES521`; `EdDSA`, `Ed25519` and `Ed448`) never stand for each other.
public enum Algorithm: String, CaseIterable, Sendable {
  case hs256 = "HS256"
  case hs384 = "HS384"
  case hs512 = "HS512"
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  case ps256 = "PS256"
  case ps384 = "PS384"
  case ps512 = "PS512"
  case es256 = "ES256"
  case es256k = "ES256K"
  case es384 = "ES384"
  case es512 = "ES512"
  /// What PyJWT and FastAPI Users also call ES512; not registered.
  case es521 = "ES521"
  /// Ed25519 or Ed448, as the key has it (RFC 8037).
  case edDSA = "EdDSA"
  case ed25519 = "Ed25519"
  case ed448 = "Ed448"

  /// The mathematics of an algorithm.
  public enum Family: Sendable {
    /// HMAC with a shared secret (RFC 7518 §3.2).
    case hmac
    /// RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 7518 §3.3, §3.5).
    case rsa
    /// ECDSA (RFC 7518 §3.4, RFC 8812).
    case ecdsa
    /// EdDSA (RFC 8037).
    case edDSA
  }

  /// The mathematics of this algorithm.
  public var family: Family {
    @_noAllocation get {
      switch self {
      case .hs256, .hs384, .hs512: .hmac
      case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
      case .es256, .es256k, .es384, .es512, .es521: .ecdsa
      case .edDSA, .ed25519, .ed448: .edDSA
      }
    }
  }

  /// The hash that this algorithm signs; nil for EdDSA, which signs the message itself.
  public var hash: SHA2? {
    @_noAllocation get { family == .edDSA ? nil : Self.hash(ofNumber: number) }
  }

  /// What the token's way carries instead of the name; its remainder by three is the hash.
  package var number: Int {
    @_noAllocation get {
      switch self {
      case .hs256: 0
      case .hs384: 1
      case .hs512: 2
      case .rs256: 3
      case .rs384: 4
      case .rs512: 5
      case .ps256: 6
      case .ps384: 7
      case .ps512: 8
      case .es256: 9
      case .es384: 10
      case .es512: 11
      case .es256k: 12
      case .es521: 14
      case .edDSA: 15
      case .ed25519: 16
      case .ed448: 17
      }
    }
  }

  /// Numbers there are: one more than the highest.
  static var numbers: Int { @_noAllocation get { 18 } }

  /// Its bit in an allow list.
  var bit: UInt32 { @_noAllocation get { 1 << UInt32(number) } }

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

extension Sequence<Algorithm> {
  /// The bits of these algorithms.
  var bits: UInt32 { reduce(0) { $0 | $1.bit } }
}
