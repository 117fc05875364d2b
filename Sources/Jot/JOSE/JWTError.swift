// Why a token or a key is refused: a closed list; each case has a stable code.

/// Why a token or a key was refused.
///
/// No case contains a byte of a token or a key, so every error may be logged. Tell a client only
/// "unauthorized"; keep the reason on the server.
public enum JWTError: Error, Equatable, Sendable {
  // The token's form.
  /// The token is longer than the verifier's limit; checked before anything is decoded.
  case tokenTooLarge
  /// The token is not three segments of base64url characters.
  case tokenMalformed
  /// The token has five segments: a JWE, which Jot does not support.
  case encrypted
  /// A segment of valid characters is not canonical base64url: its length or last bits are wrong.
  case base64Invalid(Segment)
  /// The header is not a strict JSON object, lacks `alg`, or has a registered member of wrong type.
  case headerInvalid
  /// The header's `alg` is not in the verifier's allow list.
  case algorithmNotAllowed
  /// The header has `crit` (RFC 7515 §4.1.11): Jot supports no extension.
  case criticalUnsupported
  /// The header has `b64` with a value other than `true` (RFC 7797).
  case b64Unsupported
  /// The header's `typ` is not the one that the verifier requires.
  case typeMismatch
  // The signature.
  /// `alg` is allowed but does not fit the key's family.
  case algorithmKeyMismatch
  /// The signature or MAC does not verify.
  case signatureInvalid
  // The claims.
  /// The payload is not a strict JSON object.
  case claimsInvalid
  /// A required claim is absent.
  case claimMissing(RequiredClaim)
  /// A registered claim has a wrong type.
  case claimType(RegisteredClaim)
  /// A NumericDate does not fit 64 bits.
  case claimRange(RegisteredClaim)
  /// `exp <= now - leeway`.
  case expired
  /// `nbf` or `iat` is after `now + leeway`.
  case notYetValid(RegisteredClaim)
  /// `iss` is not one of the expected issuers.
  case issuerMismatch
  /// `iss` is not the issuer of any verifier in the ``IssuerVerifier``.
  case issuerUnknown
  /// `sub` is not the expected one.
  case subjectMismatch
  /// No element of `aud` is an expected audience.
  case audienceMismatch
  /// The token has `aud`, but the verifier has no audience.
  case audienceUnexpected
  /// `iat` is older than the verifier's maximum age.
  case tooOld
  // Keys.
  /// No key of the set matches: the token's `kid` is unknown, or it has none.
  case keyNotFound
  /// The secret is empty.
  case keyEmpty
  /// The secret is shorter than the hash (RFC 7518 §3.2).
  case keyTooShort(needed: Int, has: Int)
  /// The secret is one byte repeated: as easy to guess as zeros.
  case keyWeak
  /// The RSA modulus comes from the faulty generator of CVE-2017-15361 (ROCA).
  case keyWeakModulus
  /// The secret is the text of a key.
  case keyLooksAsymmetric(KeyText)
  /// The text can't be read as the expected key.
  case keyMalformed(wanted: KeyText, found: KeyText)
  /// A JWK's member is absent, of wrong type or length, not canonical, or contradicts the others.
  case keyMember(JWKMember)
  /// A private key is encrypted, but no passphrase was given.
  case keyEncrypted
  /// The passphrase does not decrypt the private key, or the key is damaged.
  case keyPassphraseWrong
  /// Decrypting a private key would take more work than Jot allows.
  case keyPassphraseCost
  /// No algorithm in Jot uses this kind of key.
  case keyUnsupported(KeyText)
  /// A JWK's `use` or `key_ops` forbids this use.
  case keyUse
  /// A JWK's `alg` does not fit its `kty` or `crv`.
  case keyAlgorithmMismatch
  /// The RSA modulus has fewer than 2048 bits.
  case keyTooSmall(bits: Int)
  /// The RSA modulus has more than 8192 bits.
  case keyTooLarge(bits: Int)
  /// The RSA public exponent is even, 1, or above 2³³.
  case keyBadExponent
  /// The public key is not a point of its curve, or is a point of small order.
  case keyInvalidPoint
  /// Two keys of a set have the same `kid`.
  case keySetDuplicateID
  /// A set has both secrets and public keys: a token could choose which one it is verified with.
  case keySetMixed
  /// A verifying set has a private key.
  case keySetPrivate
  /// A set has no usable key.
  case keySetEmpty
  /// A JWK set has more elements than the limit.
  case keySetTooMany(limit: Int)
  /// A remote signer's answer is not a signature of the signing input.
  case remoteSignatureInvalid
  // The caller and the machine.
  /// The verifier at this index was made without an issuer.
  case issuerAbsent(at: Int)
  /// The verifier at this index has the issuer of an earlier one.
  case issuerDuplicate(at: Int)
  /// The verifier at this index has a key of an earlier one.
  case issuerKeyShared(at: Int)
  /// The caller's buffer is too short for this token.
  case bufferTooSmall(needed: Int)
  /// OpenSSL could not sign or ran out of memory.
  case cryptographyFailed

  /// A segment of a token.
  public enum Segment: String, Equatable, Sendable {
    case header, payload, signature
  }

  /// A claim that the verifier requires.
  public enum RequiredClaim: Equatable, Sendable {
    case registered(RegisteredClaim)
    /// An index in the verifier's list of required claims.
    case custom(Int)
  }

  /// What a text was expected to be, or looks like.
  public enum KeyText: String, CaseIterable, Equatable, Sendable {
    case publicKey = "a public key"
    case privateKey = "a private key"
    case encryptedPrivateKey = "an encrypted private key"
    case certificate = "a certificate"
    case pem = "a PEM text"
    case otherPEM = "a PEM text of another kind"
    case brokenPEM = "a PEM text whose content can't be read"
    case manyPEM = "more than one PEM block"
    case der = "a key or certificate in DER"
    case brokenDER = "DER that is not a key"
    case ssh = "an OpenSSH key"
    case sshPrivateKey = "an OpenSSH private key (convert it: ssh-keygen -p -m PKCS8)"
    case brokenSSH = "an OpenSSH line whose content can't be read"
    case jwk = "a JWK or JWK set"
    case secretJWK = "a JWK of a secret (oct)"
    case brokenJWK = "a JWK that is not one strict JSON object"
    case jwkSet = "a JWK set"
    case brokenKey = "a key whose private and public halves don't match"
    case otherAlgorithm = "a key of a type, curve or alg that Jot does not support"
    case empty = "empty"
    case tooLong = "a text that is too long for a key"
    case unknown = "text in an unknown format"

    /// The accepted formats, if this kind of key was expected.
    fileprivate var asWanted: String {
      switch self {
      case .publicKey:
        "a public key: PEM (PUBLIC KEY, RSA PUBLIC KEY, CERTIFICATE), DER, a JWK or an OpenSSH line"
      case .privateKey:
        "a private key: PEM (PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY), DER or a JWK"
      default: rawValue
      }
    }
  }

  /// A member of a JWK or of a JWK set.
  public enum JWKMember: String, CaseIterable, Equatable, Sendable {
    case kty, crv, n, e, d, p, q, dp, dq, qi, x, y, k, kid, alg, use, keys
    case keyOperations = "key_ops"
    case otherPrimes = "oth"
  }

  /// The stable code, for logs, metrics and tests.
  public var reason: String {
    switch self {
    case .tokenTooLarge: "token_too_large"
    case .tokenMalformed: "token_malformed"
    case .encrypted: "jwe_unsupported"
    case .base64Invalid: "base64_invalid"
    case .headerInvalid: "header_invalid"
    case .algorithmNotAllowed: "alg_not_allowed"
    case .criticalUnsupported: "crit_unsupported"
    case .b64Unsupported: "b64_unsupported"
    case .typeMismatch: "typ_mismatch"
    case .algorithmKeyMismatch: "alg_key_mismatch"
    case .signatureInvalid: "signature_invalid"
    case .claimsInvalid: "claims_invalid"
    case .claimMissing: "claim_missing"
    case .claimType: "claim_type"
    case .claimRange: "claim_range"
    case .expired: "expired"
    case .notYetValid: "not_yet_valid"
    case .issuerMismatch: "issuer_mismatch"
    case .issuerUnknown: "issuer_unknown"
    case .subjectMismatch: "subject_mismatch"
    case .audienceMismatch, .audienceUnexpected: "audience_mismatch"
    case .tooOld: "token_too_old"
    case .keyNotFound: "key_not_found"
    case .keyEmpty: "key_empty"
    case .keyTooShort: "key_too_short"
    case .keyWeak, .keyWeakModulus: "key_weak"
    case .keyLooksAsymmetric: "key_looks_asymmetric"
    case .keyMalformed, .keyMember: "key_malformed"
    case .keyEncrypted: "key_encrypted"
    case .keyPassphraseWrong: "key_passphrase_wrong"
    case .keyPassphraseCost: "key_passphrase_cost"
    case .keyUnsupported: "key_unsupported"
    case .keyUse: "key_use"
    case .keyAlgorithmMismatch: "key_alg_mismatch"
    case .keyTooSmall: "key_too_small"
    case .keyTooLarge: "key_too_large"
    case .keyBadExponent: "key_bad_exponent"
    case .keyInvalidPoint: "key_invalid_point"
    case .keySetDuplicateID: "jwks_duplicate_kid"
    case .keySetMixed: "jwks_mixed"
    case .keySetPrivate: "jwks_private"
    case .keySetEmpty: "jwks_empty"
    case .keySetTooMany: "jwks_too_many"
    case .remoteSignatureInvalid: "remote_signature_invalid"
    case .issuerAbsent: "issuer_absent"
    case .issuerDuplicate: "issuer_duplicate"
    case .issuerKeyShared: "issuer_key_shared"
    case .bufferTooSmall: "buffer_too_small"
    case .cryptographyFailed: "cryptography_failed"
    }
  }
}

extension JWTError: CustomStringConvertible {
  /// One line: what is wrong, where and, for keys and callers, what to do.
  public var description: String {
    switch self {
    case .tokenTooLarge: "the token is longer than the verifier's limit"
    case .tokenMalformed: "the token is not three segments of base64url characters"
    case .encrypted: "the token is encrypted (JWE); Jot reads signed tokens (JWS)"
    case .base64Invalid(let segment):
      "the token's \(segment.rawValue) is not canonical base64url"
    case .headerInvalid:
      "the token's header is not a strict JSON object with alg and members of the right types"
    case .algorithmNotAllowed: "the token's alg is not in the verifier's allow list"
    case .criticalUnsupported: "the token's header has crit; Jot supports no extension"
    case .b64Unsupported: "the token's header has a b64 that is not true"
    case .typeMismatch: "the token's typ is not the expected one"
    case .algorithmKeyMismatch:
      "the algorithm does not fit the key: HS needs a secret, RS and PS an RSA key, ES and EdDSA a"
        + " key on their curve; a JWK's alg allows no other algorithm"
    case .signatureInvalid: "the token's signature does not verify"
    case .claimsInvalid: "the token's payload is not a strict JSON object"
    case .claimMissing(.registered(let claim)): "the token lacks the claim \(claim.rawValue)"
    case .claimMissing(.custom(let index)):
      "the token lacks the required claim at index \(index) of the verifier's list"
    case .claimType(let claim): "the token's \(claim.rawValue) has the wrong type"
    case .claimRange(let claim): "the token's \(claim.rawValue) does not fit 64 bits"
    case .expired: "the token has expired"
    case .notYetValid(let claim): "the token is not valid yet: \(claim.rawValue) is in the future"
    case .issuerMismatch: "the token's issuer is not an expected one"
    case .issuerUnknown: "the token's issuer has no verifier"
    case .subjectMismatch: "the token's subject is not the expected one"
    case .audienceMismatch: "the token's audience is not an expected one"
    case .audienceUnexpected: "the token has an audience; pass audience:"
    case .tooOld: "the token was issued too long ago"
    case .keyNotFound: "no key of the set has the token's kid, or the token has no kid"
    case .keyEmpty: "the secret is empty; make one with: openssl rand -hex 32"
    case .keyTooShort(let needed, let has):
      "the secret has \(has) bytes and the algorithm needs \(needed); make one with:"
        + " openssl rand -hex \(needed)"
    case .keyWeak: "the secret is one byte repeated; make one with: openssl rand -hex 32"
    case .keyWeakModulus:
      "the RSA key comes from a faulty generator (CVE-2017-15361); make a new one"
    case .keyLooksAsymmetric(let text):
      "the secret is \(text.rawValue), which others may know; pass it as a key, not as a secret"
    case .keyMalformed(let wanted, let found):
      "the key is \(found.rawValue); pass \(wanted.asWanted)"
    case .keyMember(let member):
      "the JWK's \(member.rawValue) is absent, of a wrong type or length, not canonical base64url,"
        + " or contradicts the other members; export the key again"
    case .keyEncrypted:
      "the private key is encrypted; pass its passphrase, or decrypt it first (openssl pkey)"
    case .keyPassphraseWrong:
      "the private key can't be decrypted with this passphrase, or is damaged"
    case .keyPassphraseCost:
      "the encrypted private key needs more than 10,000,000 iterations, or as much work of scrypt;"
        + " use fewer: openssl pkcs8 -topk8 -iter 600000"
    case .keyUnsupported(let found):
      "the key is \(found.rawValue); pass RSA, P-256, P-384, P-521, secp256k1, Ed25519 or Ed448"
    case .keyUse: "the JWK's use or key_ops does not allow this; pass a key that allows it"
    case .keyAlgorithmMismatch: "the JWK's alg does not fit its kty and crv; correct the JWK"
    case .keyTooSmall(let bits):
      "the RSA key has \(bits) bits; make one of 2048 or more with: openssl genrsa 2048"
    case .keyTooLarge(let bits): "the RSA key has \(bits) bits; use one of 8192 or fewer"
    case .keyBadExponent: "the RSA key's public exponent is not valid; make a key with 65537"
    case .keyInvalidPoint:
      "the public key is not a valid point of its curve; get the key again from its owner"
    case .keySetDuplicateID: "two keys of the set have the same kid; give each its own"
    case .keySetMixed: "the set has secrets and public keys; make a separate set of each"
    case .keySetPrivate: "the set has a private key; publish and load its public half only"
    case .keySetEmpty: "the set has no key that can verify"
    case .keySetTooMany(let limit):
      "the set has more than \(limit) keys; if all are needed, raise keyLimit (--key-limit)"
    case .remoteSignatureInvalid:
      "the remote signer's answer is not a signature by its key: raw r and s for ES, not DER"
    case .issuerAbsent(let index):
      "the verifier at index \(index) accepts any issuer; make it with issuer:"
    case .issuerDuplicate(let index):
      "the verifier at index \(index) has the issuer of an earlier one; leave out one of them"
    case .issuerKeyShared(let index):
      "the verifier at index \(index) has a key of an earlier one, so each could sign for the"
        + " other; give each its own keys, or make both with sharedIssuers:"
    case .bufferTooSmall(let needed): "the buffer is too short; pass one of \(needed) bytes"
    case .cryptographyFailed: "OpenSSL failed; the key is intact, try again"
    }
  }
}
