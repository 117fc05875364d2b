// Whose fault an error is: what a server answers follows from it.

extension JWTError {
  /// Whose fault a refusal is.
  ///
  /// A server answers by it (RFC 6750 §3.1, RFC 9110 §15.6): a client's fault with 401 and
  /// `invalid_token`, a fault of the keys with 503, one of the machine with 500.
  @nonexhaustive
  public enum Fault: String, CaseIterable, Sendable {
    /// The token's: it is malformed, forged, expired, or for another verifier.
    case client
    /// The keys': they are not there at the moment, or could not be loaded. The token may be valid.
    case keys
    /// The server's: OpenSSL failed, or the caller made a mistake. The token may be valid.
    case machine
  }

  /// Whose fault the refusal is.
  public var fault: Fault { code.fault }
}

extension JWTError.Code {
  /// Whose fault a refusal with this code is.
  ///
  /// `keyNotFound` is the client's: the set was fetched, and has no such key. `keysUnavailable` is the
  /// keys': nothing is known of the token.
  public var fault: JWTError.Fault {
    switch self {
    case .tokenTooLarge, .tokenMalformed, .encrypted, .base64Invalid, .headerInvalid,
      .algorithmNotAllowed, .criticalUnsupported, .b64Unsupported, .typeMismatch,
      .algorithmKeyMismatch, .signatureInvalid, .claimsInvalid, .claimMissing, .claimType,
      .claimRange, .expired, .notYetValid, .issuerMismatch, .issuerUnknown, .subjectMismatch,
      .audienceMismatch, .claimMismatch, .tooOld, .keyNotFound:
      .client
    case .keysUnavailable, .keyEmpty, .keyTooShort, .keyWeak, .keyLooksAsymmetric, .keyMalformed,
      .keyEncrypted, .keyPassphraseWrong, .keyPassphraseCost, .keyUnsupported, .keyUse,
      .keyAlgorithmMismatch, .keyTooSmall, .keyTooLarge, .keyBadExponent, .keyInvalidPoint,
      .keySetDuplicateID, .keySetMixed, .keySetPrivate, .keySetEmpty, .keySetTooMany,
      .remoteSignatureInvalid:
      .keys
    case .issuerAbsent, .issuerDuplicate, .issuerKeyShared, .bufferTooSmall, .cryptographyFailed:
      .machine
    }
  }
}
