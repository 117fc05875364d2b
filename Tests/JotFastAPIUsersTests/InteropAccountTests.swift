import CArgon2
import Foundation
import JotFastAPIUsers
import TestSupport
import Testing

/// The tokens of FastAPI Users' accounts: its JWT helper, its user manager, its routes.
@Suite("FastAPI Users: accounts")
struct InteropAccountTests {
  static let now: Int64 = 1_767_225_600
  static let secret = Interop.key("hs", "secret")!

  struct Account: FastAPIUsers.AccountUser {
    let id: FastAPIUsers.UUIDValue
    let email: String
    var isActive = true
    var isVerified = false
    var isSuperuser = false
    var passwordHash = ""
  }

  struct Accounts: FastAPIUsers.AccountManager {
    let all: [Account]

    func get(_ id: FastAPIUsers.UUIDValue) async throws -> Account {
      guard let found = all.first(where: { $0.id == id }) else {
        throw FastAPIUsers.UserError.notFound
      }
      return found
    }

    func get(email: String) async throws -> Account {
      guard let found = all.first(where: { $0.email == email }) else {
        throw FastAPIUsers.UserError.notFound
      }
      return found
    }
  }

  static let arthur = Account(
    id: FastAPIUsers.UUIDValue(tokenSubject: Interop.json["users"]!["uuid"]![0]!.string!)!,
    email: "king.arthur@camelot.bt",
    // The hash that the vectors' fingerprints are made of; opaque here.
    passwordHash: "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZB2DcAiYAAfYFHCWCwuG3NQUSwvMgC")

  static func tokens(_ audience: String) throws -> FastAPIUsers.PurposeTokens {
    try FastAPIUsers.PurposeTokens(secret: secret, audience: audience, clock: { now })
  }

  static func resetTokens() throws -> FastAPIUsers.ResetTokens<Account> {
    FastAPIUsers.ResetTokens(
      try tokens(FastAPIUsers.ResetTokens<Account>.audience),
      fingerprint: { user in
        guard let hash = Argon2.hash(user.passwordHash) else { throw Argon2.Missing() }
        return hash
      },
      isFingerprint: { text, user in Argon2.isHash(text, of: user.passwordHash) })
  }

  @Test(
    "generate: the same claims, byte for byte, and the same token unless the signature is random")
  func generate() async throws {
    let vectors = Interop.vectors("generate")
    #expect(vectors.count == 31)
    try await Deviations.compare(Interop.ids(of: "generate")) { index in
      let vector = vectors[index]
      let algorithm = Algorithm(rawValue: vector["algorithm"]!.string!)!
      let name = vector["key"]!.string!
      let key =
        algorithm.family == .hmac
        ? try SigningKey(secret: Secret(Interop.key(name, "secret")!), allowingShort: true)
        : try SigningKey(privateKey: Interop.key(name, "private_pkcs8_pem")!)
      guard case .object(let members) = try JSON(object: vector["data_json"]!.string!) else {
        return "no object"
      }
      var claims = Claims()
      for member in members { claims[member.name] = member.value }
      let before = claims
      let lifetime = vector["lifetime_seconds"]?.integer.map { Int($0) }
      let token = try TokenHelper(key, algorithm, lifetime).write(claims)
      #expect(claims == before)
      let parts = token.split(separator: ".").map(String.init)
      let theirs = vector["token"]!.string!.split(separator: ".").map(String.init)
      guard parts[..<2] == theirs[..<2] else { return "another header or payload" }
      let isRandom = [.ecdsa].contains(algorithm.family) || algorithm.rawValue.hasPrefix("PS")
      guard isRandom || parts[2] == theirs[2] else { return "another signature" }
      // Jot verifies Python's token, whatever its audience.
      let audience = claims["aud"]?.array?.compactMap(\.string)
      let verifier = try Verifier(
        key: key.verificationKey, algorithms: [algorithm], audience: audience,
        clock: { Self.now })
      return (try? verifier.verify(vector["token"]!.string!)) == nil ? "refused" : nil
    }
  }

  /// FastAPI Users' `generate_jwt`, built from Jot's API.
  struct TokenHelper {
    let signer: Signer
    let lifetime: Int?

    init(_ key: SigningKey, _ algorithm: Algorithm, _ lifetime: Int?) throws {
      signer = try Signer(key: key, algorithm: algorithm)
      self.lifetime = lifetime
    }

    func write(_ claims: Claims) throws -> String {
      var claims = claims
      if let lifetime { claims["exp"] = .integer(now + Int64(lifetime)) }
      return try signer.sign(claims)
    }
  }

  @Test("a lifetime overrides exp in the data; without one exp is kept; the data is unchanged")
  func lifetimes() throws {
    for (row, lifetime) in [
      ("lifetime_overrides_exp_in_data", 3600), ("no_lifetime_keeps_exp_in_data", nil),
    ] {
      let expected = Interop.json["contract"]![row]!
      let data: Claims = ["exp": 5, "sub": expected["sub"]!]
      let tokens = try FastAPIUsers.PurposeTokens(
        secret: Self.secret, audience: "a", lifetimeSeconds: lifetime, clock: { Self.now })
      let written = try UnverifiedToken(decoding: tokens.write(data)).claims
      #expect(written["exp"] == expected["exp"], "\(row)")
      #expect(data["exp"] == 5)
    }
  }

  @Test("manager: its four tokens, byte for byte; none of them is accepted as a login")
  func manager() async throws {
    let vectors = Interop.vectors("manager")
    let strategy = try JWTStrategy(
      secret: Self.secret, lifetimeSeconds: 3600, clock: { Self.now })
    try await Deviations.compare(Interop.ids(of: "manager")) { index in
      let vector = vectors[index]
      let token = vector["token"]!.string!
      let claims = try JSON(object: vector["payload_json"]!.string!)
      let state = FastAPIUsers.OAuthStateTokens(
        try Self.tokens(FastAPIUsers.OAuthStateTokens.audience))
      let csrf = claims["csrftoken"]?.string ?? ""
      let ours: String
      switch vector["id"]!.string! {
      case "manager-verify":
        ours = try FastAPIUsers.VerifyTokens(Self.tokens(FastAPIUsers.VerifyTokens.audience)).write(
          Self.arthur)
      case "manager-reset":
        // The fingerprint's salt is random: use Python's fingerprint.
        let tokens = FastAPIUsers.ResetTokens<Account>(
          try Self.tokens(FastAPIUsers.ResetTokens<Account>.audience),
          fingerprint: { _ in claims["password_fgpt"]!.string! }, isFingerprint: { _, _ in false })
        ours = try await tokens.write(Self.arthur)
      case "manager-oauth-state": ours = try state.write(csrfToken: csrf)
      default:
        ours = try state.write(csrfToken: csrf, subject: Self.arthur.id.tokenSubject)
        #expect(throws: FastAPIUsers.OAuthStateError.invalid) {
          try state.check(token, cookie: csrf, subject: "somebody else")
        }
        #expect(throws: FastAPIUsers.OAuthStateError.invalid) {
          try state.check(token, cookie: csrf + "x")
        }
        #expect(throws: FastAPIUsers.OAuthStateError.invalid) {
          try state.check(token, cookie: nil)
        }
        try state.check(token, cookie: csrf, subject: Self.arthur.id.tokenSubject)
      }
      #expect((try? strategy.verify(token)) == nil, "no access token")
      return ours == token ? nil : "another token"
    }
    #expect(vectors.count == 4)
  }

  @Test("an invalid or expired OAuth state is refused as FastAPI Users does")
  func states() throws {
    let state = FastAPIUsers.OAuthStateTokens(
      try Self.tokens(FastAPIUsers.OAuthStateTokens.audience))
    #expect(throws: FastAPIUsers.OAuthStateError.undecodable) {
      try state.check("x.y.z", cookie: "x")
    }
    let expired = try FastAPIUsers.PurposeTokens(
      secret: Self.secret, audience: FastAPIUsers.OAuthStateTokens.audience, lifetimeSeconds: -1,
      clock: { Self.now }
    ).write(["csrftoken": "x"])
    #expect(throws: FastAPIUsers.OAuthStateError.expired) { try state.check(expired, cookie: "x") }
    let without = try Self.tokens(FastAPIUsers.OAuthStateTokens.audience).write([:])
    #expect(throws: FastAPIUsers.OAuthStateError.invalid) { try state.check(without, cookie: "") }
    #expect(
      FastAPIUsers.OAuthStateError.expired.response.body
        == #"{"detail":"ACCESS_TOKEN_ALREADY_EXPIRED"}"#)
  }

  @Test("flows: verify and reset answer each token as the user manager does")
  func flows() async throws {
    guard Argon2.isAvailable else { try skip("no libargon2") }
    let vectors = Interop.vectors("flows")
    #expect(vectors.count == 16)
    let accounts = Accounts(all: [Self.arthur])
    try await Deviations.compare(Interop.ids(of: "flows")) { index in
      let vector = vectors[index]
      let token = vector["token"]!.string!
      var found: String
      do {
        let user =
          vector["call"]?.string == "verify"
          ? try await FastAPIUsers.VerifyTokens(Self.tokens(FastAPIUsers.VerifyTokens.audience))
            .read(token, accounts)
          : try await Self.resetTokens().read(token, accounts)
        found = user.id.tokenSubject
      } catch FastAPIUsers.PurposeError.tokenInvalid {
        found =
          vector["call"]?.string == "verify" ? "InvalidVerifyToken" : "InvalidResetPasswordToken"
      } catch FastAPIUsers.UserError.notFound {
        found = "UserNotExists"
      }
      let expected = vector["user_id"]?.string ?? vector["exception"]?.string
      return found == expected ? nil : found
    }
  }

  @Test("a reset token works once: a new password invalidates its fingerprint")
  func singleUse() async throws {
    guard Argon2.isAvailable else { try skip("no libargon2") }
    let tokens = try Self.resetTokens()
    let token = try await tokens.write(Self.arthur)
    #expect(try await tokens.read(token, Accounts(all: [Self.arthur])).id == Self.arthur.id)
    var changed = Self.arthur
    changed.passwordHash = "$2b$12$another"
    await #expect(throws: FastAPIUsers.PurposeError.tokenInvalid) {
      try await tokens.read(token, Accounts(all: [changed]))
    }
    var inactive = Self.arthur
    inactive.isActive = false
    await #expect(throws: FastAPIUsers.PurposeError.userInactive) {
      try await tokens.read(token, Accounts(all: [inactive]))
    }
    await #expect(throws: FastAPIUsers.PurposeError.userInactive) {
      try await tokens.write(inactive)
    }
  }

  @Test("a verified user gets no verify token and can't use one")
  func verified() async throws {
    let tokens = FastAPIUsers.VerifyTokens(try Self.tokens(FastAPIUsers.VerifyTokens.audience))
    let token = try tokens.write(Self.arthur)
    var verified = Self.arthur
    verified.isVerified = true
    #expect(throws: FastAPIUsers.PurposeError.userAlreadyVerified) { try tokens.write(verified) }
    await #expect(throws: FastAPIUsers.PurposeError.userAlreadyVerified) {
      try await tokens.read(token, Accounts(all: [verified]))
    }
  }

  @Test("parse_id: UUIDs and integers as Python reads them, or listed")
  func parseID() async throws {
    let vectors = Interop.vectors("parse_id")
    #expect(vectors.count == 82)
    try await Deviations.compare(Interop.ids(of: "parse_id")) { index in
      let value = vectors[index]["value"]!.string!
      let found =
        vectors[index]["ids"]?.string == "uuid"
        ? FastAPIUsers.UUIDValue(tokenSubject: value)?.tokenSubject
        : Int(tokenSubject: value)?.tokenSubject
      return found == vectors[index]["result"]?.string ? nil : found ?? "none"
    }
  }
}

/// Argon2id by libargon2, with the parameters of FastAPI Users' password helper.
enum Argon2 {
  struct Missing: Error {}

  static var isAvailable: Bool { argon2_is_available() != 0 }

  static func hash(_ text: String) -> String? {
    var span = [CChar](repeating: 0, count: 256)
    let count = unsafe text.withCString { text in
      unsafe span.withUnsafeMutableBufferPointer {
        unsafe argon2_hash_text(text, $0.baseAddress, $0.count)
      }
    }
    return count > 0
      ? String(decoding: span.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }

  static func isHash(_ hash: String, of text: String) -> Bool {
    unsafe hash.withCString { hash in
      unsafe text.withCString { unsafe argon2_verify_text(hash, $0) == 0 }
    }
  }
}
