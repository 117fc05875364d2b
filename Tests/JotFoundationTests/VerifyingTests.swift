import Foundation
import JotFoundation
import Testing

/// The doors of a verifier that Foundation adds.
@Suite("Verifying with Foundation")
struct VerifyingTests {
  static let now: Int64 = 1_767_225_600

  struct Access: Decodable, Equatable {
    let sub: String
    let role: String?
    let exp: Date
  }

  // Generated for these tests.
  static let (ours, theirs) = (try! SigningKey.generate(.p256), try! SigningKey.generate(.p256))

  static func token(_ claims: Claims, by key: SigningKey = ours) throws -> String {
    try Signer(key: key, algorithm: .es256).sign(claims)
  }

  /// One verifier of each type.
  static func verifiers(tokenLimit: Int = Verifier.defaultTokenLimit) throws -> [any TokenVerifier]
  {
    let plain = try Verifier(
      key: ours.verificationKey, algorithms: [.es256], issuer: "i", tokenLimit: tokenLimit,
      clock: { now })
    let issuers = try IssuerVerifier([plain])
    let cache = TokenCache()
    return [
      plain, issuers, CachedVerifier(plain, cache: cache), CachedVerifier(issuers, cache: cache),
    ]
  }

  @Test("the claims of a valid token are decoded; a Date reads whole and fractional seconds")
  func decodes() throws {
    for verifier in try Self.verifiers() {
      let whole = try Self.token(["iss": "i", "sub": "ü🔑", "exp": 4_102_444_800, "other": [1]])
      #expect(
        try verifier.verify(whole, as: Access.self)
          == Access(sub: "ü🔑", role: nil, exp: Date(timeIntervalSince1970: 4_102_444_800)))
      let parts = try Self.token([
        "iss": "i", "sub": "x", "role": "admin", "exp": 4_102_444_800.5,
      ])
      #expect(
        try verifier.verify(parts, as: Access.self)
          == Access(sub: "x", role: "admin", exp: Date(timeIntervalSince1970: 4_102_444_800.5)))
    }
  }

  @Test("a token that does not verify is refused by the verifier, before anything is decoded")
  func refuses() throws {
    // Not an Access either.
    let claims: Claims = ["iss": "i", "sub": 1]
    let forged = try Self.token(claims, by: Self.theirs)
    let expired = try Self.token(["iss": "i", "sub": "x", "exp": .integer(Self.now)])
    for verifier in try Self.verifiers() {
      #expect(throws: JWTError.signatureInvalid) { try verifier.verify(forged, as: Access.self) }
      #expect(throws: JWTError.expired) { try verifier.verify(expired, as: Access.self) }
      #expect(throws: JWTError.tokenMalformed) { try verifier.verify("a.b", as: Access.self) }
      #expect(throws: JWTError.tokenTooLarge) {
        try verifier.verify(String(repeating: "a", count: 16385), as: Access.self)
      }
    }
  }

  @Test(
    "valid claims that don't fit the type are a decoding error that names the claim",
    arguments: [
      (["sub": "x"], "exp"), (["exp": 4_102_444_800], "sub"),
      (["sub": "x", "exp": 4_102_444_800, "role": 1], "role"),
      (["sub": "x", "exp": 4_102_444_800, "role": ["admin"]], "role"),
    ] as [(Claims, String)])
  func mismatch(claims: Claims, name: String) throws {
    var claims = claims
    claims["iss"] = "i"
    let token = try Self.token(claims)
    for verifier in try Self.verifiers() {
      do {
        _ = try verifier.verify(token, as: Access.self)
        Issue.record("decoded without \(name)")
      } catch DecodingError.keyNotFound(let key, _) {
        #expect(key.stringValue == name)
      } catch DecodingError.typeMismatch(_, let context) {
        #expect(context.codingPath.map(\.stringValue) == [name])
      }
    }
  }

  @Test("a buffer gives the claims and the refusals that its text gives, also a part of a buffer")
  func data() throws {
    let tokens = [
      try Self.token(["iss": "i", "sub": "x"]), try Self.token(["iss": "i"], by: Self.theirs),
      try Self.token(["iss": "i", "exp": .integer(Self.now)]), "", "a.b", "a.b.c.d.e",
      String(repeating: "a", count: 16384), String(repeating: "a", count: 16385),
    ]
    func answer(_ verify: () throws(JWTError) -> VerifiedClaims) -> Result<[UInt8], JWTError> {
      Result(catching: verify).map(\.payload)
    }
    var accepted = 0
    for token in tokens {
      let whole = Data(token.utf8)
      let buffer = Data("Bearer ".utf8) + whole + Data("\r\nx: y".utf8)
      let part = buffer[7..<7 + whole.count]
      try #require(part.startIndex == 7)
      for verifier in try Self.verifiers() {
        let expected = answer { () throws(JWTError) in try verifier.verify(token) }
        #expect(answer { () throws(JWTError) in try verifier.verify(whole) } == expected)
        #expect(answer { () throws(JWTError) in try verifier.verify(part) } == expected)
        if case .success = expected { accepted += 1 }
      }
    }
    #expect(accepted == 4)
    // Bytes that are no text.
    for verifier in try Self.verifiers() {
      #expect(throws: JWTError.tokenMalformed) { try verifier.verify(Data([0xff, 0, 0x2e, 0x80])) }
    }
  }

  @Test("a buffer of the limit's length is verified, a longer one refused")
  func limit() throws {
    let token = Data(try Self.token(["iss": "i"]).utf8)
    for verifier in try Self.verifiers(tokenLimit: token.count) {
      #expect(try verifier.verify(token).issuer == "i")
      #expect(throws: JWTError.tokenTooLarge) { try verifier.verify(token + [65]) }
    }
    for verifier in try Self.verifiers(tokenLimit: token.count - 1) {
      #expect(throws: JWTError.tokenTooLarge) { try verifier.verify(token) }
    }
  }

  @Test("an error's localized description is its description")
  func localized() throws {
    for error in [
      .expired, .claimMissing("role"), .keyTooShort(needed: 32, has: 6), .tokenTooLarge,
      .audienceUnexpected, .bufferTooSmall(needed: 9), .issuerAbsent(at: 2),
    ] as [JWTError] {
      #expect((error as any Error).localizedDescription == error.description)
      #expect(error.errorDescription == error.description)
    }
    do {
      _ = try Self.verifiers()[0].verify("a.b", as: Access.self)
    } catch {
      #expect(error as? JWTError == .tokenMalformed)
      #expect(error.localizedDescription == (error as? JWTError)?.description)
    }
  }
}

@Suite("Dates")
struct DateTests {
  static let (key, now) = (try! SigningKey.generate(.secret), 1_767_225_600 as Int64)

  static func verified(_ claims: Claims) throws -> VerifiedClaims {
    try Verifier(key: key.verificationKey, algorithms: [.hs256], clock: { now })
      .verify(Signer(key: key, algorithm: .hs256).sign(claims))
  }

  @Test("the time claims are dates, each its own, and nil if absent")
  func claims() throws {
    let all = try Self.verified([
      "exp": .integer(Self.now + 60), "nbf": .integer(Self.now - 1), "iat": .integer(Self.now - 2),
    ])
    #expect(all.expirationDate == Date(timeIntervalSince1970: 1_767_225_660))
    #expect(all.notBeforeDate == Date(timeIntervalSince1970: 1_767_225_599))
    #expect(all.issuedAtDate == Date(timeIntervalSince1970: 1_767_225_598))
    let none = try Self.verified(["sub": "x", "x": ["exp": 1, "nbf": 1, "iat": 1]])
    #expect(none.expirationDate == nil && none.notBeforeDate == nil && none.issuedAtDate == nil)
    let one = try Self.verified(["nbf": 0])
    #expect(one.notBeforeDate == Date(timeIntervalSince1970: 0) && one.issuedAtDate == nil)
  }

  @Test("a fraction is truncated as the verifier truncates it, and far times are dates too")
  func extremes() throws {
    let claims = try Self.verified(["exp": 4_102_444_800.9, "nbf": -1.5, "iat": .integer(.min)])
    #expect(claims.expirationDate == Date(timeIntervalSince1970: 4_102_444_800))
    #expect(claims.notBeforeDate == Date(timeIntervalSince1970: -1))
    #expect(claims.issuedAtDate == Date(timeIntervalSince1970: -0x1p63))
    #expect(
      try Self.verified(["exp": .integer(.max)]).expirationDate
        == Date(timeIntervalSince1970: 0x1p63))
  }

  @Test(
    "a date is written as whole seconds, rounded down",
    arguments: [
      (0, 0), (1_767_225_600, 1_767_225_600), (1_767_225_600.999, 1_767_225_600), (0.5, 0),
      (-0.5, -1), (-1, -1), (-1.5, -2), (-62_135_769_600, -62_135_769_600),
      (9.2e18, 9_200_000_000_000_000_000), (-0x1p63, .min),
    ] as [(Double, Int64)])
  func writes(seconds: Double, number: Int64) throws {
    let json = JSON.date(Date(timeIntervalSince1970: seconds))
    #expect(json.integer == number && json.text == "\(number)")
    // As the encoder of payloads writes it.
    let encoded = try JSONEncoder.claims.encode(["at": Date(timeIntervalSince1970: seconds)])
    #expect(String(decoding: encoded, as: UTF8.self) == #"{"at":\#(number)}"#)
  }

  @Test("the distant future and past are whole seconds, and come back as the same dates")
  func distant() throws {
    #expect(JSON.date(.distantFuture) == 64_092_211_200)
    let claims = try Self.verified(["exp": .date(.distantFuture), "nbf": .date(.distantPast)])
    #expect(claims.expirationDate == .distantFuture && claims.notBeforeDate == .distantPast)
  }

  @Test("a date outside 64 bits becomes the nearest inside, also one that a token brought")
  func clamps() async throws {
    for seconds in [0x1p63, 1e300, .infinity] {
      #expect(JSON.date(Date(timeIntervalSince1970: seconds)) == .integer(.max))
      #expect(JSON.date(Date(timeIntervalSince1970: -2 * seconds)) == .integer(.min))
    }
    let claims = try Self.verified(["exp": .integer(.max)])
    #expect(JSON.date(try #require(claims.expirationDate)) == .integer(.max))
    await #expect(processExitsWith: .failure) {
      _ = JSON.date(Date(timeIntervalSince1970: .nan))
    }
  }
}

@Suite("Secret.write")
struct SecretFileTests {
  @Test("writes all bytes to a new file that only its owner can read, and never over another")
  func writes() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "jot é \(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for count in [0, 1, 200_000] {
      let file = folder.appending(path: "secret \(count)")
      let secret = Secret.random(count: count)
      try secret.write(to: file)
      let content = secret.withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
      #expect(try Array(Data(contentsOf: file)) == content)
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
      #expect(mode as? Int == 0o600)
      #expect(throws: POSIXError(.EEXIST)) { try Secret("other").write(to: file) }
      #expect(try Array(Data(contentsOf: file)) == content)
    }
    #expect(throws: POSIXError(.ENOENT)) {
      try Secret("x").write(to: folder.appending(path: "none/x"))
    }
  }

  @Test("a file that cannot be written whole is removed")
  func removes() async {
    // In a process of its own, whose files end at 100 bytes.
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 100, rlim_max: 100)
      _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      signal(SIGXFSZ, SIG_IGN)
      let file = FileManager.default.temporaryDirectory.appending(path: "jot \(UUID().uuidString)")
      #expect(throws: POSIXError(.EFBIG)) { try Secret.random(count: 101).write(to: file) }
      #expect(!FileManager.default.fileExists(atPath: file.path))
      try Secret.random(count: 100).write(to: file)
      try FileManager.default.removeItem(at: file)
    }
  }
}
