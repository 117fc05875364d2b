// Keys: what signs and what verifies are different types. Before them: ReadKey, JWK, HMACKey.
// After them: Signer and Verifier, or a KeySet.

/// A key that signs: a secret, or a private key.
///
/// Parsed once, here; shared by any number of signers and threads. It prints nothing of itself.
public final class SigningKey: Sendable, CustomReflectable {
  enum Material: ~Copyable, Sendable {
    case hmac(HMACKey)
    case asymmetric(PrivateKey)
  }

  let material: Material
  let secretLength: SecretLength?

  /// What the key is.
  public let type: KeyType
  /// What a header's `kid` says of this key: a JWK's own, or the caller's.
  public let keyID: String?
  /// The algorithms that it can serve; one, where a JWK names it in `alg`.
  public let algorithms: [Algorithm]

  /// Makes a key of HS256, HS384 and HS512 from a shared secret.
  ///
  /// - Parameters:
  ///   - secret: As many bytes as the hash has, or more (RFC 7518 §3.2).
  ///   - allowingShort: Takes a shorter one too, for tokens of a service that has one already.
  ///   - keyID: The header's `kid` of tokens that it signs; nil for none.
  /// - Throws: `keyEmpty`, `keyWeak` for one byte repeated, `keyLooksAsymmetric`; `keyTooShort` where a
  ///   signer is made.
  public convenience init(
    secret: borrowing Secret, allowingShort: Bool = false, keyID: String? = nil
  ) throws(JWTError) {
    let length = try SecretLength(secret, allowingShort: allowingShort)
    self.init(secret, length, keyID: keyID)
  }

  /// Makes a key from a secret of a service that takes weak ones: short, or one byte repeated.
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
  ///   - passphrase: Opens an encrypted key of at most 10,000,000 iterations (PBKDF2, PBES1, PKCS#12),
  ///     or scrypt of at most 32 MiB and N · r · p = 2²².
  ///   - keyID: The header's `kid` of tokens that it signs; nil for a JWK's own.
  /// - Throws: `keyMalformed`, `keyMember`, `keyEncrypted`, `keyPassphraseWrong`,
  ///   `keyPassphraseCost`, `keyUnsupported`, `keyUse`, `keyAlgorithmMismatch`, `keyTooSmall`,
  ///   `keyTooLarge`,
  ///   `keyBadExponent`, `keyInvalidPoint`, `keyWeakModulus`.
  public convenience init(
    privateKey: borrowing Secret, passphrase: borrowing Secret, keyID: String? = nil
  ) throws(JWTError) {
    try self.init(ReadKey.privateKey(privateKey, passphrase: passphrase), keyID: keyID)
  }

  /// Makes a key from a private key that is not encrypted.
  public convenience init(
    privateKey: borrowing Secret, keyID: String? = nil
  ) throws(JWTError) {
    do throws(JWTError) {
      // OpenSSL has no word for "no passphrase"; an empty one opens no key that has one.
      try self.init(ReadKey.privateKey(privateKey, passphrase: Secret("")), keyID: keyID)
    } catch {
      throw error == .keyPassphraseWrong ? .keyEncrypted : error
    }
  }

  private init(_ read: consuming ReadKey, keyID: String?) throws(JWTError) {
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
  /// `alg` leaves one algorithm to the key; `use` and `key_ops` must allow signing.
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

  /// Makes a new private key and returns its PEM (PKCS#8): the caller keeps it, and makes a key of it.
  ///
  /// - Parameters:
  ///   - type: Any but a secret, which is random bytes: `openssl rand -hex 32`.
  ///   - bits: Of an RSA modulus, 2048 to 8192; not looked at for other types.
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

  /// Returns the key that verifies what this one signs: the same secret, or the public half.
  public func verificationKey() throws(JWTError) -> VerificationKey {
    switch material {
    case .hmac(let key): VerificationKey(.hmac(key.copy()), type, keyID, algorithms, secretLength)
    case .asymmetric(let key):
      VerificationKey(.asymmetric(try key.publicKey()), type, keyID, algorithms, nil)
    }
  }

  /// Bits in an RSA modulus or a curve's field; for a secret, its length.
  public var bitCount: Int {
    switch material {
    case .hmac: 8 * (secretLength?.count ?? 0)
    case .asymmetric(let key): key.handle.bitCount
    }
  }

  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A key that verifies: a secret, or a public key.
///
/// Parsed once, here; shared by any number of verifiers and threads. It prints nothing of itself.
public final class VerificationKey: Sendable, CustomReflectable {
  enum Material: ~Copyable, Sendable {
    case hmac(HMACKey)
    case asymmetric(PublicKey)
  }

  let material: Material
  let secretLength: SecretLength?
  /// The algorithms' bits.
  let served: UInt32

  /// What the key is.
  public let type: KeyType
  /// The `kid` by which a ``KeySet`` finds it: a JWK's own, or the caller's.
  public let keyID: String?
  /// The algorithms that it can serve; one, where a JWK names it in `alg`.
  public let algorithms: [Algorithm]

  /// Makes a key of HS256, HS384 and HS512 from a shared secret; see ``SigningKey``.
  public convenience init(
    secret: borrowing Secret, allowingShort: Bool = false, keyID: String? = nil
  ) throws(JWTError) {
    let length = try SecretLength(secret, allowingShort: allowingShort)
    self.init(.hmac(HMACKey(secret)), .secret, keyID, KeyType.secret.algorithms, length)
  }

  /// Makes a key from a weak secret; see ``SigningKey``.
  package convenience init(weakSecret secret: borrowing Secret) throws(JWTError) {
    let length = try SecretLength(secret, allowingShort: true, allowingRepeated: true)
    self.init(.hmac(HMACKey(secret)), .secret, nil, KeyType.secret.algorithms, length)
  }

  /// Makes a key from a secret whose content is not looked at: test vectors have keys of zeros.
  package convenience init(unchecked secret: borrowing Secret) {
    self.init(.hmac(HMACKey(secret)), .secret, nil, KeyType.secret.algorithms, nil)
  }

  /// Makes a key from an RSA, EC, Ed25519 or Ed448 public key.
  ///
  /// A private key is refused: a verifier has no business with one. Of a certificate only the key
  /// is taken: neither its signature nor its dates are checked.
  ///
  /// - Parameters:
  ///   - publicKey: PEM (SPKI, PKCS#1, a certificate), DER of the same, a JWK or an OpenSSH line.
  ///   - keyID: The `kid` by which a set finds it; nil for a JWK's own.
  /// - Throws: `keyMalformed`, `keyMember`, `keyUnsupported`, `keyUse`, `keyAlgorithmMismatch`,
  ///   `keyTooSmall`, `keyTooLarge`, `keyBadExponent`, `keyInvalidPoint`, `keyWeakModulus`.
  public convenience init(
    publicKey: borrowing Secret, keyID: String? = nil
  ) throws(JWTError) {
    try self.init(ReadKey.publicKey(publicKey), keyID: keyID)
  }

  /// Makes a key that verifies RSA with this kernel, or, for the portable one, with OpenSSL.
  package convenience init(publicKey: borrowing Secret, rsaKernel: Kernel) throws(JWTError) {
    try self.init(ReadKey.publicKey(publicKey), keyID: nil, rsaKernel: rsaKernel)
  }

  /// Makes a key from the text of a public key.
  public convenience init(publicKey: String, keyID: String? = nil) throws(JWTError) {
    try self.init(publicKey: Secret(publicKey), keyID: keyID)
  }

  /// Makes a key from a JWK: a public key, or a secret (`oct`).
  ///
  /// `alg` leaves one algorithm to the key; `use` and `key_ops` must allow verifying.
  public convenience init(
    jwk: borrowing Secret, allowingShort: Bool = false, keyID: String? = nil
  ) throws(JWTError) {
    let jwk = try JWK(jwk, wanted: .jwk)
    try self.init(jwk, allowingShort: allowingShort, keyID: keyID)
  }

  /// Makes a key from the text of a JWK.
  public convenience init(jwk: String, keyID: String? = nil) throws(JWTError) {
    try self.init(jwk: Secret(jwk), keyID: keyID)
  }

  convenience init(
    _ jwk: borrowing JWK, allowingShort: Bool, keyID: String?
  ) throws(JWTError) {
    guard jwk.type == .secret else {
      guard !jwk.isPrivate else { throw .keyMalformed(wanted: .publicKey, found: .privateKey) }
      try self.init(jwk.publicKey(), keyID: keyID)
      return
    }
    try jwk.checkUse("verify")
    let secret = try jwk.secret()
    let length = try SecretLength(secret, allowingShort: allowingShort)
    let algorithms = jwk.algorithm.map { [$0] } ?? KeyType.secret.algorithms
    self.init(.hmac(HMACKey(secret)), .secret, keyID ?? jwk.keyID, algorithms, length)
  }

  private convenience init(
    _ read: consuming ReadKey, keyID: String?, rsaKernel: Kernel = RSAPublicKey.bestKernel
  ) throws(JWTError) {
    let type = read.handle.type
    let id = keyID ?? read.keyID
    let algorithms = read.algorithm.map { [$0] } ?? type.algorithms
    let key = try PublicKey(read.takeHandle(), rsaKernel: rsaKernel)
    self.init(.asymmetric(key), type, id, algorithms, nil)
  }

  init(
    _ material: consuming Material, _ type: KeyType, _ keyID: String?, _ algorithms: [Algorithm],
    _ secretLength: SecretLength?
  ) {
    self.material = material
    (self.type, self.keyID, self.algorithms) = (type, keyID, algorithms)
    self.secretLength = secretLength
    // A secret serves only the hashes that it is long enough for.
    served =
      algorithms.filter { algorithm in
        (try? algorithm.check(algorithms, secretLength)) != nil
      }.bits
  }

  /// Bytes in a signature; 0 for a secret, whose tags are as long as their hash.
  var signatureLength: Int {
    switch material {
    case .hmac: 0
    case .asymmetric(let key): key.signatureLength
    }
  }

  /// The public key as a JWK, with `kid`, the one `alg` if there is one, and `use`; nil for a secret.
  public var jwk: JSON? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key):
      key.handle.jwk(keyID: keyID, algorithm: algorithms.count == 1 ? algorithms[0] : nil)
    }
  }

  /// The public key as PEM (SPKI, `PUBLIC KEY`); nil for a secret.
  public var pem: String? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key): key.handle.publicPEM
    }
  }

  /// The thumbprint (RFC 7638) with SHA-256, as base64url; nil for a secret, which it would help to
  /// guess.
  public var thumbprint: String? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key): key.handle.thumbprint
    }
  }

  /// Bytes that two keys have in common if each verifies what the other does: a public key's thumbprint,
  /// or the MAC of a challenge by a secret, which says nothing of it.
  func fingerprint(_ challenge: [UInt8]) throws(JWTError) -> [UInt8] {
    switch material {
    case .hmac(let key):
      let tag = key.authenticate(challenge.span, in: 0..<challenge.count, with: .sha256)
      return (0..<tag.count).map { tag[$0] }
    case .asymmetric(let key):
      guard let thumbprint = key.handle.thumbprint else { throw .cryptographyFailed }
      return Array(thumbprint.utf8)
    }
  }

  /// Bits in an RSA modulus or a curve's field; for a secret, its length.
  public var bitCount: Int {
    switch material {
    case .hmac: 8 * (secretLength?.count ?? 0)
    case .asymmetric(let key): key.handle.bitCount
    }
  }

  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret's length, once its content was found fit; an algorithm may ask for more.
struct SecretLength: Sendable {
  let count: Int
  let allowsShort: Bool

  init(
    _ secret: borrowing Secret, allowingShort: Bool, allowingRepeated: Bool = false
  ) throws(JWTError) {
    (count, allowsShort) = (secret.count, allowingShort)
    guard secret.count > 0 else { throw .keyEmpty }
    try secret.withBytes { bytes throws(JWTError) in
      if let text = JWTError.KeyText.recognize(bytes) { throw .keyLooksAsymmetric(text) }
    }
    // Zeros are memory that nobody filled, which no one means.
    guard !secret.isOneByteRepeated || allowingRepeated && !secret.withBytes({ $0[0] == 0 }) else {
      throw .keyWeak
    }
  }
}

extension Algorithm {
  /// Checks that a key that serves `algorithms` and, for a secret, has this length serves this one.
  func check(_ algorithms: [Algorithm], _ secretLength: SecretLength?) throws(JWTError) {
    guard algorithms.contains(self) else { throw .algorithmKeyMismatch }
    if let secretLength, !secretLength.allowsShort, let hash,
      secretLength.count < hash.digestLength
    {
      throw .keyTooShort(needed: hash.digestLength, has: secretLength.count)
    }
  }
}
