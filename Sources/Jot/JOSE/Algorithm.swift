// The signature algorithms (RFC 7518 §3.1, RFC 8037, RFC 8812, RFC 9864).
@_exported public import JotCore

/// A JWS signature algorithm, by its registered name.
///
/// Tokens, keys and allow lists refer to algorithms by name. So two names of the same mathematics
/// (`ES512` and FastAPI Users' `ES521`; `EdDSA`, `Ed25519` and `Ed448`) are never interchangeable.
@nonexhaustive
public enum Algorithm: String, CaseIterable, Sendable {
  /// HMAC with SHA-256, by a secret of 32 bytes or more.
  case hs256 = "HS256"
  /// HMAC with SHA-384, by a secret of 48 bytes or more.
  case hs384 = "HS384"
  /// HMAC with SHA-512, by a secret of 64 bytes or more.
  case hs512 = "HS512"
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  case rs256 = "RS256"
  /// RSASSA-PKCS1-v1_5 with SHA-384.
  case rs384 = "RS384"
  /// RSASSA-PKCS1-v1_5 with SHA-512.
  case rs512 = "RS512"
  /// RSASSA-PSS with SHA-256, and MGF1 with the same hash; the salt is as long as the hash.
  case ps256 = "PS256"
  /// RSASSA-PSS with SHA-384, and MGF1 with the same hash; the salt is as long as the hash.
  case ps384 = "PS384"
  /// RSASSA-PSS with SHA-512, and MGF1 with the same hash; the salt is as long as the hash.
  case ps512 = "PS512"
  /// ECDSA on P-256 with SHA-256.
  case es256 = "ES256"
  /// ECDSA on secp256k1 with SHA-256 (RFC 8812).
  case es256k = "ES256K"
  /// ECDSA on P-384 with SHA-384.
  case es384 = "ES384"
  /// ECDSA on P-521 with SHA-512.
  case es512 = "ES512"
  /// PyJWT's and FastAPI Users' second name for ES512; not registered.
  case es521 = "ES521"
  /// Ed25519 or Ed448, depending on the key (RFC 8037).
  case edDSA = "EdDSA"
  /// EdDSA with an Ed25519 key only (RFC 9864).
  case ed25519 = "Ed25519"
  /// EdDSA with an Ed448 key only (RFC 9864).
  case ed448 = "Ed448"

  /// The mathematics of an algorithm.
  @nonexhaustive
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

  /// The hash of the signed message; nil for EdDSA, which signs the message itself.
  package var hash: SHA2? {
    @_noAllocation get { family == .edDSA ? nil : id.hash }
  }

  /// The number that represents the algorithm while a token is verified.
  package var id: AlgorithmID {
    @_noAllocation get {
      switch self {
      case .hs256: AlgorithmID(number: 0)
      case .hs384: AlgorithmID(number: 1)
      case .hs512: AlgorithmID(number: 2)
      case .rs256: AlgorithmID(number: 3)
      case .rs384: AlgorithmID(number: 4)
      case .rs512: AlgorithmID(number: 5)
      case .ps256: AlgorithmID(number: 6)
      case .ps384: AlgorithmID(number: 7)
      case .ps512: AlgorithmID(number: 8)
      case .es256: AlgorithmID(number: 9)
      case .es384: AlgorithmID(number: 10)
      case .es512: AlgorithmID(number: 11)
      case .es256k: AlgorithmID(number: 12)
      case .es521: AlgorithmID(number: 14)
      case .edDSA: AlgorithmID(number: 15)
      case .ed25519: AlgorithmID(number: 16)
      case .ed448: AlgorithmID(number: 17)
      }
    }
  }
}

/// An algorithm as a number; verification branches on it.
package struct AlgorithmID: Equatable, Sendable {
  /// First three each of HMAC, RSASSA-PKCS1-v1_5, RSASSA-PSS and ECDSA, then the others. The
  /// remainder modulo three is the hash.
  package let number: Int

  @_noAllocation @inline(__always)
  init(number: Int) { self.number = number }

  /// The number of IDs: one more than the highest.
  static var count: Int { @_noAllocation get { 18 } }

  /// The hash; meaningless for EdDSA.
  package var hash: SHA2 {
    @_noAllocation @inline(__always) get {
      switch number % 3 {
      case 0: .sha256
      case 1: .sha384
      default: .sha512
      }
    }
  }

  var isHMAC: Bool { @_noAllocation @inline(__always) get { number < 3 } }
  var isPSS: Bool { @_noAllocation @inline(__always) get { 6...8 ~= number } }

  /// The encoding in an RSA signature.
  package var rsaEncoding: RSAEncoding {
    @_noAllocation get { isPSS ? .pss(hash) : .pkcs1(hash) }
  }

  /// The index among the six algorithms of an RSA key.
  var rsaIndex: Int { number - 3 }

  /// The length of an HMAC tag in base64url characters.
  var tagLength: Int {
    @_noAllocation @inline(__always) get { number == 0 ? 43 : number == 1 ? 64 : 86 }
  }

  /// Its bit in an allow list.
  var bit: UInt32 { @_noAllocation @inline(__always) get { 1 << UInt32(number) } }
}

extension Sequence<Algorithm> {
  /// The bits of these algorithms.
  var mask: UInt32 { reduce(0) { $0 | $1.id.bit } }
}
