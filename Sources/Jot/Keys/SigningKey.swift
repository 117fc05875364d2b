// A signing key: a secret or a private key. Its type differs from a verification key's.

/// A signing key: a secret or a private key.
///
/// Parsed once, then shared by any number of signers and threads. Its content is never printed.
public final class SigningKey: Sendable, CustomReflectable {
  enum Material: ~Copyable, Sendable {
    case hmac(HMACKey)
    case asymmetric(PrivateKey)
  }

  let material: Material
  let secretLength: SecretLength?

  /// The type of the key.
  public let type: KeyType
  /// The `kid` of tokens signed with this key: from the JWK, or given by the caller.
  public let keyID: String?
  /// The algorithms of this key; only one if a JWK names it in `alg`.
  public let algorithms: [Algorithm]

  /// Makes a key for HS256, HS384 and HS512 from a shared secret.
  ///
  /// - Parameters:
  ///   - secret: At least as many bytes as the hash (RFC 7518 §3.2).
  ///   - allowingShort: Also accepts a shorter secret, for a service that already has one.
  ///   - keyID: The `kid` of tokens that it signs; nil for none.
  /// - Throws: `keyEmpty`, `keyWeak` for one byte repeated, `keyLooksAsymmetric`. A signer throws
  ///   `keyTooShort`.
  public convenience init(
    secret: borrowing Secret, allowingShort: Bool = false, keyID: String? = nil
  ) throws(JWTError) {
    let length = try SecretLength(secret, allowingShort: allowingShort)
    self.init(secret, length, keyID: keyID)
  }

  /// Makes a key from a secret of a service that accepts weak ones: short, or one byte repeated.
  package convenience init(weakSecret secret: borrowing Secret) throws(JWTError) {
    let length = try SecretLength(secret, allowingShort: true, allowingRepeated: true)
    self.init(secret, length, keyID: nil)
  }

  private init(_ secret: borrowing Secret, _ length: SecretLength, keyID: String?) {
    secretLength = length
    material = .hmac(HMACKey(secret))
    (type, self.keyID, algorithms) = (.secret, keyID, KeyType.secret.algorithms)
  }

  /// Makes a key from an RSA, EC, Ed25519 or Ed448 private key.
  ///
  /// - Parameters:
  ///   - privateKey: PEM (PKCS#8, also encrypted, PKCS#1, SEC 1), DER of the same, or a JWK.
  ///   - passphrase: Decrypts an encrypted key of at most 10,000,000 iterations (PBKDF2, PBES1,
  ///     PKCS#12), or scrypt of at most 32 MiB and N · r · p = 2²².
  ///   - keyID: The `kid` of tokens that it signs; nil for the JWK's own.
  /// - Throws: `keyMalformed`, `keyMember`, `keyEncrypted`, `keyPassphraseWrong`,
  ///   `keyPassphraseCost`, `keyUnsupported`, `keyUse`, `keyAlgorithmMismatch`, `keyTooSmall`,
  ///   `keyTooLarge`,
  ///   `keyBadExponent`, `keyInvalidPoint`, `keyWeakModulus`.
  public convenience init(
    privateKey: borrowing Secret, passphrase: borrowing Secret, keyID: String? = nil
  ) throws(JWTError) {
    try self.init(ParsedKey.privateKey(privateKey, passphrase: passphrase), keyID: keyID)
  }

  /// Makes a key from a private key that is not encrypted.
  public convenience init(
    privateKey: borrowing Secret, keyID: String? = nil
  ) throws(JWTError) {
    do throws(JWTError) {
      // OpenSSL can't express "no passphrase"; an empty one decrypts no key that has one.
      try self.init(ParsedKey.privateKey(privateKey, passphrase: Secret("")), keyID: keyID)
    } catch {
      throw error == .keyPassphraseWrong ? .keyEncrypted : error
    }
  }

  private init(_ read: consuming ParsedKey, keyID: String?) throws(JWTError) {
    secretLength = nil
    type = read.handle.type
    self.keyID = keyID ?? read.keyID
    algorithms = read.algorithm.map { [$0] } ?? type.algorithms
    material = .asymmetric(try .checked(read.takeHandle()))
  }

  /// Makes a key from the text of a private key.
  public convenience init(privateKey: String, keyID: String? = nil) throws(JWTError) {
    try self.init(privateKey: Secret(privateKey), keyID: keyID)
  }

  /// Makes a key from a JWK: a private key, or a secret (`oct`).
  ///
  /// `alg` restricts the key to one algorithm; `use` and `key_ops` must allow signing.
  public init(
    jwk: borrowing Secret, allowingShort: Bool = false, keyID: String? = nil
  ) throws(JWTError) {
    let jwk = try JWK(jwk, wanted: .jwk)
    type = jwk.type
    self.keyID = keyID ?? jwk.keyID
    algorithms = jwk.algorithm.map { [$0] } ?? type.algorithms
    if jwk.type == .secret {
      try jwk.checkUse("sign")
      let secret = try jwk.secret()
      secretLength = try SecretLength(secret, allowingShort: allowingShort)
      material = .hmac(HMACKey(secret))
    } else {
      guard jwk.isPrivate else { throw .keyMalformed(wanted: .privateKey, found: .publicKey) }
      secretLength = nil
      material = .asymmetric(try .checked(try jwk.privateKey().takeHandle()))
    }
  }

  /// Makes a key from the text of a JWK.
  public convenience init(jwk: String, keyID: String? = nil) throws(JWTError) {
    try self.init(jwk: Secret(jwk), keyID: keyID)
  }

  /// Generates a private key and returns its PEM (PKCS#8), from which the caller can make a key.
  ///
  /// - Parameters:
  ///   - type: Any type but a secret. A secret is random bytes: `openssl rand -hex 32`.
  ///   - bits: Bits of an RSA modulus, 2048 to 8192; unused for other types.
  /// - Throws: `keyUnsupported` for a secret, `keyTooSmall`, `keyTooLarge`, `cryptographyFailed`.
  public static func generatePEM(_ type: KeyType, bits: Int = 3072) throws(JWTError) -> Secret {
    guard type != .secret else { throw .keyUnsupported(.secretJWK) }
    if type == .rsa {
      guard bits >= 2048 else { throw .keyTooSmall(bits: bits) }
      guard bits <= 8192 else { throw .keyTooLarge(bits: bits) }
    }
    guard let key = UncheckedKey(generating: type, bits: bits) else { throw .cryptographyFailed }
    return try KeyHandle(key).privatePEM()
  }

  /// Returns the key that verifies this key's signatures: the same secret, or the public half.
  public func verificationKey() throws(JWTError) -> VerificationKey {
    switch material {
    case .hmac(let key): VerificationKey(.hmac(key.copy()), type, keyID, algorithms, secretLength)
    case .asymmetric(let key):
      VerificationKey(.asymmetric(try key.publicKey()), type, keyID, algorithms, nil)
    }
  }

  /// Bits in an RSA modulus, a curve's field or a secret.
  public var bitCount: Int {
    switch material {
    case .hmac: 8 * (secretLength?.count ?? 0)
    case .asymmetric(let key): key.handle.bitCount
    }
  }

  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension SigningKey {
  /// The number of idle contexts in a private key's pool; 0 for a secret.
  package var waitingContexts: Int {
    switch material {
    case .hmac: 0
    case .asymmetric(let key): key.waitingContexts
    }
  }
}
