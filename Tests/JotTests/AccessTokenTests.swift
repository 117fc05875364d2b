import Jot
import Testing

@Suite("Verifier.accessToken")
struct AccessTokenTests {
  private static let key = try! SigningKey.generate(.p256)
  private static let issuer = "https://authorization-server.example.com/"
  private static let audience = "https://rs.example.com/"
  private static let now: Int64 = 1_618_354_100

  /// The example of RFC 9068 §3; its key is not published.
  private static let example: Claims = [
    "iss": .string(issuer), "sub": "5ba552d67", "aud": .string(audience), "exp": 1_639_528_912,
    "iat": 1_618_354_090, "jti": "dbe39bf3a3ba4238a513f51d6e1691c4", "client_id": "s6BhdRkqt3",
    "scope": "openid profile reademail",
  ]

  private static func options(
    leeway: Int64 = 0, required: [String] = [], sharesKeys: Bool = false
  ) -> Verifier.Options {
    Verifier.Options(
      required: required, leeway: leeway, sharesKeys: sharesKeys, clock: { Self.now })
  }

  private static let verifier = try! Verifier.accessToken(
    key: key.verificationKey, algorithms: [.es256], issuer: issuer, audience: [audience],
    options: options())

  private static func token(_ name: String, _ value: JSON?) throws -> String {
    try ProfileTokens.token(
      ProfileTokens.changing(example, name, value), type: "at+jwt", key: key)
  }

  @Test(
    "the type of the token is at+jwt, as a media type, in any case",
    arguments: [
      ("at+jwt", true), ("at+JWT", true), ("AT+JWT", true), ("application/at+jwt", true),
      ("Application/At+Jwt", true), ("JWT", false), ("jwt", false), (nil, false), ("", false),
      ("at", false), ("at+jwt ", false), ("jwt+at", false), ("at+jwts", false),
      ("text/at+jwt", false), ("application/application/at+jwt", false), ("logout+jwt", false),
    ] as [(String?, Bool)])
  func type(type: String?, isAccepted: Bool) throws {
    let token = try ProfileTokens.token(Self.example, type: type, key: Self.key)
    let error = ProfileTokens.refusal { () throws(JWTError) in try Self.verifier.verify(token) }
    #expect(error == (isAccepted ? nil : .typeMismatch))
  }

  @Test("the example of the RFC is accepted, and its scopes are granted")
  func accepts() throws {
    let claims = try Self.verifier.verify(
      ProfileTokens.token(Self.example, type: "at+JWT", key: Self.key))
    #expect(claims.subject == "5ba552d67" && claims.string("client_id") == "s6BhdRkqt3")
    #expect(claims.hasScopes(["openid", "profile", "reademail"]) && !claims.hasScope("email"))
  }

  @Test(
    "each claim that the RFC requires must be there and not null",
    arguments: ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"])
  func required(name: String) throws {
    for value in [nil, JSON.null] {
      let token = try Self.token(name, value)
      #expect(throws: JWTError.claimMissing(name)) { try Self.verifier.verify(token) }
    }
  }

  @Test(
    "a claim of a wrong type or value is refused",
    arguments: [
      ("iss", "https://authorization-server.example.com", .issuerMismatch),
      ("iss", "https://AUTHORIZATION-server.example.com/", .issuerMismatch),
      ("iss", ["https://authorization-server.example.com/"], .claimType(.issuer)),
      ("exp", .integer(now), .expired), ("exp", "1639528912", .claimType(.expiration)),
      ("exp", .integer(now + 1), nil),
      ("aud", "https://other.example.com/", .audienceMismatch),
      ("aud", ["https://other.example.com/", "https://rs.example.com/"], nil),
      ("aud", [], .claimMissing("aud")), ("aud", 1, .claimType(.audience)),
      ("aud", ["https://rs.example.com/", 1], .claimType(.audience)),
      ("sub", 1, .claimType(.subject)), ("jti", 1, .claimType(.tokenID)),
      ("iat", "1618354090", .claimType(.issuedAt)),
      ("iat", .integer(now + 1), .notYetValid(.issuedAt)), ("iat", .integer(now), nil),
      ("nbf", .integer(now + 1), .notYetValid(.notBefore)),
      ("client_id", 1, .claimType("client_id")), ("client_id", ["a"], .claimType("client_id")),
      ("client_id", true, .claimType("client_id")), ("client_id", "other", nil),
      ("scope", 1, nil), ("scope", nil, nil),
    ] as [(String, JSON?, JWTError?)])
  func values(name: String, value: JSON?, error: JWTError?) throws {
    let token = try Self.token(name, value)
    let refusal = ProfileTokens.refusal { () throws(JWTError) in try Self.verifier.verify(token) }
    #expect(refusal == error)
  }

  @Test("options are those of a plain verifier")
  func options() throws {
    func verifier(_ options: Verifier.Options) throws -> Verifier {
      try Verifier.accessToken(
        key: Self.key.verificationKey, algorithms: [.es256], issuer: Self.issuer,
        audience: [Self.audience], options: options)
    }
    func refusal(_ token: String, _ options: Verifier.Options) throws -> JWTError? {
      let verifier = try verifier(options)
      return ProfileTokens.refusal { () throws(JWTError) in try verifier.verify(token) }
    }
    let clock = { @Sendable in Self.now }
    let example = try Self.token("x", 1)
    let expired = try Self.token("exp", .integer(Self.now))
    #expect(try refusal(expired, Self.options()) == .expired)
    #expect(try refusal(expired, Self.options(leeway: 1)) == nil)
    #expect(try refusal(example, Self.options(required: ["x"])) == nil)
    #expect(try refusal(example, Self.options(required: ["y"])) == .claimMissing("y"))
    #expect(try refusal(example, .init(maximumAge: 10, clock: clock)) == nil)
    #expect(try refusal(example, .init(maximumAge: 9, clock: clock)) == .tooOld)
    #expect(try refusal(example, .init(subject: "5ba552d67", clock: clock)) == nil)
    #expect(try refusal(example, .init(subject: "other", clock: clock)) == .subjectMismatch)
    #expect(try refusal(example, .init(tokenLimit: 99, clock: clock)) == .tokenTooLarge)
    #expect(try refusal(example, .init()) == .expired, "now, the example's day is over")
    // A name that is required twice.
    #expect(try refusal(example, Self.options(required: ["client_id", "jti", "x"])) == nil)
    let untyped = try Self.token("client_id", 1)
    #expect(
      try refusal(untyped, Self.options(required: ["client_id"])) == .claimType("client_id"))
  }

  @Test("sets, issuers, caches and batches work as with any verifier")
  func composes() throws {
    let set = try KeySet([Self.key.verificationKey])
    let rotating = RotatingKeySet()
    let verifiers = [
      Self.verifier,
      Verifier.accessToken(
        keys: set, algorithms: [.es256], issuer: Self.issuer, audience: [Self.audience],
        options: Self.options()),
      Verifier.accessToken(
        keys: rotating, algorithms: [.es256], issuer: Self.issuer, audience: [Self.audience],
        options: Self.options()),
    ]
    let good = try ProfileTokens.token(Self.example, type: "at+jwt", key: Self.key)
    let wrong = try ProfileTokens.token(Self.example, type: "JWT", key: Self.key)
    let mistyped = try Self.token("client_id", 1)
    #expect(throws: JWTError.keysUnavailable) { try verifiers[2].verify(good) }
    rotating.replace(with: set)
    for verifier in verifiers {
      let issuers = try IssuerVerifier([verifier])
      let cache = TokenCache(entries: 10)
      for verifier in [
        verifier, issuers, CachedVerifier(verifier, cache: cache),
        CachedVerifier(issuers, cache: cache),
      ] as [any TokenVerifier] {
        for _ in 0..<2 {
          #expect(try verifier.verify(good).subject == "5ba552d67")
          #expect(throws: JWTError.typeMismatch) { try verifier.verify(wrong) }
          #expect(throws: JWTError.claimType("client_id")) { try verifier.verify(mistyped) }
        }
      }
      #expect(cache.statistics.hits == 3 && cache.statistics.entries == 1)
      let batch = verifier.verify([good, wrong, mistyped, good])
      #expect(batch.map { (try? $0.get())?.subject } == ["5ba552d67", nil, nil, "5ba552d67"])
    }
  }

  @Test("two issuers with one key are refused together, unless both say so")
  func sharing() throws {
    func verifier(_ issuer: String, _ sharesKeys: Bool) throws -> Verifier {
      try Verifier.accessToken(
        key: Self.key.verificationKey, algorithms: [.es256], issuer: issuer,
        audience: [Self.audience], options: Self.options(sharesKeys: sharesKeys))
    }
    let token = try ProfileTokens.token(Self.example, type: "at+jwt", key: Self.key)
    let both = try IssuerVerifier([verifier(Self.issuer, true), verifier("https://b.test", true)])
    #expect(try both.verify(token).issuer == Self.issuer)
    #expect(throws: JWTError.issuerKeyShared(at: 1)) {
      try IssuerVerifier([verifier(Self.issuer, true), verifier("https://b.test", false)])
    }
    #expect(try verifier(Self.issuer, true).verify(token).issuer == Self.issuer)
    #expect(throws: JWTError.issuerMismatch) {
      try verifier("https://b.test", true).verify(token)
    }
  }

  @Test("the key decides which algorithms are possible")
  func algorithms() throws {
    #expect(throws: JWTError.algorithmKeyMismatch) {
      try Verifier.accessToken(
        key: Self.key.verificationKey, algorithms: [.rs256], issuer: Self.issuer,
        audience: [Self.audience])
    }
    let token = try ProfileTokens.token(
      Self.example, type: "at+jwt", key: SigningKey.generate(.p256))
    #expect(throws: JWTError.signatureInvalid) { try Self.verifier.verify(token) }
  }
}
