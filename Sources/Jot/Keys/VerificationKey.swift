// A verification key: a secret or a public key. Its type differs from a signing key's.

/// A verification key: a secret or a public key.
///
/// Parsed once, then shared by any number of verifiers and threads. Its content is never printed.
public final class VerificationKey: Sendable, CustomReflectable {
  enum Material: ~Copyable, Sendable {
    case hmac(HMACKey)
    case asymmetric(PublicKey)
  }

  let material: Material
  let secretLength: SecretLength?
  /// The algorithms' bits.
  let algorithmMask: UInt32

  /// The type of the key.
  public let type: KeyType
  /// The `kid` by which a ``KeySet`` finds it: from the JWK, or given by the caller.
  public let keyID: String?
  /// The algorithms of this key; only one if a JWK names it in `alg`.
  public let algorithms: [Algorithm]

  /// Makes a key for HS256, HS384 and HS512 from a shared secret.
  ///
  /// - Parameters:
  ///   - secret: At least as many bytes as the hash (RFC 7518 §3.2).
  ///   - allowingShort: Also accepts a shorter secret, for a service that already has one.
  ///   - keyID: The `kid` by which a set finds it; nil for none.
  /// - Throws: `keyEmpty`, `keyWeak` for one byte repeated, `keyLooksAsymmetric`. A verifier throws
  ///   `keyTooShort`.
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

  /// Makes a key from a secret without checking its content: test vectors have keys of zeros.
  package convenience init(unchecked secret: borrowing Secret) {
    self.init(.hmac(HMACKey(secret)), .secret, nil, KeyType.secret.algorithms, nil)
  }

  /// Makes a key from an RSA, EC, Ed25519 or Ed448 public key.
  ///
  /// A private key is refused: a verifier does not need one. Of a certificate only the key is used:
  /// its signature and its dates are not checked.
  ///
  /// - Parameters:
  ///   - publicKey: PEM (SPKI, PKCS#1, a certificate or a chain of them), DER of the same, a JWK or
  ///     an OpenSSH line; also in base64, quotes, UTF-16, or as the only key in a JSON object.
  ///   - keyID: The `kid` by which a set finds it; nil for the JWK's own.
  /// - Throws: `keyMalformed`, `keyUnsupported`, `keyUse`, `keyAlgorithmMismatch`, `keyTooSmall`,
  ///   `keyTooLarge`, `keyBadExponent`, `keyInvalidPoint`, `keyWeakModulus`.
  public convenience init(
    publicKey: borrowing Secret, keyID: String? = nil
  ) throws(JWTError) {
    try self.init(ParsedKey.publicKey(publicKey), keyID: keyID)
  }

  /// Makes a key that verifies RSA with this kernel, where portable means OpenSSL, and that has its
  /// table, if any, among these; without them OpenSSL verifies for a curve.
  package convenience init(
    publicKey: borrowing Secret, keyID: String? = nil, rsaKernel: CPUFeature? = nil,
    tables: KeyTables?
  ) throws(JWTError) {
    try self.init(
      ParsedKey.publicKey(publicKey), keyID: keyID, rsaKernel: rsaKernel, tables: tables)
  }

  /// Makes a key from the text of a public key: PEM, a certificate, a JWK or an OpenSSH line.
  ///
  /// - Parameters:
  ///   - publicKey: The key's text; a private key is refused.
  ///   - keyID: The `kid` by which a set finds it; nil for the JWK's own.
  /// - Throws: As for a `Secret`.
  public convenience init(publicKey: String, keyID: String? = nil) throws(JWTError) {
    try self.init(publicKey: Secret(publicKey), keyID: keyID)
  }

  /// Makes a key from a JWK: a public key, or a secret (`oct`).
  ///
  /// `alg` restricts the key to one algorithm; `use` and `key_ops` must allow verifying.
  ///
  /// - Parameters:
  ///   - jwk: One strict JSON object (RFC 7517).
  ///   - allowingShort: Also accepts a secret that is shorter than the hash.
  ///   - keyID: The `kid` by which a set finds it; nil for the JWK's own.
  /// - Throws: As for a secret and a public key; `keyMalformed` for a private key.
  public convenience init(
    jwk: borrowing Secret, allowingShort: Bool = false, keyID: String? = nil
  ) throws(JWTError) {
    let jwk = try JWK(reading: jwk, wanted: .jwk)
    try self.init(jwk, allowingShort: allowingShort, keyID: keyID)
  }

  /// Makes a key from the text of a JWK: a public key, or a secret (`oct`).
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
    _ read: @autoclosure () throws(JWTError) -> ParsedKey, keyID: String?,
    rsaKernel: CPUFeature? = nil, tables: KeyTables? = .shared
  ) throws(JWTError) {
    let read = try OpenSSLProvider.orMissing(read)
    let type = read.handle.type
    let id = keyID ?? read.keyID
    let algorithms = read.algorithms
    let key = try PublicKey(read.takeHandle(), rsaKernel: rsaKernel, tables: tables)
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
    algorithmMask =
      algorithms.filter { algorithm in
        (try? algorithm.check(algorithms, secretLength)) != nil
      }.mask
  }

  /// Bytes in a signature; 0 for a secret, whose tag is as long as the hash.
  var signatureLength: Int {
    switch material {
    case .hmac: 0
    case .asymmetric(let key): key.signatureLength
    }
  }

  /// The public key as a JWK with `kid`, `use` and the only `alg`, if one; nil for a secret.
  public var jwkRepresentation: JSON? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key):
      key.handle.publicJWK(keyID: keyID, algorithm: only(algorithms))
    }
  }

  /// The public key as PEM (SPKI, `PUBLIC KEY`); nil for a secret.
  public var pemRepresentation: String? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key): key.handle.publicPEM
    }
  }

  /// The thumbprint (RFC 7638) with SHA-256, as base64url; nil for a secret, because it would help
  /// to guess the secret.
  public var thumbprint: String? {
    switch material {
    case .hmac: nil
    case .asymmetric(let key): key.handle.thumbprint
    }
  }

  /// Bytes that are equal for two keys if each verifies what the other does: a public key's
  /// thumbprint, or a secret's MAC of a challenge, which does not reveal the secret.
  func identity(_ challenge: [UInt8]) throws(JWTError) -> [UInt8] {
    switch material {
    case .hmac(let key):
      let tag = key.authenticate(challenge.span, in: 0..<challenge.count, with: .sha256)
      guard tag.count > 0 else { throw .cryptographyFailed.orProviderMissing }
      return (0..<tag.count).map { tag[$0] }
    case .asymmetric(let key):
      guard let thumbprint = key.handle.thumbprint else { throw .cryptographyFailed }
      return Array(thumbprint.utf8)
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

extension VerificationKey {
  /// The number of idle contexts in a public key's pool; 0 for a secret or if a kernel verifies.
  package var waitingContexts: Int {
    switch material {
    case .hmac: 0
    case .asymmetric(let key): key.waitingContexts
    }
  }

  /// Whether the key has a table of its multiples now.
  package var hasTable: Bool {
    switch material {
    case .hmac: false
    case .asymmetric(let key): key.hasTable
    }
  }
}

/// The algorithm that a JWK names in `alg`: the only one of the key, if it has one alone.
func only(_ algorithms: [Algorithm]) -> Algorithm? { algorithms.count == 1 ? algorithms[0] : nil }
