import Foundation
import JotFastAPIUsers
import Testing

/// FastAPI Users' contract, as in the section of that name in the interop file.
@Suite("JWTStrategy")
struct StrategyTests {
  static let secret = "a test secret of sixty-four bytes or more: 0123456789abcdefghijklmnopq"
  static let user = Users<String>.User(id: "57cbb51a-ab71-4009-8802-3f54b4f2e23c")
  static let manager = Users<String>(known: [user.id])
  static let bearer = FastAPIUsers.BearerTransport(tokenURL: "auth/jwt/login")

  /// The token in a login's response.
  static func token(_ response: FastAPIUsers.Response) throws -> String? {
    try JSON(object: response.body)["access_token"]?.string
  }

  @Test("the defaults are FastAPI Users' own")
  func defaults() throws {
    let strategy = try JWTStrategy(
      secret: Self.secret, lifetimeSeconds: 3600, clock: { 1_767_225_600 })
    let parts = try UnverifiedToken(decoding: strategy.writeToken(Self.user))
    #expect(parts.header.text == #"{"alg":"HS256","typ":"JWT"}"#)
    #expect(
      parts.claims.text
        == #"{"sub":"\#(Self.user.id)","aud":["fastapi-users:auth"],"exp":1767229200}"#)
  }

  @Test("a missing or bad token, a missing subject or an unknown user gives nil, without an error")
  func givesNil() async throws {
    let strategy = try Self.strategy()
    let other = Users<String>.User(id: "someone else")
    let withoutSubject = try Signer(
      key: SigningKey(secret: Secret(Self.secret)), algorithm: .hs256
    ).sign(["aud": ["fastapi-users:auth"]])
    for token in [nil, "", "x", "a.b.c", withoutSubject, try strategy.writeToken(other)] {
      #expect(try await strategy.readToken(token, Self.manager) == nil)
    }
    #expect(
      try await strategy.readToken(strategy.writeToken(Self.user), Self.manager)?.id == Self.user.id
    )
  }

  @Test("an error that a user manager throws is passed on")
  func databaseDown() async throws {
    struct Down: Error {}
    struct Broken: FastAPIUsers.UserManager {
      func get(_ id: String) async throws -> Users<String>.User { throw Down() }
    }
    let strategy = try Self.strategy()
    let token = try strategy.writeToken(Self.user)
    await #expect(throws: Down.self) { try await strategy.readToken(token, Broken()) }
  }

  @Test("the same user gets the same token within a second, and another in the next")
  func deterministic() throws {
    func token(at second: Int64) throws -> String {
      try Self.strategy(clock: second).writeToken(Self.user)
    }
    #expect(try token(at: 5) == token(at: 5))
    #expect(try token(at: 5) != token(at: 6))
  }

  @Test("a lifetime that ends outside the years 1 to 9999 throws, as in Python")
  func lifetimes() throws {
    for lifetime in [10_000_000_000_000, .max, .min, -70_000_000_000] {
      let strategy = try Self.strategy(lifetime: lifetime, clock: 1_767_225_600)
      #expect(throws: FastAPIUsers.StrategyError.lifetimeOutOfRange) {
        try strategy.writeToken(Self.user)
      }
    }
    let last = try Self.strategy(lifetime: 253_402_300_799 - 1_767_225_600, clock: 1_767_225_600)
    let claims = try UnverifiedToken(decoding: last.writeToken(Self.user)).claims
    #expect(claims["exp"]?.integer == 253_402_300_799)
  }

  @Test("destroying a token is not supported; a logout ignores that, and the token stays valid")
  func logout() async throws {
    let strategy = try Self.strategy()
    let backend = FastAPIUsers.AuthenticationBackend(name: "jwt", transport: Self.bearer) {
      strategy
    }
    let token = try #require(try await Self.token(backend.login(Self.user)))
    #expect(throws: FastAPIUsers.StrategyError.destroyNotSupported) {
      try strategy.destroyToken(token, Self.user)
    }
    #expect(try await backend.logout(token, Self.user) == FastAPIUsers.Response(status: 204))
    #expect(try await backend.authenticate(token, Self.manager)?.id == Self.user.id)
  }

  @Test("a backend makes its strategy for each use, and passes on the error if that throws")
  func factory() async throws {
    let calls = Warnings()
    let secrets = [
      Self.secret, "another secret, also of more than sixty-four bytes: 0123456789abcdefg",
    ]
    let backend = FastAPIUsers.AuthenticationBackend(name: "jwt", transport: Self.bearer) {
      calls.add("made")
      return try Self.strategy(secret: secrets[(calls.count - 1) % 2])
    }
    let token = try #require(try await Self.token(backend.login(Self.user)))
    #expect(try await backend.authenticate(token, Self.manager) == nil)
    #expect(try await backend.authenticate(token, Self.manager)?.id == Self.user.id)
    #expect(calls.count == 3)
    let broken = FastAPIUsers.AuthenticationBackend(name: "jwt", transport: Self.bearer) {
      try JWTStrategy(secret: "", lifetimeSeconds: 1)
    }
    await #expect(throws: JWTError.keyEmpty) { try await broken.login(Self.user) }
  }

  @Test("the documentation's short secret works, with one warning that does not contain it")
  func shortSecret() async throws {
    let warnings = Warnings()
    let strategy = try JWTStrategy(
      secret: "SECRET", lifetimeSeconds: 3600, warn: { warnings.add($0) })
    let token = try strategy.writeToken(Self.user)
    #expect(try await strategy.readToken(token, Self.manager) != nil)
    #expect(warnings.count == 1)
    #expect(
      warnings.first?.contains("6 bytes") == true && warnings.first?.contains("SECRET") == false)
    _ = try Self.strategy(warn: { _ in Issue.record("a long secret warns") })
  }

  @Test(
    "a strategy accepts a secret of one repeated byte, with one warning that does not contain it")
  func repeatedByte() async throws {
    for (count, words) in [
      (32, ["one byte repeated"]), (100, ["one byte repeated"]),
      (31, ["31 bytes", "one byte repeated"]), (1, ["1 byte", "one byte repeated"]),
    ] {
      let secret = String(repeating: "q", count: count)
      let warnings = Warnings()
      let strategy = try JWTStrategy(
        secret: secret, lifetimeSeconds: 3600, warn: { warnings.add($0) })
      let token = try strategy.writeToken(Self.user)
      #expect(try await strategy.readToken(token, Self.manager) != nil)
      let warning = try #require(warnings.first)
      #expect(warnings.count == 1 && !warning.contains("q"), "\(warning)")
      #expect(words.allSatisfy { warning.contains($0) }, "\(warning)")
      // Single-purpose tokens accept such a secret too.
      _ = try FastAPIUsers.PurposeTokens(secret: secret, audience: "a", warn: { warnings.add($0) })
      #expect(warnings.count == 2)
      #expect(throws: JWTError.keyWeak) {
        try SigningKey(secret: Secret(secret), allowingShort: true)
      }
      // Zeros suggest a buffer that was never filled.
      #expect(throws: JWTError.keyWeak) {
        try JWTStrategy(secret: String(repeating: "\0", count: count), lifetimeSeconds: 1)
      }
    }
    // Keys that only verify cause the warning too.
    let warnings = Warnings()
    _ = try JWTStrategy(
      secret: Self.secret, lifetimeSeconds: 1, publicKey: String(repeating: "q", count: 64),
      warn: { warnings.add($0) })
    #expect(warnings.count == 1)
  }

  @Test("bad keys throw at construction, with the reason")
  func badKeys() throws {
    let pem = try #require(Interop.shared.keys["rsa2048"]?.publicSpkiPem)
    for (secret, algorithm, publicKey, reason) in [
      ("", .hs256, nil, "key_empty"), ("\0\0", .hs256, nil, "key_weak"),
      (pem, .hs256, nil, "key_looks_asymmetric"),
      (Self.secret, .hs256, pem, "key_looks_asymmetric"),
      (Self.secret, .rs256, nil, "key_malformed"), (pem, .rs256, pem, "key_malformed"),
    ] as [(String, Algorithm, String?, String)] {
      #expect {
        try JWTStrategy(
          secret: secret, lifetimeSeconds: 1, algorithm: algorithm, publicKey: publicKey)
      } throws: {
        ($0 as? JWTError)?.code.rawValue == reason
      }
    }
  }

  private static func strategy(
    secret: String = secret, lifetime: Int? = 3600, clock: Int64? = nil,
    warn: @Sendable (String) -> Void = { _ in }
  ) throws -> JWTStrategy {
    try JWTStrategy(
      secret: secret, lifetimeSeconds: lifetime, clock: { clock ?? NumericDate.now() }, warn: warn)
  }
}

@Suite("UserID")
struct UserIDTests {
  @Test(
    "reads UUIDs as Python's uuid.UUID does",
    arguments: [
      ("57cbb51a-ab71-4009-8802-3f54b4f2e23c", true), ("57CBB51AAB71400988023F54B4F2E23C", true),
      ("{57cbb51a-ab71-4009-8802-3f54b4f2e23c}", true),
      ("urn:uuid:57cbb51aab71400988023f54b4f2e23c", true),
      ("-57cbb51aab71400988023f54b4f2e23c-", true), ("57cbb51a-ab71-4009-8802-3f54b4f2e23", false),
      ("57cbb51a-ab71-4009-8802-3f54b4f2e23g", false), ("", false),
      (" 57cbb51a-ab71-4009-8802-3f54b4f2e23c", false),
    ])
  func uuids(text: String, isID: Bool) {
    #expect((FastAPIUsers.UUIDValue(tokenSubject: text) != nil) == isID)
    if isID {
      #expect(
        FastAPIUsers.UUIDValue(tokenSubject: text)?.tokenSubject
          == "57cbb51a-ab71-4009-8802-3f54b4f2e23c")
    }
  }
}
