import Jot
import Testing

@Suite("IDTokenVerifier")
struct IDTokenTests {
  static let now: Int64 = 1_767_225_600
  private static let key = try! SigningKey.generate(.p256)
  private static let issuer = "https://id.example"
  private static let claims: Claims = [
    "iss": .string(issuer), "sub": "248289761001", "aud": "shop", "exp": .integer(now + 300),
    "iat": .integer(now), "nonce": "n-0S6_WzA2Mj",
  ]

  private static func verifier(
    trusted: [String] = [], parties: [String] = [], leeway: Int64 = 0
  ) -> IDTokenVerifier {
    try! Verifier.idToken(
      key: key.verificationKey, algorithms: [.es256], issuer: issuer, clientID: "shop",
      trustedAudiences: trusted, authorizedParties: parties,
      options: Verifier.Options(leeway: leeway, clock: { now }))
  }

  private static func token(_ changes: [(String, JSON?)], type: String? = nil) throws -> String {
    try ProfileTokens.token(
      changes.reduce(claims) { ProfileTokens.changing($0, $1.0, $1.1) }, type: type, key: key)
  }

  /// How a token with other claims is refused; nil if it is not.
  private static func refusal(
    _ changes: [(String, JSON?)], _ verifier: IDTokenVerifier = verifier()
  ) throws -> JWTError? {
    let token = try token(changes)
    return ProfileTokens.refusal { () throws(JWTError) in
      try verifier.verify(token, nonce: "n-0S6_WzA2Mj")
    }
  }

  @Test(
    "each claim that every ID Token has must be there and not null",
    arguments: ["iss", "sub", "aud", "exp", "iat"])
  func required(name: String) throws {
    #expect(try Self.refusal([(name, nil)]) == .claimMissing(name))
    #expect(try Self.refusal([(name, .null)]) == .claimMissing(name))
  }

  @Test("a logout token is no ID Token, whatever its type")
  func logout() throws {
    let event = "http://schemas.openid.net/event/backchannel-logout"
    #expect(try Self.refusal([("events", [event: [:]])]) == .claimMismatch("events"))
    #expect(try Self.refusal([("events", ["https://id.example/other": [:]])]) == nil)
  }

  @Test(
    "a claim of a wrong type or value is refused",
    arguments: [
      ("iss", "https://id.example/", .issuerMismatch), ("iss", 1, .claimType(.issuer)),
      ("aud", "other", .audienceMismatch), ("aud", ["shop"], nil),
      ("aud", 1, .claimType(.audience)),
      ("exp", .integer(now), .expired), ("exp", "1", .claimType(.expiration)),
      ("iat", .integer(now + 1), .notYetValid(.issuedAt)), ("iat", "1", .claimType(.issuedAt)),
      ("nbf", .integer(now + 1), .notYetValid(.notBefore)),
      ("sub", 1, .claimType(.subject)), ("sub", "", .claimMismatch("sub")),
      ("sub", .string(String(repeating: "a", count: 255)), nil),
      ("sub", .string(String(repeating: "a", count: 256)), .claimMismatch("sub")),
      ("sub", "é", .claimMismatch("sub")), ("sub", "\u{7f}", nil), ("name", "é", nil),
    ] as [(String, JSON?, JWTError?)])
  func values(name: String, value: JSON?, error: JWTError?) throws {
    #expect(try Self.refusal([(name, value)]) == error)
  }

  @Test(
    "a type other than JWT is another token's",
    arguments: [
      (nil, true), ("JWT", true), ("jwt", true), ("application/jwt", true), ("at+jwt", false),
      ("application/at+jwt", false), ("logout+jwt", false), ("", false), ("JWT ", false),
    ] as [(String?, Bool)])
  func type(type: String?, isAccepted: Bool) throws {
    let token = try Self.token([], type: type)
    let error = ProfileTokens.refusal { () throws(JWTError) in
      try Self.verifier().verify(token, nonce: "n-0S6_WzA2Mj")
    }
    #expect(error == (isAccepted ? nil : .typeMismatch))
  }

  @Test(
    "other audiences must be trusted, and the authorized party be the client",
    arguments: [
      (["shop", "api"], "shop", nil), (["api", "shop"], "shop", nil),
      (["shop", "api"], nil, .claimMissing("azp")), (["shop", "shop"], nil, .claimMissing("azp")),
      (["shop", "api"], .null, .claimMissing("azp")),
      (["shop", "api"], "api", .claimMismatch("azp")), ("shop", "shop", nil), ("shop", "app", nil),
      ("shop", "Shop", .claimMismatch("azp")), ("shop", "", .claimMismatch("azp")),
      ("shop", 1, .claimType("azp")), ("shop", ["shop"], .claimType("azp")),
      (["shop", "evil"], "shop", .audienceMismatch), (["shop", "app"], "shop", .audienceMismatch),
      (["api"], "shop", .audienceMismatch), ("app", "shop", .audienceMismatch),
    ] as [(JSON, JSON?, JWTError?)])
  func parties(audience: JSON, party: JSON?, error: JWTError?) throws {
    let verifier = Self.verifier(trusted: ["api"], parties: ["app"])
    #expect(try Self.refusal([("aud", audience), ("azp", party)], verifier) == error)
  }

  @Test("nobody else is trusted by default")
  func trustsNobody() throws {
    #expect(try Self.refusal([("aud", ["shop", "api"]), ("azp", "shop")]) == .audienceMismatch)
    #expect(try Self.refusal([("azp", "app")]) == .claimMismatch("azp"))
  }

  @Test(
    "the nonce is the request's, byte for byte, and absent if the request had none",
    arguments: [
      ("a", "a", nil, nil), ("a", "b", .claimMismatch("nonce"), .claimMismatch("nonce")),
      ("a", "aa", .claimMismatch("nonce"), .claimMismatch("nonce")),
      ("aa", "a", .claimMismatch("nonce"), .claimMismatch("nonce")),
      (nil, "a", .claimMissing("nonce"), .claimMissing("nonce")),
      (.null, "a", .claimMissing("nonce"), .claimMissing("nonce")),
      ("a", nil, .claimMismatch("nonce"), .claimMismatch("nonce")),
      ("", nil, .claimMismatch("nonce"), .claimMismatch("nonce")),
      ("", "", .claimMismatch("nonce"), .claimMismatch("nonce")),
      (nil, nil, nil, .claimMissing("nonce")), (.null, nil, nil, .claimMissing("nonce")),
      (1, "1", .claimType("nonce"), .claimType("nonce")),
      (["a"], "a", .claimType("nonce"), .claimType("nonce")),
      (1, nil, .claimType("nonce"), .claimType("nonce")),
      ("e\u{301}", "é", .claimMismatch("nonce"), .claimMismatch("nonce")),
    ] as [(JSON?, String?, JWTError?, JWTError?)])
  func nonce(
    value: JSON?, expected: String?, atTokenEndpoint: JWTError?, atAuthorization: JWTError?
  ) throws {
    let token = try Self.token([("nonce", value)])
    for (source, error) in [
      (.tokenEndpoint, atTokenEndpoint), (.authorizationEndpoint, atAuthorization),
    ] as [(IDTokenVerifier.Source, JWTError?)] {
      let refusal = ProfileTokens.refusal { () throws(JWTError) in
        try Self.verifier().verify(token, nonce: expected, from: source)
      }
      #expect(refusal == error)
    }
  }

  @Test(
    "a maximum age needs the time of authentication, to the second",
    arguments: [
      (nil, 60, 0, .claimMissing("auth_time")), (.null, 60, 0, .claimMissing("auth_time")),
      (.integer(now - 60), 60, 0, nil), (.integer(now - 61), 60, 0, .claimMismatch("auth_time")),
      (.integer(now - 61), 60, 1, nil), (.integer(now), 0, 0, nil),
      (.integer(now - 1), 0, 0, .claimMismatch("auth_time")),
      (.integer(now + 1), 60, 0, .notYetValid("auth_time")), (.integer(now + 1), 60, 1, nil),
      (.string("\(now)"), 60, 0, .claimType("auth_time")), (true, 60, 0, .claimType("auth_time")),
      (.number(JSON.Number(Double(now) - 59.5)!), 60, 0, nil),
      (.number(JSON.Number(Double(now) - 60.5)!), 60, 0, .claimMismatch("auth_time")),
      (1e300, 60, 0, .claimRange("auth_time")), (.integer(.min), .max, .max, nil),
      (.integer(.min), 60, 0, .claimMismatch("auth_time")), ("x", nil, 0, nil),
      (.integer(0), nil, 0, nil),
    ] as [(JSON?, Int64?, Int64, JWTError?)])
  func age(time: JSON?, age: Int64?, leeway: Int64, error: JWTError?) throws {
    let token = try Self.token([("auth_time", time)])
    let refusal = ProfileTokens.refusal { () throws(JWTError) in
      try Self.verifier(leeway: leeway)
        .verify(token, nonce: "n-0S6_WzA2Mj", maximumAuthenticationAge: age)
    }
    #expect(refusal == error)
  }

  @Test(
    "the authentication context is one of those asked for",
    arguments: [
      ("gold", ["silver", "gold"], nil), ("gold", ["silver"], .claimMismatch("acr")),
      ("gold", ["Gold", "gol", "golds"], .claimMismatch("acr")), ("gold", [], nil), (1, [], nil),
      (nil, ["gold"], .claimMissing("acr")), (.null, ["gold"], .claimMissing("acr")),
      (["gold"], ["gold"], .claimType("acr")), (nil, [], nil),
    ] as [(JSON?, [String], JWTError?)])
  func context(value: JSON?, asked: [String], error: JWTError?) throws {
    let token = try Self.token([("acr", value)])
    let refusal = ProfileTokens.refusal { () throws(JWTError) in
      try Self.verifier().verify(token, nonce: "n-0S6_WzA2Mj", acrValues: asked)
    }
    #expect(refusal == error)
  }

  @Test("options are those of a plain verifier")
  func options() throws {
    func refusal(_ options: Verifier.Options) throws -> JWTError? {
      let verifier = try Verifier.idToken(
        key: Self.key.verificationKey, algorithms: [.es256], issuer: Self.issuer,
        clientID: "shop", options: options)
      return try Self.refusal([("iat", .integer(Self.now - 10))], verifier)
    }
    let clock = { @Sendable in Self.now }
    #expect(try refusal(.init(required: ["email"], clock: clock)) == .claimMissing("email"))
    #expect(try refusal(.init(subject: "x", clock: clock)) == .subjectMismatch)
    #expect(try refusal(.init(maximumAge: 9, clock: clock)) == .tooOld)
    #expect(try refusal(.init(maximumAge: 10, clock: clock)) == nil)
    #expect(try refusal(.init(tokenLimit: 10, clock: clock)) == .tokenTooLarge)
  }

  @Test("a client's secret verifies HS256, and a set finds its key")
  func keys() throws {
    let secret = ProfileTokens()
    let byClient = try Verifier.idToken(
      key: secret.key, algorithms: [.hs256], issuer: Self.issuer, clientID: "shop",
      options: .init(clock: { Self.now }))
    let token = try secret.signer.sign(Self.claims)
    #expect(try byClient.verify(token, nonce: "n-0S6_WzA2Mj").subject == "248289761001")
    let set = try KeySet([Self.key.verificationKey])
    let rotating = RotatingKeySet()
    let verifiers = [
      Verifier.idToken(
        keys: set, algorithms: [.es256], issuer: Self.issuer, clientID: "shop",
        options: .init(clock: { Self.now })),
      Verifier.idToken(
        keys: rotating, algorithms: [.es256], issuer: Self.issuer, clientID: "shop",
        options: .init(clock: { Self.now })),
    ]
    #expect(try Self.refusal([], verifiers[1]) == .keysUnavailable)
    rotating.replace(with: set)
    for verifier in verifiers {
      #expect(verifier.clientID == "shop")
      #expect(try Self.refusal([], verifier) == nil)
      #expect(try Self.refusal([("azp", "x")], verifier) == .claimMismatch("azp"))
    }
    #expect(throws: JWTError.algorithmKeyMismatch) {
      try Verifier.idToken(
        key: secret.key, algorithms: [.rs256], issuer: Self.issuer, clientID: "shop")
    }
  }

  @Test(
    "a refreshed token is of the same login",
    arguments: [
      ([], nil), ([("nonce", nil)], nil), ([("nonce", "other")], .claimMismatch("nonce")),
      ([("sub", "other")], .claimMismatch("sub")), ([("azp", nil)], .claimMissing("azp")),
      ([("azp", "app")], .claimMismatch("azp")), ([("aud", "shop")], .claimMismatch("aud")),
      ([("aud", ["api", "shop"])], nil), ([("iat", .integer(now))], nil),
      ([("auth_time", .integer(now - 9))], .claimMismatch("auth_time")),
      ([("auth_time", nil)], nil), ([("exp", .integer(now))], .expired),
      ([("iss", "https://other.example")], .issuerMismatch),
      ([("aud", ["api", "shop", "evil"])], .audienceMismatch),
      ([("nonce", 1)], .claimType("nonce")),
    ] as [([(String, JSON?)], JWTError?)])
  func refreshes(changes: [(String, JSON?)], error: JWTError?) throws {
    let verifier = Self.verifier(trusted: ["api"], parties: ["app"])
    let login: [(String, JSON?)] = [
      ("aud", ["shop", "api"]), ("azp", "shop"), ("auth_time", .integer(Self.now - 10)),
      ("iat", .integer(Self.now - 10)),
    ]
    let original = try verifier.verify(Self.token(login), nonce: "n-0S6_WzA2Mj")
    let token = try Self.token(login + changes)
    let refusal = ProfileTokens.refusal { () throws(JWTError) in
      try verifier.verify(token, refreshing: original)
    }
    #expect(refusal == error)
    // A nonce that the login did not have.
    let plain = try verifier.verify(Self.token([("nonce", nil)]), nonce: nil)
    let later = try Self.token([])
    #expect(throws: JWTError.claimMismatch("nonce")) {
      try verifier.verify(later, refreshing: plain)
    }
    let other = try Self.token([("nonce", nil), ("azp", "shop")])
    #expect(throws: JWTError.claimMismatch("azp")) {
      try verifier.verify(other, refreshing: plain)
    }
  }
}
