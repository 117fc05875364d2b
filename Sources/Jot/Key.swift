// Keys: what signs and what verifies are different types. Before them: KeyText, RSA, HMACKey.
// After them: Signer and Verifier.

/// A key that signs: a secret, or an RSA private key.
///
/// Parsed once, here; shared by any number of signers and threads. It prints nothing of itself.
public final class SigningKey: Sendable, CustomReflectable {
  enum Material: ~Copyable, Sendable {
    case hmac(HMACKey)
    case rsa(RSAPrivateKey)
  }

  let material: Material
  let secretLength: SecretLength?

  /// Makes a key of HS256, HS384 and HS512 from a shared secret.
  ///
  /// - Parameters:
  ///   - secret: As many bytes as the hash has, or more (RFC 7518 §3.2).
  ///   - allowingShort: Takes a shorter one too, for tokens of a service that has one already.
  /// - Throws: `keyEmpty`, `keyWeak`, `keyLooksAsymmetric`; `keyTooShort` where a signer is made.
  public init(secret: borrowing Secret, allowingShort: Bool = false) throws(JWTError) {
    secretLength = try SecretLength(secret, allowingShort: allowingShort)
    material = .hmac(HMACKey(secret))
  }

  /// Makes a key of RS256, RS384 and RS512 from an RSA private key.
  ///
  /// - Parameter pem: PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`), 2048 to 8192 bits.
  /// - Throws: `keyMalformed`, `keyUnsupported`, `keyTooSmall`, `keyTooLarge`, `keyBadExponent`.
  public init(pem: borrowing Secret) throws(JWTError) {
    let block = try PEMBlock.read(pem, wanted: .privateKey)
    secretLength = nil
    switch block.label {
    case "PRIVATE KEY": material = .rsa(try .read(der: block.der, isPKCS1: false))
    case "RSA PRIVATE KEY": material = .rsa(try .read(der: block.der, isPKCS1: true))
    default: throw .refusal(of: block.label, wanted: .privateKey)
    }
  }

  /// Makes a key of RS256, RS384 and RS512 from an RSA private key in PEM.
  public convenience init(pem: String) throws(JWTError) { try self.init(pem: Secret(pem)) }

  /// Returns the key that verifies what this one signs: the same secret, or the public half.
  public func verificationKey() throws(JWTError) -> VerificationKey {
    switch material {
    case .hmac(let key): VerificationKey(.hmac(key.copy()), secretLength)
    case .rsa(let key): VerificationKey(.rsa(try key.publicKey()), nil)
    }
  }

  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A key that verifies: a secret, or an RSA public key.
///
/// Parsed once, here; shared by any number of verifiers and threads. It prints nothing of itself.
public final class VerificationKey: Sendable, CustomReflectable {
  enum Material: ~Copyable, Sendable {
    case hmac(HMACKey)
    case rsa(RSAPublicKey)
  }

  let material: Material
  let secretLength: SecretLength?

  /// Makes a key of HS256, HS384 and HS512 from a shared secret; see ``SigningKey``.
  public init(secret: borrowing Secret, allowingShort: Bool = false) throws(JWTError) {
    secretLength = try SecretLength(secret, allowingShort: allowingShort)
    material = .hmac(HMACKey(secret))
  }

  /// Makes a key of RS256, RS384 and RS512 from an RSA public key.
  ///
  /// - Parameter pem: SPKI (`PUBLIC KEY`) or PKCS#1 (`RSA PUBLIC KEY`), 2048 to 8192 bits. A
  ///   private key is refused: a verifier has no business with one.
  /// - Throws: `keyMalformed`, `keyUnsupported`, `keyTooSmall`, `keyTooLarge`, `keyBadExponent`.
  public init(pem: borrowing Secret) throws(JWTError) {
    let block = try PEMBlock.read(pem, wanted: .publicKey)
    secretLength = nil
    switch block.label {
    case "PUBLIC KEY": material = .rsa(try RSAPublicKey(der: block.der, isPKCS1: false))
    case "RSA PUBLIC KEY": material = .rsa(try RSAPublicKey(der: block.der, isPKCS1: true))
    default: throw .refusal(of: block.label, wanted: .publicKey)
    }
  }

  /// Makes a key of RS256, RS384 and RS512 from an RSA public key in PEM.
  public convenience init(pem: String) throws(JWTError) { try self.init(pem: Secret(pem)) }

  init(_ material: consuming Material, _ secretLength: SecretLength?) {
    self.material = material
    self.secretLength = secretLength
  }

  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret's length, once its content was found fit; an algorithm may ask for more.
struct SecretLength: Sendable {
  let count: Int
  let allowsShort: Bool

  init(_ secret: borrowing Secret, allowingShort: Bool) throws(JWTError) {
    (count, allowsShort) = (secret.count, allowingShort)
    guard secret.count > 0 else { throw .keyEmpty }
    try secret.withBytes { bytes throws(JWTError) in
      if let text = JWTError.KeyText.recognize(bytes) { throw .keyLooksAsymmetric(text) }
      var any: UInt8 = 0
      for index in 0..<bytes.count { any |= bytes[index] }
      guard any != 0 else { throw .keyWeak }
    }
  }
}

extension Algorithm {
  /// Checks that a key of this family and, for a secret, of this length serves the algorithm.
  func check(_ family: Family, _ secretLength: SecretLength?) throws(JWTError) {
    guard family == self.family else { throw .algorithmKeyMismatch }
    if let secretLength, !secretLength.allowsShort, secretLength.count < hash.digestLength {
      throw .keyTooShort(needed: hash.digestLength, has: secretLength.count)
    }
  }
}

extension JWTError {
  /// The error for a PEM block that is not what was asked for.
  fileprivate static func refusal(of label: String, wanted: KeyText) -> JWTError {
    let found: KeyText =
      switch label {
      case "PUBLIC KEY", "RSA PUBLIC KEY": .publicKey
      case "PRIVATE KEY", "RSA PRIVATE KEY": .privateKey
      case "EC PRIVATE KEY": .otherAlgorithm
      case "ENCRYPTED PRIVATE KEY": .encryptedPrivateKey
      case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE": .certificate
      case "OPENSSH PRIVATE KEY": .ssh
      default: .otherPEM
      }
    return .keyMalformed(wanted: wanted, found: found)
  }
}
