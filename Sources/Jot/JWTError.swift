// Why a token or a key is refused: one closed list, each case with a stable code.

/// Why a token was refused, or a key.
///
/// No case carries a byte of a token or a key, so every error may be logged. Tell a client only
/// "unauthorized": the reason is for the server's side.
public enum JWTError: Error, Equatable, Sendable {
  // The token's form.
  /// Longer than the verifier's limit; seen before anything is decoded.
  case tokenTooLarge
  /// Not three segments of base64url characters.
  case tokenMalformed
  /// Five segments: a JWE, which Jot does not read.
  case encrypted
  /// A segment of legal characters is not canonical base64url: its length or last bits are wrong.
  case base64Invalid(Segment)
  /// The header is not a strict JSON object, has no `alg`, or a registered member of a wrong type.
  case headerInvalid
  /// The header's `alg` is not in the verifier's allow list.
  case algorithmNotAllowed
  /// The header has `crit` (RFC 7515 §4.1.11): Jot understands no extension.
  case criticalUnsupported
  /// The header has `b64` and it is not `true` (RFC 7797).
  case b64Unsupported
  /// The header's `typ` is not what the verifier asks for.
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
  /// `iss` is none of the expected ones.
  case issuerMismatch
  /// `sub` is not the expected one.
  case subjectMismatch
  /// No element of `aud` is an expected one.
  case audienceMismatch
  /// The token has `aud` and the verifier was given no audience.
  case audienceUnexpected
  // Keys.
  /// A secret of no bytes.
  case keyEmpty
  /// A secret shorter than the hash (RFC 7518 §3.2).
  case keyTooShort(needed: Int, has: Int)
  /// A secret of zero bytes only: memory that nobody filled.
  case keyWeak
  /// A secret that is the text of a key.
  case keyLooksAsymmetric(KeyText)
  /// Text that can't be read as the key it should be.
  case keyMalformed(wanted: KeyText, found: KeyText)
  /// A key of a kind that no algorithm here takes.
  case keyUnsupported(KeyText)
  /// An RSA modulus below 2048 bits.
  case keyTooSmall(bits: Int)
  /// An RSA modulus above 8192 bits.
  case keyTooLarge(bits: Int)
  /// An RSA public exponent that is even, 1, or above 2³³.
  case keyBadExponent
  // The caller and the machine.
  /// The caller's buffer is too short for this token.
  case bufferTooSmall(needed: Int)
  /// OpenSSL could not sign or had no memory.
  case cryptographyFailed

  /// A part of a token.
  public enum Segment: String, Equatable, Sendable {
    case header, payload, signature
  }

  /// A claim that the verifier requires.
  public enum RequiredClaim: Equatable, Sendable {
    case registered(RegisteredClaim)
    /// A place in the verifier's list of required claims.
    case custom(Int)
  }

  /// What some text was meant to be, or looks like.
  public enum KeyText: String, Equatable, Sendable {
    case publicKey = "an RSA public key in PEM (PUBLIC KEY or RSA PUBLIC KEY)"
    case privateKey = "an RSA private key in PEM (PRIVATE KEY or RSA PRIVATE KEY)"
    case encryptedPrivateKey = "an encrypted private key in PEM"
    case certificate = "a certificate in PEM"
    case otherPEM = "a PEM text of another kind"
    case pem = "a PEM text"
    case brokenPEM = "a PEM text whose content can't be read"
    case noPEM = "text without a PEM block"
    case manyPEM = "more than one PEM block"
    case otherAlgorithm = "a key of another algorithm than RSA"
    case ssh = "an SSH key"
    case jwk = "a JWK or JWK set"
    case der = "a key or certificate in DER"
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
    case .subjectMismatch: "subject_mismatch"
    case .audienceMismatch, .audienceUnexpected: "audience_mismatch"
    case .keyEmpty: "key_empty"
    case .keyTooShort: "key_too_short"
    case .keyWeak: "key_weak"
    case .keyLooksAsymmetric: "key_looks_asymmetric"
    case .keyMalformed: "key_malformed"
    case .keyUnsupported: "key_unsupported"
    case .keyTooSmall: "key_too_small"
    case .keyTooLarge: "key_too_large"
    case .keyBadExponent: "key_bad_exponent"
    case .bufferTooSmall: "buffer_too_small"
    case .cryptographyFailed: "cryptography_failed"
    }
  }
}

extension JWTError: CustomStringConvertible {
  /// One line that says what, where and, for keys and callers, what to do.
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
    case .criticalUnsupported: "the token's header has crit; no extension is understood"
    case .b64Unsupported: "the token's header has b64 and it is not true"
    case .typeMismatch: "the token's typ is not the expected one"
    case .algorithmKeyMismatch:
      "the algorithm does not fit the key: HS takes a secret, RS an RSA key"
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
    case .subjectMismatch: "the token's subject is not the expected one"
    case .audienceMismatch: "the token's audience is not an expected one"
    case .audienceUnexpected: "the token has an audience; pass audience:"
    case .keyEmpty: "the secret is empty; make one with: openssl rand -hex 32"
    case .keyTooShort(let needed, let has):
      "the secret has \(has) bytes and the algorithm needs \(needed); make one with:"
        + " openssl rand -hex \(needed)"
    case .keyWeak: "the secret is all zeros; make one with: openssl rand -hex 32"
    case .keyLooksAsymmetric(let text):
      "the secret is \(text.rawValue), which others may know; pass it as a key, not as a secret"
    case .keyMalformed(let wanted, let found):
      "the key is \(found.rawValue); pass \(wanted.rawValue)"
    case .keyUnsupported(let found): "the key is \(found.rawValue); pass an RSA key in PEM"
    case .keyTooSmall(let bits):
      "the RSA key has \(bits) bits; make one of 2048 or more with: openssl genrsa 2048"
    case .keyTooLarge(let bits): "the RSA key has \(bits) bits; use one of 8192 or fewer"
    case .keyBadExponent: "the RSA key's public exponent is not a sound one; make a key with 65537"
    case .bufferTooSmall(let needed): "the buffer is too short; pass one of \(needed) bytes"
    case .cryptographyFailed: "OpenSSL failed; the key is intact, try again"
    }
  }
}
