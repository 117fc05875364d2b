// The stable codes of JWTError, for logs, metrics and decisions.

extension JWTError {
  /// What was refused; its raw value is stable. Later versions may add codes: a `switch` needs an
  /// `@unknown default`.
  @nonexhaustive
  public enum Code: String, CaseIterable, Sendable {
    // The token's form.
    /// The token is longer than the verifier's limit; checked before anything is decoded.
    case tokenTooLarge = "token_too_large"
    /// The token is not three segments of base64url characters; the description says what stands
    /// there instead.
    case tokenMalformed = "token_malformed"
    /// The token has five segments: a JWE, which Jot does not support.
    case encrypted = "jwe_unsupported"
    /// A segment of valid characters is not canonical base64url: its length or last bits are wrong.
    case base64Invalid = "base64_invalid"
    /// The header is not a strict JSON object, lacks `alg`, or has a registered member of wrong
    /// type, which the description names. A null `typ` or `cty` counts as absent.
    case headerInvalid = "header_invalid"
    /// The header's `alg` is not in the verifier's allow list.
    case algorithmNotAllowed = "alg_not_allowed"
    /// The header has `crit` (RFC 7515 §4.1.11): Jot supports no extension.
    case criticalUnsupported = "crit_unsupported"
    /// The header has `b64` with a value other than `true` (RFC 7797).
    case b64Unsupported = "b64_unsupported"
    /// The header's `typ` is not the one that the verifier requires.
    case typeMismatch = "typ_mismatch"

    // The signature.
    /// `alg` is allowed but does not fit the key's family.
    case algorithmKeyMismatch = "alg_key_mismatch"
    /// The signature or MAC does not verify.
    case signatureInvalid = "signature_invalid"

    // The claims.
    /// The payload is not a strict JSON object.
    case claimsInvalid = "claims_invalid"
    /// A required claim is absent.
    case claimMissing = "claim_missing"
    /// A registered claim, or one that a profile checks, has a wrong type.
    case claimType = "claim_type"
    /// A NumericDate does not fit 64 bits.
    case claimRange = "claim_range"
    /// A claim that a profile checks has another value than it must have: `nonce`, `azp`, `sub`,
    /// `auth_time`, `acr`, `at_hash` or `c_hash` of an ID Token.
    case claimMismatch = "claim_mismatch"
    /// `exp <= now - leeway`.
    case expired = "expired"
    /// `nbf`, `iat` or an ID Token's `auth_time` is after `now + leeway`.
    case notYetValid = "not_yet_valid"
    /// `iss` is not one of the expected issuers.
    case issuerMismatch = "issuer_mismatch"
    /// `iss` is not the issuer of any verifier in the ``IssuerVerifier``.
    case issuerUnknown = "issuer_unknown"
    /// `sub` is not the expected one.
    case subjectMismatch = "subject_mismatch"
    /// No element of `aud` is an expected audience. Or the token has `aud`, but the verifier has no
    /// audience.
    case audienceMismatch = "audience_mismatch"
    /// `iat` is older than the verifier's maximum age.
    case tooOld = "token_too_old"

    // Keys.
    /// No key of the set matches: the token's `kid` is unknown, only a skipped element has it, or
    /// the token has none.
    case keyNotFound = "key_not_found"
    /// The set is empty: its keys could not be fetched yet, or not for too long. The token may be
    /// valid.
    case keysUnavailable = "keys_unavailable"
    /// The secret is empty.
    case keyEmpty = "key_empty"
    /// The secret is shorter than the hash (RFC 7518 §3.2).
    case keyTooShort = "key_too_short"
    /// The secret is one byte repeated: as easy to guess as zeros. Or the RSA modulus comes from
    /// the faulty generator of CVE-2017-15361 (ROCA).
    case keyWeak = "key_weak"
    /// The secret is the text of a key.
    case keyLooksAsymmetric = "key_looks_asymmetric"
    /// The text can't be read as the expected key. Or a JWK's member is absent or wrong.
    case keyMalformed = "key_malformed"
    /// A private key is encrypted, but no passphrase was given.
    case keyEncrypted = "key_encrypted"
    /// The passphrase does not decrypt the private key, or the key is damaged.
    case keyPassphraseWrong = "key_passphrase_wrong"
    /// Decrypting a private key would take more work than Jot allows.
    case keyPassphraseCost = "key_passphrase_cost"
    /// No algorithm in Jot uses this kind of key.
    case keyUnsupported = "key_unsupported"
    /// A JWK's `use` or `key_ops` forbids this use.
    case keyUse = "key_use"
    /// A JWK's `alg` does not fit its `kty` or `crv`.
    case keyAlgorithmMismatch = "key_alg_mismatch"
    /// The RSA modulus has fewer than 2048 bits.
    case keyTooSmall = "key_too_small"
    /// The RSA modulus has more than 8192 bits.
    case keyTooLarge = "key_too_large"
    /// The RSA public exponent is even, 1, or above 2³³.
    case keyBadExponent = "key_bad_exponent"
    /// The public key is not a point of its curve, or is a point of small order.
    case keyInvalidPoint = "key_invalid_point"
    /// Two keys of a set have the same `kid`.
    case keySetDuplicateID = "jwks_duplicate_kid"
    /// A set has both secrets and public keys: a token could choose which one it is verified with.
    case keySetMixed = "jwks_mixed"
    /// A verifying set has a private key.
    case keySetPrivate = "jwks_private"
    /// A set has no usable key.
    case keySetEmpty = "jwks_empty"
    /// A JWK set has more elements than the limit.
    case keySetTooMany = "jwks_too_many"
    /// A remote signer's answer is not a signature of the signing input.
    case remoteSignatureInvalid = "remote_signature_invalid"

    // The caller and the machine.
    /// The verifier at this index was made without an issuer.
    case issuerAbsent = "issuer_absent"
    /// The verifier at this index has the issuer of an earlier one.
    case issuerDuplicate = "issuer_duplicate"
    /// The verifier at this index has a key of an earlier one.
    case issuerKeyShared = "issuer_key_shared"
    /// The caller's buffer is too short for this token.
    case bufferTooSmall = "buffer_too_small"
    /// OpenSSL failed, ran out of memory, or has no provider of the algorithms.
    case cryptographyFailed = "cryptography_failed"
  }
}
