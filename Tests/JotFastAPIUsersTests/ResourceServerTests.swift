import JotFastAPIUsers
import Testing

@Suite("Verifier.fastAPIUsers")
struct ResourceServerTests {
  private static let now: Int64 = 1_767_225_600
  private static let secret = StrategyTests.secret
  private static let options = Verifier.Options(clock: { now })
  private static let verifier = try! Verifier.fastAPIUsers(
    key: VerificationKey(secret: Secret(secret)), options: options)

  /// A token that a strategy writes.
  private static func token(
    lifetimeSeconds: Int? = 60, audience: FastAPIUsers.TokenAudience = JWTStrategy.defaultAudience
  ) throws -> String {
    try JWTStrategy(
      secret: secret, lifetimeSeconds: lifetimeSeconds, tokenAudience: audience, clock: { now }
    ).writeToken(StrategyTests.user)
  }

  @Test("a strategy's token is accepted, by every kind of verifier")
  func accepts() throws {
    let token = try Self.token()
    let keys = RotatingKeySet(try KeySet([VerificationKey(secret: Secret(Self.secret))]))
    for verifier in [Self.verifier, Verifier.fastAPIUsers(keys: keys, options: Self.options)] {
      #expect(try verifier.verify(token).subject == StrategyTests.user.id)
      #expect(
        try CachedVerifier(verifier, cache: TokenCache()).verify(token).subject
          == StrategyTests.user.id)
      #expect(try verifier.verify([token])[0].get().subject == StrategyTests.user.id)
    }
    let other = try Verifier.fastAPIUsers(
      key: VerificationKey(secret: Secret(Self.secret)), audience: ["app"], options: Self.options)
    #expect(try other.verify(Self.token(audience: "app")).subject == StrategyTests.user.id)
    #expect(throws: JWTError.audienceMismatch) { try other.verify(token) }
  }

  @Test("a token without an end, a subject or the audience is refused")
  func refuses() throws {
    func expect(_ error: JWTError, _ token: String) {
      #expect(throws: error) { try Self.verifier.verify(token) }
    }
    expect(.claimMissing("exp"), try Self.token(lifetimeSeconds: nil))
    expect(.expired, try Self.token(lifetimeSeconds: -1))
    expect(.claimType(.audience), try Self.token(audience: nil))
    for audience in ["fastapi-users:reset", "fastapi-users:verify", "app"] {
      expect(.audienceMismatch, try Self.token(audience: .one(audience)))
    }
    let signer = try Signer(key: SigningKey(secret: Secret(Self.secret)), algorithm: .hs256)
    let audience: JSON = ["fastapi-users:auth"]
    let end = JSON.integer(Self.now + 1)
    expect(.claimMissing("sub"), try signer.sign(["aud": audience, "exp": end]))
    expect(.claimType(.subject), try signer.sign(["aud": audience, "exp": end, "sub": 7]))
    expect(.claimMissing("aud"), try signer.sign(["sub": "7", "exp": end]))
    let other = try Signer(key: SigningKey(secret: .random(count: 64)), algorithm: .hs256)
    expect(
      .signatureInvalid, try other.sign(["aud": audience, "exp": end, "sub": "7"]))
  }

  @Test("a public key verifies, and a key of another family is refused")
  func keys() throws {
    let key = try SigningKey.generate(.p256)
    let verifier = try Verifier.fastAPIUsers(
      key: key.verificationKey, algorithms: [.es256], options: Self.options)
    let token = try Signer(key: key, algorithm: .es256).sign([
      "sub": .string(StrategyTests.user.id), "aud": ["fastapi-users:auth"],
      "exp": .integer(Self.now + 1),
    ])
    let claims = try verifier.verify(token)
    #expect(claims.subject == StrategyTests.user.id)
    #expect(throws: JWTError.algorithmKeyMismatch) {
      try Verifier.fastAPIUsers(key: key.verificationKey)
    }
  }
}
