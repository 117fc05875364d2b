// The JWT profile for OAuth 2.0 access tokens (RFC 9068 §4).

extension Verifier {
  /// Makes a verifier of access tokens by RFC 9068, with one key, for tokens with any `kid`.
  ///
  /// ```swift
  /// let verifier = try Verifier.accessToken(
  ///   key: key, algorithms: [.es256], issuer: "https://id.example", audience: ["shop"])
  /// ```
  ///
  /// Beyond what every ``Verifier`` checks: `typ` is `at+jwt` or `application/at+jwt`, in any case,
  /// so that no ID Token is accepted; `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are
  /// present and of their types. A provider that writes access tokens of another form, with `typ`
  /// `JWT` for instance, needs a plain ``Verifier``.
  ///
  /// - Parameters:
  ///   - key: The verification key; it alone decides which algorithms are possible.
  ///   - algorithms: The allow list; a token's `alg` is compared with it and never obeyed.
  ///   - issuer: A token's `iss` must equal this: the authorization server's issuer identifier.
  ///   - audience: A token must name one of these in `aud`: this resource server's identifiers.
  ///   - options: Leeway, limits, the clock.
  /// - Throws: `algorithmKeyMismatch` if no algorithm of the list fits the key; `keyTooShort`.
  /// - Precondition: `algorithms` is not empty; at most 57 claims are required in addition.
  public static func accessToken(
    key: VerificationKey, algorithms: [Algorithm], issuer: String, audience: [String],
    options: Options = Options()
  ) throws(JWTError) -> Verifier {
    try Verifier(
      key: key, expecting: .accessToken(algorithms, issuer, audience, options))
  }

  /// Makes a verifier of access tokens by RFC 9068 that finds its key by a token's `kid`, in the
  /// current set of `keys`, such as a provider's.
  ///
  /// The other parameters and the preconditions are the same as for one key.
  public static func accessToken(
    keys: RotatingKeySet, algorithms: [Algorithm], issuer: String, audience: [String],
    options: Options = Options()
  ) -> Verifier {
    Verifier(keys: keys, expecting: .accessToken(algorithms, issuer, audience, options))
  }

  /// Makes a verifier of access tokens by RFC 9068 that finds its key by a token's `kid`, in a fixed
  /// set.
  ///
  /// The other parameters and the preconditions are the same as for one key.
  public static func accessToken(
    keys: KeySet, algorithms: [Algorithm], issuer: String, audience: [String],
    options: Options = Options()
  ) -> Verifier {
    accessToken(
      keys: RotatingKeySet(keys), algorithms: algorithms, issuer: issuer, audience: audience,
      options: options)
  }
}

extension Expectations {
  /// What RFC 9068 §2.2 and §4 expect.
  fileprivate static func accessToken(
    _ algorithms: [Algorithm], _ issuer: String, _ audience: [String], _ options: Verifier.Options
  ) -> Expectations {
    Expectations(
      profile: algorithms, issuer: issuer, audience: audience,
      required: ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"], strings: ["client_id"],
      type: "at+jwt", options: options)
  }
}
