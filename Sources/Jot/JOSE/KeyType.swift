// The types of keys, and the algorithms of each (RFC 7518 §6, RFC 8037 §2).
import JotCore

/// The type of a key, independent of its format.
@nonexhaustive
public enum KeyType: String, CaseIterable, Sendable {
  /// A shared secret, for HS256, HS384 and HS512.
  case secret = "secret"
  /// An RSA key of 2048 to 8192 bits, for RS and PS algorithms.
  case rsa = "RSA"
  /// A key on the curve P-256, for ES256.
  case p256 = "P-256"
  /// A key on the curve P-384, for ES384.
  case p384 = "P-384"
  /// A key on the curve P-521, for ES512.
  case p521 = "P-521"
  /// A key on the curve secp256k1, for ES256K.
  case secp256k1 = "secp256k1"
  /// An Ed25519 key, for EdDSA and Ed25519.
  case ed25519 = "Ed25519"
  /// An Ed448 key, for EdDSA and Ed448.
  case ed448 = "Ed448"

  /// The algorithms that a key of this type supports.
  public var algorithms: [Algorithm] {
    switch self {
    case .secret: [.hs256, .hs384, .hs512]
    case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
    case .p256: [.es256]
    case .p384: [.es384]
    case .p521: [.es512, .es521]
    case .secp256k1: [.es256k]
    case .ed25519: [.edDSA, .ed25519]
    case .ed448: [.edDSA, .ed448]
    }
  }

  /// The JWK member `kty` (RFC 7518 §6.1, RFC 8037 §2).
  var jwkType: String {
    switch self {
    case .secret: "oct"
    case .rsa: "RSA"
    case .p256, .p384, .p521, .secp256k1: "EC"
    case .ed25519, .ed448: "OKP"
    }
  }

  /// Bytes in a number of the key: an EC coordinate, an EdDSA public key; 0 if it varies.
  var width: Int {
    switch self {
    case .secret, .rsa: 0
    case .p256, .secp256k1, .ed25519: 32
    case .p384: 48
    case .p521: 66
    case .ed448: 57
    }
  }

  /// OpenSSL's name of the curve's group; nil for other keys.
  var group: StaticString? {
    switch self {
    case .p256: "prime256v1"
    case .p384: "secp384r1"
    case .p521: "secp521r1"
    case .secp256k1: "secp256k1"
    case .secret, .rsa, .ed25519, .ed448: nil
    }
  }

  /// The curve of an ECDSA key; nil for other keys.
  var curve: ECDSACurve? {
    switch self {
    case .p256: .p256
    case .p384: .p384
    case .p521: .p521
    case .secp256k1: .secp256k1
    case .secret, .rsa, .ed25519, .ed448: nil
    }
  }

  /// The key type of a JWK with these members, or nil.
  init?(jwkType: String, curve: String?) {
    guard
      let type = Self.allCases.first(where: { type in
        type.jwkType == jwkType && (type.width == 0 || type.rawValue == curve)
      })
    else { return nil }
    self = type
  }
}
