// FastAPI Users' access tokens for a server that only verifies them.

extension Verifier {
  /// Makes a verifier of FastAPI Users' access tokens, for a resource server: it has no strategy, no
  /// user manager, and needs no private key.
  ///
  /// ```swift
  /// let verifier = try Verifier.fastAPIUsers(
  ///   key: VerificationKey(publicKey: pem), algorithms: [.rs256])
  /// let id = try verifier.verify(token).subject
  /// ```
  ///
  /// Beyond what every `Verifier` checks: `aud` has one of `audience`, so that no token for a reset
  /// of a password or for an e-mail's verification is accepted; `sub` and `exp` are present. So
  /// tokens of a strategy without a lifetime are refused. `JWTStrategy` reads as FastAPI Users does:
  /// it accepts them, and shorter secrets too.
  ///
  /// - Parameters:
  ///   - key: The strategy's public key; for HS algorithms its secret, 32 bytes or more.
  ///   - algorithms: The allow list: the strategy's one algorithm.
  ///   - audience: The strategy's `token_audience`.
  ///   - options: Leeway, limits, the clock.
  /// - Throws: `algorithmKeyMismatch` if no algorithm of the list fits the key; `keyTooShort`.
  /// - Precondition: `algorithms` is not empty; at most 62 claims are required in addition.
  public static func fastAPIUsers(
    key: VerificationKey, algorithms: [Algorithm] = [.hs256],
    audience: [String] = ["fastapi-users:auth"], options: Options = Options()
  ) throws(JWTError) -> Verifier {
    try Verifier(key: key, expecting: .fastAPIUsers(algorithms, audience, options))
  }

  /// Makes a verifier of FastAPI Users' access tokens with the current set of `keys`, which can be
  /// replaced. The tokens have no `kid`: exactly one key of the set must fit their algorithm.
  ///
  /// The other parameters and the preconditions are the same as for one key.
  public static func fastAPIUsers(
    keys: RotatingKeySet, algorithms: [Algorithm] = [.hs256],
    audience: [String] = ["fastapi-users:auth"], options: Options = Options()
  ) -> Verifier {
    Verifier(keys: keys, expecting: .fastAPIUsers(algorithms, audience, options))
  }
}

extension Expectations {
  fileprivate static func fastAPIUsers(
    _ algorithms: [Algorithm], _ audience: [String], _ options: Verifier.Options
  ) -> Expectations {
    Expectations(
      profile: algorithms, issuer: nil, audience: audience, required: ["sub", "exp"],
      options: options)
  }
}
