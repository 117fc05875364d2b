// Verifiers of ID Tokens (OpenID Connect Core §3.1.3.7).

extension Verifier {
  /// Makes a verifier of ID Tokens with one key, for tokens with any `kid`.
  ///
  /// ```swift
  /// // HS256 by the client's secret, 32 bytes or more (§10.1).
  /// let verifier = try Verifier.idToken(
  ///   key: VerificationKey(secret: secret), algorithms: [.hs256], issuer: "https://id.example",
  ///   clientID: "shop")
  /// ```
  ///
  /// What it checks is said at ``IDTokenVerifier``.
  ///
  /// - Parameters:
  ///   - key: The verification key; it alone decides which algorithms are possible.
  ///   - algorithms: The allow list: the `id_token_signed_response_alg` of the client's
  ///     registration, RS256 if it has none.
  ///   - issuer: A token's `iss` must equal this: the provider's issuer identifier.
  ///   - clientID: A token must name this in `aud`.
  ///   - trustedAudiences: Other names that `aud` may have too; any other is refused.
  ///   - authorizedParties: Other values that `azp` may have, such as the IDs of mobile clients of
  ///     the same application.
  ///   - options: Leeway, limits, the clock; `maximumAge` counts since `iat`, not since the login.
  /// - Throws: `algorithmKeyMismatch` if no algorithm of the list fits the key; `keyTooShort`.
  /// - Precondition: `algorithms` is not empty; at most 59 claims are required in addition.
  public static func idToken(
    key: VerificationKey, algorithms: [Algorithm], issuer: String, clientID: String,
    trustedAudiences: [String] = [], authorizedParties: [String] = [],
    options: Options = Options()
  ) throws(JWTError) -> IDTokenVerifier {
    IDTokenVerifier(
      try Verifier(key: key, expecting: .idToken(algorithms, issuer, clientID, options)),
      IDTokenVerifier.Client(
        id: clientID, trustedAudiences: trustedAudiences, authorizedParties: authorizedParties),
      options)
  }

  /// Makes a verifier of ID Tokens that finds its key by a token's `kid`, in the current set of
  /// `keys`, such as a provider's.
  ///
  /// The other parameters and the preconditions are the same as for one key.
  public static func idToken(
    keys: RotatingKeySet, algorithms: [Algorithm], issuer: String, clientID: String,
    trustedAudiences: [String] = [], authorizedParties: [String] = [],
    options: Options = Options()
  ) -> IDTokenVerifier {
    IDTokenVerifier(
      Verifier(keys: keys, expecting: .idToken(algorithms, issuer, clientID, options)),
      IDTokenVerifier.Client(
        id: clientID, trustedAudiences: trustedAudiences, authorizedParties: authorizedParties),
      options)
  }

  /// Makes a verifier of ID Tokens that finds its key by a token's `kid`, in a fixed set.
  ///
  /// The other parameters and the preconditions are the same as for one key.
  public static func idToken(
    keys: KeySet, algorithms: [Algorithm], issuer: String, clientID: String,
    trustedAudiences: [String] = [], authorizedParties: [String] = [],
    options: Options = Options()
  ) -> IDTokenVerifier {
    idToken(
      keys: RotatingKeySet(keys), algorithms: algorithms, issuer: issuer, clientID: clientID,
      trustedAudiences: trustedAudiences, authorizedParties: authorizedParties, options: options)
  }
}

extension Expectations {
  /// What every ID Token must have (§2).
  fileprivate static func idToken(
    _ algorithms: [Algorithm], _ issuer: String, _ clientID: String, _ options: Verifier.Options
  ) -> Expectations {
    Expectations(
      profile: algorithms, issuer: issuer, audience: [clientID],
      required: ["iss", "sub", "aud", "exp", "iat"], options: options)
  }
}
