// Every refusal by its name, as code throws and compares it.

extension JWTError {
  // MARK: The token's form

  /// The token is longer than the verifier's limit; checked before anything is decoded.
  public static var tokenTooLarge: JWTError { @_noAllocation get { JWTError(.tokenTooLarge) } }
  @_noAllocation
  package static func tokenTooLarge(limit: Int) -> JWTError {
    JWTError(.tokenTooLarge, .tokenLimit(min(limit, CompactJWS.maximumLength)))
  }
  /// The token is not three segments of base64url characters.
  public static var tokenMalformed: JWTError { @_noAllocation get { JWTError(.tokenMalformed) } }
  /// The token has five segments: a JWE, which Jot does not support.
  public static var encrypted: JWTError { @_noAllocation get { JWTError(.encrypted) } }
  /// A segment of valid characters is not canonical base64url: its length or last bits are wrong.
  @_noAllocation
  public static func base64Invalid(_ segment: Segment) -> JWTError {
    JWTError(.base64Invalid, .segment(segment))
  }
  /// The header is not a strict JSON object, lacks `alg`, or has a registered member of wrong type.
  public static var headerInvalid: JWTError { @_noAllocation get { JWTError(.headerInvalid) } }
  @_noAllocation
  static func headerInvalid(_ error: JSONError) -> JWTError {
    JWTError(.headerInvalid, JSONLimit(error).map { .exceeds($0) } ?? .flaw(.headerJSON))
  }
  @_noAllocation
  static func headerInvalid(_ flaw: TokenFlaw) -> JWTError { JWTError(.headerInvalid, .flaw(flaw)) }
  /// The header's `alg` is not in the verifier's allow list.
  public static var algorithmNotAllowed: JWTError {
    @_noAllocation get { JWTError(.algorithmNotAllowed) }
  }
  /// The header has `crit` (RFC 7515 §4.1.11): Jot supports no extension.
  public static var criticalUnsupported: JWTError {
    @_noAllocation get { JWTError(.criticalUnsupported) }
  }
  /// The header has `b64` with a value other than `true` (RFC 7797).
  public static var b64Unsupported: JWTError { @_noAllocation get { JWTError(.b64Unsupported) } }
  /// The header's `typ` is not the one that the verifier requires.
  public static var typeMismatch: JWTError { @_noAllocation get { JWTError(.typeMismatch) } }

  // MARK: The signature

  /// `alg` is allowed but does not fit the key's family.
  public static var algorithmKeyMismatch: JWTError {
    @_noAllocation get { JWTError(.algorithmKeyMismatch) }
  }
  /// The signature or MAC does not verify.
  public static var signatureInvalid: JWTError {
    @_noAllocation get { JWTError(.signatureInvalid) }
  }

  // MARK: The claims

  /// The payload is not a strict JSON object.
  public static var claimsInvalid: JWTError { @_noAllocation get { JWTError(.claimsInvalid) } }
  @_noAllocation
  static func claimsInvalid(_ error: JSONError) -> JWTError {
    JWTError(.claimsInvalid, about: error)
  }
  /// A required claim is absent.
  public static func claimMissing(_ name: String) -> JWTError {
    JWTError(.claimMissing, .claim(ClaimName(name)))
  }
  @_noAllocation
  static func claimMissing(_ claim: RegisteredClaim) -> JWTError { .claimMissing(ClaimName(claim)) }
  @_noAllocation
  static func claimMissing(_ name: ClaimName) -> JWTError { JWTError(.claimMissing, .claim(name)) }
  /// A registered claim has a wrong type.
  @_noAllocation
  public static func claimType(_ claim: RegisteredClaim) -> JWTError {
    .claimType(ClaimName(claim))
  }
  /// A claim that a profile checks has a wrong type.
  public static func claimType(_ name: String) -> JWTError { .claimType(ClaimName(name)) }
  @_noAllocation
  static func claimType(_ name: ClaimName) -> JWTError { JWTError(.claimType, .claim(name)) }
  /// A NumericDate does not fit 64 bits.
  @_noAllocation
  public static func claimRange(_ claim: RegisteredClaim) -> JWTError {
    JWTError(.claimRange, .claim(ClaimName(claim)))
  }
  /// A claim that a profile checks is a time that does not fit 64 bits.
  public static func claimRange(_ name: String) -> JWTError {
    JWTError(.claimRange, .claim(ClaimName(name)))
  }
  /// A claim that a profile checks has another value than it must have.
  public static func claimMismatch(_ name: String) -> JWTError {
    JWTError(.claimMismatch, .claim(ClaimName(name)))
  }
  /// `exp <= now - leeway`.
  public static var expired: JWTError { @_noAllocation get { JWTError(.expired) } }
  /// `nbf` or `iat` is after `now + leeway`.
  @_noAllocation
  public static func notYetValid(_ claim: RegisteredClaim) -> JWTError {
    JWTError(.notYetValid, .claim(ClaimName(claim)))
  }
  /// A time that a profile checks is after `now + leeway`.
  public static func notYetValid(_ name: String) -> JWTError {
    JWTError(.notYetValid, .claim(ClaimName(name)))
  }
  /// `iss` is not one of the expected issuers.
  public static var issuerMismatch: JWTError { @_noAllocation get { JWTError(.issuerMismatch) } }
  /// `iss` is not the issuer of any verifier in the ``IssuerVerifier``.
  public static var issuerUnknown: JWTError { @_noAllocation get { JWTError(.issuerUnknown) } }
  /// `sub` is not the expected one.
  public static var subjectMismatch: JWTError { @_noAllocation get { JWTError(.subjectMismatch) } }
  /// No element of `aud` is an expected audience.
  public static var audienceMismatch: JWTError {
    @_noAllocation get { JWTError(.audienceMismatch) }
  }
  /// The token has `aud`, but the verifier has no audience.
  public static var audienceUnexpected: JWTError {
    @_noAllocation get { JWTError(.audienceMismatch, .variant) }
  }
  /// `iat` is older than the verifier's maximum age.
  public static var tooOld: JWTError { @_noAllocation get { JWTError(.tooOld) } }

  // MARK: Keys

  /// No key of the set matches: the token's `kid` is unknown, or it has none.
  public static var keyNotFound: JWTError { @_noAllocation get { JWTError(.keyNotFound) } }
  @_noAllocation
  package static func keyNotFound(_ selection: KeySelection) -> JWTError {
    JWTError(.keyNotFound, .selection(selection))
  }
  @_noAllocation
  static func keySetEmpty(skippedAt index: Int, for code: Code) -> JWTError {
    JWTError(.keySetEmpty, .skipped(index: index, code))
  }
  @_noAllocation
  static func keyNotFound(skippedAt index: Int, for code: Code) -> JWTError {
    JWTError(.keyNotFound, .skipped(index: index, code))
  }
  /// The set is empty: its keys could not be fetched yet, or not for too long.
  public static var keysUnavailable: JWTError { @_noAllocation get { JWTError(.keysUnavailable) } }
  /// The secret is empty.
  public static var keyEmpty: JWTError { @_noAllocation get { JWTError(.keyEmpty) } }
  /// The secret is shorter than the hash (RFC 7518 §3.2).
  @_noAllocation
  public static func keyTooShort(needed: Int, has count: Int) -> JWTError {
    JWTError(.keyTooShort, .bytes(needed: needed, has: count))
  }
  /// The secret is one byte repeated: as easy to guess as zeros.
  public static var keyWeak: JWTError { @_noAllocation get { JWTError(.keyWeak) } }
  /// The RSA modulus comes from the faulty generator of CVE-2017-15361 (ROCA).
  public static var keyWeakModulus: JWTError { @_noAllocation get { JWTError(.keyWeak, .variant) } }
  /// The secret is the text of a key.
  @_noAllocation
  package static func keyLooksAsymmetric(_ found: KeyText) -> JWTError {
    JWTError(.keyLooksAsymmetric, .text(wanted: .unknown, found: found))
  }
  /// The text can't be read as the expected key.
  @_noAllocation
  package static func keyMalformed(wanted: KeyText, found: KeyText) -> JWTError {
    JWTError(.keyMalformed, .text(wanted: wanted, found: found))
  }
  /// The text has several PEM blocks, none of them the only one that is wanted.
  static func keyMalformed(wanted: KeyText, _ blocks: PEMKinds) -> JWTError {
    JWTError(.keyMalformed, .blocks(wanted: wanted, blocks))
  }
  /// A number of an RSA key contradicts the others.
  package static func keyNumber(_ number: JWKMember) -> JWTError {
    JWTError(.keyMalformed, .number(number))
  }
  /// A member of a JWK, or of a JWK set, is not what it must be.
  @_noAllocation
  package static func keyMember(_ member: JWKMember, _ flaw: MemberFlaw) -> JWTError {
    JWTError(.keyMalformed, .member(member, flaw))
  }
  /// A private key is encrypted, but no passphrase was given.
  public static var keyEncrypted: JWTError { @_noAllocation get { JWTError(.keyEncrypted) } }
  /// An OpenSSH private key is encrypted: Jot can't decrypt it.
  package static var keyEncryptedSSH: JWTError { JWTError(.keyEncrypted, .openSSH) }
  /// The passphrase does not decrypt the private key, or the key is damaged.
  public static var keyPassphraseWrong: JWTError {
    @_noAllocation get { JWTError(.keyPassphraseWrong) }
  }
  /// Decrypting a private key would take more work than Jot allows.
  public static var keyPassphraseCost: JWTError {
    @_noAllocation get { JWTError(.keyPassphraseCost) }
  }
  /// No algorithm in Jot uses this kind of key.
  @_noAllocation
  package static func keyUnsupported(_ found: KeyText) -> JWTError {
    JWTError(.keyUnsupported, .text(wanted: .unknown, found: found))
  }
  /// A JWK's `use` or `key_ops` forbids this use.
  public static var keyUse: JWTError { @_noAllocation get { JWTError(.keyUse) } }
  /// A JWK's `alg` does not fit its `kty` or `crv`.
  public static var keyAlgorithmMismatch: JWTError {
    @_noAllocation get { JWTError(.keyAlgorithmMismatch) }
  }
  /// The RSA modulus has fewer than 2048 bits.
  @_noAllocation
  public static func keyTooSmall(bits: Int) -> JWTError { JWTError(.keyTooSmall, .bits(bits)) }
  /// The RSA modulus has more than 8192 bits.
  @_noAllocation
  public static func keyTooLarge(bits: Int) -> JWTError { JWTError(.keyTooLarge, .bits(bits)) }
  /// The RSA public exponent is even, 1, or above 2³³.
  public static var keyBadExponent: JWTError { @_noAllocation get { JWTError(.keyBadExponent) } }
  /// The public key is not a point of its curve, or is a point of small order.
  public static var keyInvalidPoint: JWTError { @_noAllocation get { JWTError(.keyInvalidPoint) } }
  /// Two keys of a set, at these indices, have the same `kid` and fit the same algorithm.
  @_noAllocation
  public static func keySetDuplicateID(at first: Int, and second: Int) -> JWTError {
    JWTError(.keySetDuplicateID, .indexes(first, second))
  }
  /// A set has both secrets and public keys: a token could choose which one it is verified with.
  public static var keySetMixed: JWTError { @_noAllocation get { JWTError(.keySetMixed) } }
  /// A verifying set has a private key.
  public static var keySetPrivate: JWTError { @_noAllocation get { JWTError(.keySetPrivate) } }
  /// A set has no usable key.
  public static var keySetEmpty: JWTError { @_noAllocation get { JWTError(.keySetEmpty) } }
  /// A JWK set has more elements than the limit.
  @_noAllocation
  public static func keySetTooMany(limit: Int) -> JWTError {
    JWTError(.keySetTooMany, .limit(limit))
  }
  /// A remote signer's answer is not a signature of the signing input.
  public static var remoteSignatureInvalid: JWTError {
    @_noAllocation get { JWTError(.remoteSignatureInvalid) }
  }

  // MARK: The caller and the machine

  /// The verifier at this index was made without an issuer.
  @_noAllocation
  public static func issuerAbsent(at index: Int) -> JWTError {
    JWTError(.issuerAbsent, .index(index))
  }
  /// The verifier at this index has the issuer of an earlier one.
  @_noAllocation
  public static func issuerDuplicate(at index: Int) -> JWTError {
    JWTError(.issuerDuplicate, .index(index))
  }
  /// The verifier at this index has a key of an earlier one.
  @_noAllocation
  public static func issuerKeyShared(at index: Int) -> JWTError {
    JWTError(.issuerKeyShared, .index(index))
  }
  /// The caller's buffer is too short for this token.
  @_noAllocation
  public static func bufferTooSmall(needed: Int) -> JWTError {
    JWTError(.bufferTooSmall, .bytes(needed: needed, has: nil))
  }
  /// OpenSSL failed or ran out of memory.
  public static var cryptographyFailed: JWTError {
    @_noAllocation get { JWTError(.cryptographyFailed) }
  }
  /// OpenSSL has no provider of the algorithms: `cryptography_failed` too.
  package static var providerMissing: JWTError {
    @_noAllocation get { JWTError(.cryptographyFailed, .providerMissing) }
  }
}
