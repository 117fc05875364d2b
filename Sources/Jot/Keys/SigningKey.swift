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

  /// The key that verifies this key's signatures: the public half, or the same secret.
  public let verificationKey: VerificationKey

  /// The type of the key.
  public var type: KeyType { verificationKey.type }
  /// The `kid` of tokens signed with this key: from the JWK, or given by the caller.
  public var keyID: String? { verificationKey.keyID }
  /// The algorithms of this key; only one if a JWK names it in `alg`.
  public var algorithms: [Algorithm] { verificationKey.algorithms }

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

  private init(
    _ secret: borrowing Secret, _ length: SecretLength, keyID: String?,
    algorithms: [Algorithm] = KeyType.secret.algorithms
  ) {
    let key = HMACKey(secret)
    secretLength = length
    verificationKey = VerificationKey(.hmac(key.copy()), .secret, keyID, algorithms, length)
    material = .hmac(key)
  }

  /// Makes a key from an RSA, EC, Ed25519 or Ed448 private key.
  ///
  /// - Parameters:
  ///   - privateKey: PEM (PKCS#8, also encrypted, PKCS#1, SEC 1, OpenSSH), DER of the same, or a JWK;
  ///     also in base64, quotes, UTF-16, or as the only key in a JSON object: a service account's,
  ///     with its `private_key_id`.
  ///   - passphrase: Decrypts an encrypted key of at most 10,000,000 iterations (PBKDF2, PBES1,
  ///     PKCS#12), or scrypt of at most 32 MiB and N · r · p = 2²².
  ///   - keyID: The `kid` of tokens that it signs; nil for the JWK's own.
  /// - Throws: `keyMalformed`, `keyEncrypted`, `keyPassphraseWrong`, `keyPassphraseCost`,
  ///   `keyUnsupported`, `keyUse`, `keyAlgorithmMismatch`, `keyTooSmall`, `keyTooLarge`,
  ///   `keyBadExponent`, `keyInvalidPoint`, `keyWeakModulus`.
  public convenience init(
    privateKey: borrowing Secret, passphrase: borrowing Secret, keyID: String? = nil
  ) throws(JWTError) {
    try self.init(ParsedKey.privateKey(privateKey, passphrase: passphrase), keyID: keyID)
  }

  /// Makes a key from a private key that is not encrypted.
  ///
  /// - Parameters:
  ///   - privateKey: As with a passphrase, but not encrypted.
  ///   - keyID: The `kid` of tokens that it signs; nil for the JWK's own.
  /// - Throws: `keyEncrypted` for an encrypted key; otherwise as with a passphrase.
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

  private convenience init(
    _ read: @autoclosure () throws(JWTError) -> ParsedKey, keyID: String?
  ) throws(JWTError) {
    try self.init(checking: OpenSSLProvider.orMissing(read), keyID: keyID)
  }

  private init(checking parsed: consuming ParsedKey, keyID: String?) throws(JWTError) {
    let type = parsed.handle.type
    let id = keyID ?? parsed.keyID
    let algorithms = parsed.algorithms
    let key = try PrivateKey(parsed.takeHandle())
    let publicKey = try key.publicKey()
    try key.checkPair(with: publicKey)
    secretLength = nil
    verificationKey = VerificationKey(.asymmetric(publicKey), type, id, algorithms, nil)
    material = .asymmetric(key)
  }

  /// Makes a key from the text of a private key that is not encrypted.
  ///
  /// The text itself can't be wiped: prefer a ``Secret`` made from a file's bytes.
  public convenience init(privateKey: String, keyID: String? = nil) throws(JWTError) {
    try self.init(privateKey: Secret(privateKey), keyID: keyID)
  }

  /// Makes a key from a JWK: a private key, or a secret (`oct`).
  ///
  /// `alg` restricts the key to one algorithm; `use` and `key_ops` must allow signing.
  ///
  /// - Parameters:
  ///   - jwk: One strict JSON object (RFC 7517).
  ///   - allowingShort: Also accepts a secret that is shorter than the hash.
  ///   - keyID: The `kid` of tokens that it signs; nil for the JWK's own.
  /// - Throws: As for a secret and a private key.
  public convenience init(
    jwk: borrowing Secret, allowingShort: Bool = false, keyID: String? = nil
  ) throws(JWTError) {
    let jwk = try JWK(reading: jwk, wanted: .jwk)
    guard jwk.type == .secret else {
      guard jwk.isPrivate else { throw .keyMalformed(wanted: .privateKey, found: .publicKey) }
      try self.init(jwk.privateKey(), keyID: keyID)
      return
    }
    try jwk.checkUse("sign")
    let secret = try jwk.secret()
    let length = try SecretLength(secret, allowingShort: allowingShort)
    self.init(
      secret, length, keyID: keyID ?? jwk.keyID,
      algorithms: jwk.algorithm.map { [$0] } ?? KeyType.secret.algorithms)
  }

  /// Makes a key from the text of a JWK: a private key, or a secret (`oct`).
  ///
  /// The text itself can't be wiped: prefer a ``Secret`` made from a file's bytes.
  public convenience init(jwk: String, keyID: String? = nil) throws(JWTError) {
    try self.init(jwk: Secret(jwk), keyID: keyID)
  }

  /// Generates a key.
  ///
  /// - Parameters:
  ///   - type: Any type; a secret has 64 random bytes and can't be read out again.
  ///   - bits: Bits of an RSA modulus, 2048 to 8192, an odd number rounded up; unused for other
  ///     types.
  ///   - keyID: The `kid` of tokens that it signs; nil for the thumbprint (RFC 7638), or for none
  ///     if it is a secret.
  /// - Returns: The key; ``pemRepresentation`` stores it.
  /// - Throws: `keyTooSmall`, `keyTooLarge`, `cryptographyFailed`.
  public static func generate(
    _ type: KeyType, bits: Int = 3072, keyID: String? = nil
  ) throws(JWTError) -> SigningKey {
    guard type != .secret else { return try SigningKey(secret: .random(count: 64), keyID: keyID) }
    if type == .rsa {
      guard bits >= 2048 else { throw .keyTooSmall(bits: bits) }
      guard bits <= 8192 else { throw .keyTooLarge(bits: bits) }
    }
    // OpenSSL makes primes of equal size: of an odd number it leaves a bit out.
    guard let key = UncheckedKey(generating: type, bits: bits + bits % 2) else {
      throw .cryptographyFailed.orProviderMissing
    }
    let handle = try KeyHandle(key)
    let id = keyID ?? handle.thumbprint
    return try SigningKey(checking: ParsedKey(handle, keyID: id, algorithm: nil), keyID: nil)
  }

  /// The public half, to be published; nil for a secret, which has none.
  public var publicKey: VerificationKey? { type == .secret ? nil : verificationKey }

  /// The private key as PEM (PKCS#8, `PRIVATE KEY`); nil for a secret, and for an RSA key that
  /// was read without its primes.
  public var pemRepresentation: Secret? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key): key.handle.privatePEM
    }
  }

  /// The private key as a JWK with `kid`, `use` and the only `alg`, if one; nil for a
  /// secret, and for an RSA key that was read without its primes.
  public var jwkRepresentation: Secret? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key): key.handle.privateJWK(keyID: keyID, algorithm: only(algorithms))
    }
  }

  /// Bits in an RSA modulus, a curve's field or a secret.
  public var bitCount: Int {
    switch material {
    case .hmac: 8 * (secretLength?.count ?? 0)
    case .asymmetric(let key): key.handle.bitCount
    }
  }

  /// A mirror without children, so that a dump prints nothing of the key.
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
