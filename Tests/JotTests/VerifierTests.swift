import Foundation
import Jot
import Testing

@Suite("Signer and Verifier")
struct VerifierTests {
  static let now: Int64 = 1_767_225_600
  static let secret = "a test secret of sixty-four bytes or more: 0123456789abcdefghijklmnopq"

  @Test("a signed token verifies, with every algorithm, and keeps all its claims")
  func roundTrip() throws {
    for (algorithm, signing) in try Algorithm.allCases.flatMap({ algorithm in
      try TestKeys.signingKeys(for: algorithm).map { (algorithm, $0) }
    }) {
      let token = try Signer(key: signing, algorithm: algorithm).sign([
        "sub": "ünïcödé \"quoted\" \u{1f511}\u{0}", "aud": ["a", "b"],
        "exp": .integer(Self.now + 1),
        "iss": "i", "jti": "j", "nbf": .integer(Self.now), "iat": .integer(Self.now),
        "x": ["n": 1.5, "t": true, "l": [nil, 12_345_678_901, "\n"]], "": "",
      ])
      let verifier = try Verifier(
        key: signing.verificationKey, algorithms: [algorithm], audience: ["b"], issuer: "i",
        subject: "ünïcödé \"quoted\" \u{1f511}\u{0}", required: ["x", "", "jti"], type: "jwt",
        clock: { Self.now })
      let claims = try verifier.verify(token)
      #expect(claims.subject == "ünïcödé \"quoted\" \u{1f511}\u{0}")
      #expect(claims.audience == ["a", "b"])
      #expect(claims.issuer == "i" && claims.tokenID == "j")
      #expect(claims.expiration == Self.now + 1)
      #expect(claims.notBefore == Self.now && claims.issuedAt == Self.now)
      #expect(claims["x"]?["n"]?.double == 1.5)
      #expect(claims["x"]?["l"]?.array?[1].integer == 12_345_678_901)
      #expect(claims[""]?.string == "" && claims["y"] == nil)
    }
  }

  @Test(
    "times are exact to the second, leeway included, and never overflow",
    arguments: [
      ("exp", now, 0, "expired"), ("exp", now + 1, 0, nil), ("exp", now - 30, 30, "expired"),
      ("exp", now - 29, 30, nil), ("exp", .min, .max, "expired"), ("exp", .max, 0, nil),
      ("nbf", now, 0, nil), ("nbf", now + 1, 0, "not_yet_valid"), ("nbf", now + 30, 30, nil),
      ("nbf", now + 31, 30, "not_yet_valid"), ("nbf", .max, .max, nil), ("nbf", .min, 0, nil),
      ("iat", now, 0, nil), ("iat", now + 1, 0, "not_yet_valid"), ("iat", .max, 0, "not_yet_valid"),
    ] as [(String, Int64, Int64, String?)])
  func times(claim: String, value: Int64, leeway: Int64, reason: String?) throws {
    #expect(try Self.reason([claim: .integer(value)], leeway: leeway) == reason)
  }

  @Test("no pair of extreme times traps or overflows")
  func extremes() throws {
    let grid: [Int64] = [.min, .min + 1, -1, 0, 1, Self.now, .max - 1, .max]
    for value in grid {
      for clock in grid {
        for leeway in grid where leeway >= 0 {
          for claim in ["exp", "nbf", "iat"] {
            let found = try Self.reason([claim: .integer(value)], leeway: leeway, now: clock)
            // A double has no overflow here.
            let (left, right) = (Double(value), Double(clock))
            if claim == "exp", left < right - Double(leeway) * 1.001 - 10 {
              #expect(found == "expired")
            }
            if claim != "exp", left > right + Double(leeway) * 1.001 + 10 {
              #expect(found == "not_yet_valid" || clock > 0 && leeway > Int64.max - clock)
            }
          }
        }
      }
    }
  }

  @Test("a claim of the wrong type is refused even if nothing requires it")
  func types() throws {
    for claim in ["exp", "nbf", "iat"] {
      for value in ["\"1\"", "true", "null", "[]", "{}"] {
        let token = try Self.signed("{\"\(claim)\":\(value)}")
        #expect(Self.reason(token) == "claim_type", "\(claim) \(value)")
      }
    }
    for claim in ["iss", "sub", "jti"] {
      for value in ["1", "true", "null", "[]", "{}"] {
        let token = try Self.signed("{\"\(claim)\":\(value)}")
        #expect(Self.reason(token) == "claim_type", "\(claim) \(value)")
      }
    }
    for value in ["1", "true", "null", "{}", "[1]", "[\"a\",1]", "[[]]"] {
      #expect(Self.reason(try Self.signed("{\"aud\":\(value)}")) == "claim_type", "aud \(value)")
    }
  }

  @Test("an audience that the verifier does not expect is refused, and the error says what to do")
  func audience() throws {
    #expect(try Self.reason(["aud": "a"]) == "audience_mismatch")
    #expect(try Self.reason(["aud": ["a"]], audience: ["b", "a"]) == nil)
    #expect(try Self.reason(["aud": "a"], audience: []) == "audience_mismatch")
    #expect(try Self.reason([:], audience: ["a"]) == "claim_missing")
    #expect(JWTError.audienceUnexpected.description == "the token has an audience; pass audience:")
    // Canonically equivalent strings are not equal.
    #expect(try Self.reason(["aud": "e\u{301}"], audience: ["é"]) == "audience_mismatch")
  }

  @Test("a claim may be listed twice as required")
  func requiredTwice() throws {
    let verifier = try Self.verifier(required: ["exp", "role", "role", "exp"])
    _ = try verifier.verify(Self.token(["role": 1, "exp": 2_000_000_000]))
    #expect(throws: JWTError.claimMissing("role")) {
      try verifier.verify(Self.token(["exp": 2_000_000_000]))
    }
  }

  @Test("required claims must be present and not null; the error names them")
  func required() throws {
    #expect(throws: JWTError.claimMissing("level")) {
      try Self.verifier(required: ["role", "level"]).verify(Self.token(["role": 1, "level": nil]))
    }
    #expect(throws: JWTError.claimMissing(RegisteredClaim.expiration.rawValue)) {
      try Self.verifier(required: ["role", "exp"]).verify(Self.token(["role": 1]))
    }
    _ = try Self.verifier(required: ["role", "\u{e9}"]).verify(
      Self.signed(#"{"role":0,"\u00e9":{}}"#))
  }

  @Test("the header's typ is compared without case, with or without application/")
  func type() throws {
    for (written, expected, reason) in [
      ("at+jwt", "at+jwt", nil), ("application/at+jwt", "at+jwt", nil), ("AT+JWT", "at+jwt", nil),
      ("at+jwt", "AT+jwt", nil), ("JWT", "at+jwt", "typ_mismatch"),
      ("at+jwtx", "at+jwt", "typ_mismatch"),
      (nil, "at+jwt", "typ_mismatch"), ("JWT", "JWT", nil),
      // The expected one may have the prefix too; another slash needs it (RFC 7515 §4.1.9).
      ("at+jwt", "application/at+jwt", nil), ("Application/AT+jwt", "application/at+jwt", nil),
      ("text/at+jwt", "at+jwt", "typ_mismatch"), ("a/b", "a/b", nil),
      ("a/b", "application/a/b", "typ_mismatch"), ("application/a/b", "a/b", "typ_mismatch"),
      ("application/a/b", "application/a/b", nil), ("", "application/", "typ_mismatch"),
    ] as [(String?, String, String?)] {
      let signer = try Signer(
        key: SigningKey(secret: Secret(Self.secret)), algorithm: .hs256, keyID: "k", type: written)
      let token = try signer.sign([:])
      #expect(Self.reason(token, by: try Self.verifier(type: expected)) == reason)
    }
  }

  @Test("a scratch that is one byte short throws, with the length needed")
  func scratch() throws {
    let verifier = try Self.verifier()
    let token = Array(try Self.token(["sub": "s"]).utf8)
    let needed = Verifier.scratchLength(forToken: token.count)
    for count in [0, 1, needed - 1] {
      var scratch = [UInt8](repeating: 0, count: count)
      #expect(throws: JWTError.bufferTooSmall(needed: needed)) {
        var room = scratch.mutableSpan
        _ = try verifier.verify(token.span, scratch: &room)
      }
    }
    let signer = try Signer(key: SigningKey(secret: Secret(Self.secret)), algorithm: .hs256)
    var room = [UInt8](repeating: 7, count: signer.tokenLength(forPayload: 2) - 1)
    #expect(throws: JWTError.bufferTooSmall(needed: room.count + 1)) {
      let payload = Array("{}".utf8)
      var span = room.mutableSpan
      _ = try signer.sign(payload: payload.span, into: &span)
    }
    #expect(room.allSatisfy { $0 == 7 }, "nothing is half written")
  }

  @Test("no token traps: every length of zeros, dots and random bytes, and ten megabytes of them")
  func noise() throws {
    let verifier = try Self.verifier()
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("..AaZz09-_=+/ {}\"\u{0}é".utf8)
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: 20_000))
    for round in 0..<5000 {
      let count = round < 300 ? round : Int.random(in: 0..<20_000, using: &generator)
      let token: [UInt8] =
        switch round % 3 {
        case 0: [UInt8](repeating: 0, count: count)
        case 1: (0..<count % 300).map { _ in alphabet.randomElement(using: &generator)! }
        default: [UInt8](repeating: alphabet[round % alphabet.count], count: count)
        }
      var room = scratch.mutableSpan
      #expect(throws: JWTError.self) { try verifier.verify(token.span, scratch: &room) }
    }
    let huge = String(repeating: "\0", count: 10_000_000)
    #expect(throws: JWTError.tokenTooLarge) { try verifier.verify(huge) }
  }

  @Test("each changed character of a valid token is refused")
  func flips() throws {
    let token = Array(try Self.token(["sub": "57cbb51a", "exp": .integer(Self.now + 9)]).utf8)
    let verifier = try Self.verifier()
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var room = scratch.mutableSpan
    _ = try verifier.verify(token.span, scratch: &room)
    for offset in token.indices {
      for bit in 0..<8 {
        var other = token
        other[offset] ^= 1 << UInt8(bit)
        #expect(throws: JWTError.self) { try verifier.verify(other.span, scratch: &room) }
      }
    }
  }

  @Test("custom claims are read as typed values by name, at any depth, without a tree")
  func named() throws {
    let key = try SigningKey(secret: Secret(Self.secret))
    let payload =
      #" { "a\u0062" : [ "x" , {"n":"}"} ] ,"n":-12.9,"t":true , "f":false,"z":null,"s":"q\"é","#
      + #" "role":["admin","us\u0065r"],"o":{"role":1,"n":[1]},"é":7 } "#
    let bytes = Array(payload.utf8)
    let signer = try Signer(key: key, algorithm: .hs256)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: bytes.count))
    var room = token.mutableSpan
    _ = try signer.sign(payload: bytes.span, into: &room)
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.hs256])
    let claims = try verifier.verify(String(decoding: token, as: UTF8.self))
    #expect(claims.string("s") == "q\"é" && claims.string("n") == nil && claims.integer("é") == 7)
    #expect(claims.double("n") == -12.9 && claims.bool("t") == true && claims.bool("f") == false)
    #expect(claims.strings("role") == ["admin", "user"] && claims.strings("s") == ["q\"é"])
    #expect(claims.strings("ab") == nil && claims["ab"]?.array?.count == 2)
    #expect(claims["z"] == JSON.null && claims["none"] == nil && claims.integer("role") == nil)
    // The non-allocating API, on the caller's bytes.
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    let index = try verifier.verify(token.span, scratch: &span)
    let (n, t, role, user, e) = (
      Array("n".utf8), Array("t".utf8), Array("role".utf8), Array("user".utf8),
      Array("e\u{301}".utf8)
    )
    let (whole, isTrue) = (
      index.integer(of: n.span, in: span), index.bool(of: t.span, in: span)
    )
    #expect(whole == -12 && isTrue == true)
    let isUser = index.contains(user.span, of: role.span, in: span)
    let isOther = index.contains(n.span, of: role.span, in: span)
    let found = index.value(of: e.span, in: span)
    #expect(isUser && !isOther && found == nil)
  }

  @Test("one verifier and one signer serve all threads")
  func threads() async throws {
    let pem = try #require(TestKeys.shared["rsa2048"])
    for algorithm in [Algorithm.hs256, .rs256] {
      let key =
        algorithm == .hs256
        ? try SigningKey(secret: Secret(Self.secret))
        : try SigningKey(privateKey: #require(pem.privatePkcs8Pem))
      let signer = try Signer(key: key, algorithm: algorithm)
      let verifier = try Verifier(key: key.verificationKey, algorithms: [algorithm])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<8 {
          group.addTask {
            for number in 0..<(algorithm == .hs256 ? 500 : 20) {
              let token = try signer.sign(["sub": .string("\(task)-\(number)")])
              #expect(try verifier.verify(token).subject == "\(task)-\(number)")
              #expect(throws: JWTError.signatureInvalid) { try verifier.verify(token.dropping()) }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("an unverified token shows its parts and has another type")
  func unverified() throws {
    let token = try Self.token(["exp": .integer(1), "sub": "x"])
    let parts = try UnverifiedToken(decoding: token + "AA".dropLast(2))
    #expect(parts.header.text == #"{"alg":"HS256","typ":"JWT"}"#)
    #expect(parts.claims["sub"]?.string == "x" && parts.signatureLength == 32)
    #expect(throws: JWTError.tokenMalformed) { try UnverifiedToken(decoding: "a.b") }
  }

  // MARK: Helpers

  private static func verifier(
    audience: [String]? = nil, required: [String] = [], type: String? = nil, leeway: Int64 = 0,
    now: Int64 = VerifierTests.now
  ) throws -> Verifier {
    try Verifier(
      key: VerificationKey(secret: Secret(secret)), algorithms: [.hs256], audience: audience,
      required: required, type: type, leeway: leeway, clock: { now })
  }

  private static func token(_ claims: Claims) throws -> String {
    try Signer(key: SigningKey(secret: Secret(secret)), algorithm: .hs256).sign(claims)
  }

  private static func signed(_ payload: String) throws -> String {
    let signer = try Signer(key: SigningKey(secret: Secret(secret)), algorithm: .hs256)
    let payload = Array(payload.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    var room = token.mutableSpan
    _ = try signer.sign(payload: payload.span, into: &room)
    return String(decoding: token, as: UTF8.self)
  }

  private static func reason(_ token: String, by verifier: Verifier? = nil) -> String? {
    do {
      _ = try (verifier ?? Self.verifier()).verify(token)
      return nil
    } catch {
      return (error as? JWTError)?.code.rawValue
    }
  }

  private static func reason(
    _ claims: Claims, audience: [String]? = nil, leeway: Int64 = 0, now: Int64 = VerifierTests.now
  ) throws -> String? {
    reason(
      try token(claims), by: try verifier(audience: audience, leeway: leeway, now: now))
  }
}

extension String {
  /// The token with the first character of its signature changed.
  fileprivate func dropping() -> String {
    let dot = lastIndex(of: ".")!
    let offset = index(after: dot)
    return self[..<offset] + (self[offset] == "A" ? "B" : "A") + self[index(after: offset)...]
  }
}
