import Foundation
import Jot
import Testing

/// The doors for a single token, which every type of verifier has.
@Suite("TokenVerifier")
struct TokenVerifierTests {
  static let now: Int64 = 1_767_225_600
  static let issuer = "https://a.test"

  /// One verifier of each type, for the same tokens.
  struct Verifiers {
    let plain: Verifier
    let issuers: IssuerVerifier
    let cache = TokenCache(entries: 100)

    init(tokenLimit: Int = Verifier.defaultTokenLimit) throws {
      plain = try Verifier(
        key: Keys.ours.verificationKey, algorithms: [.es256], audience: ["a"], issuer: issuer,
        tokenLimit: tokenLimit, clock: { now })
      issuers = try IssuerVerifier([plain])
    }

    var all: [any TokenVerifier] { [plain, issuers] + cached }
    var cached: [CachedVerifier] {
      [CachedVerifier(plain, cache: cache), CachedVerifier(issuers, cache: cache)]
    }
  }

  /// What a door answers: an error, or a payload and, from all but one door, its claims.
  struct Answer: Equatable {
    private(set) var error: JWTError?
    private(set) var payload: [UInt8] = []
    private(set) var claims: VerifiedClaims?

    init(_ verify: () throws(JWTError) -> VerifiedClaims) {
      do throws(JWTError) {
        let claims = try verify()
        (payload, self.claims) = (claims.payload, claims)
      } catch {
        self.error = error
      }
    }

    /// The answer of the door that allocates nothing.
    init(inScratch token: [UInt8], _ verifier: some TokenVerifier) {
      var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
      var span = scratch.mutableSpan
      do throws(JWTError) {
        let index = try verifier.verify(token.span, scratch: &span)
        payload = Array(scratch[index.payload])
      } catch {
        self.error = error
      }
    }

    static func == (left: Answer, right: Answer) -> Bool {
      left.error == right.error && left.payload == right.payload
        && left.error?.description == right.error?.description
    }
  }

  /// The answers of all doors to `token`.
  static func answers(_ token: String, _ verifier: some TokenVerifier) -> [Answer] {
    let bytes = Array(token.utf8)
    // A part of a text whose bytes and characters have different offsets.
    let header = "Bearer é🔑 \(token)\u{301}\r\n"
    let start = header.utf8.index(header.startIndex, offsetBy: "Bearer é🔑 ".utf8.count)
    let part = header[start..<header.utf8.index(start, offsetBy: bytes.count)]
    return [
      Answer(inScratch: bytes, verifier),
      Answer { () throws(JWTError) in try verifier.verify(token) },
      Answer { () throws(JWTError) in try verifier.verify(part) },
      Answer { () throws(JWTError) in try verifier.verify(token[...]) },
      Answer { () throws(JWTError) in try verifier.verify(bytes) },
      // Bridged, where strings are bridged without a copy.
      Answer { () throws(JWTError) in try verifier.verify(NSString(string: token) as String) },
    ]
  }

  @Test("a string, a part of a string and bytes give the claims that a scratch has")
  func accepts() throws {
    let verifiers = try Verifiers()
    let token = try Keys.ours.token([
      "iss": .string(Self.issuer), "aud": ["b", "a"], "sub": "é \"🔑\"",
      "exp": .integer(Self.now + 1), "role": ["admin", 1.5],
    ])
    let payload = TokenCacheTests.uncached(Array(token.utf8), verifiers.plain).payload
    for verifier in verifiers.all {
      // Twice, so that a cache answers too.
      for answer in Self.answers(token, verifier) + Self.answers(token, verifier) {
        #expect(answer.error == nil && answer.payload == payload)
        guard let claims = answer.claims else { continue }
        #expect(claims.subject == "é \"🔑\"" && claims.audience == ["b", "a"])
        #expect(claims.expiration == Self.now + 1 && claims["role"] == ["admin", 1.5])
      }
    }
    #expect(Self.answers(token, verifiers.plain).count { $0.claims != nil } == 5)
  }

  @Test("every door gives the same refusal")
  func refuses() throws {
    let verifiers = try Verifiers()
    let claims: Claims = ["iss": .string(Self.issuer), "aud": "a"]
    func token(_ name: String, _ value: JSON, by key: Keys = .ours) throws -> String {
      var claims = claims
      claims[name] = value
      return try key.token(claims)
    }
    let good = try Keys.ours.token(claims)
    let parts = good.split(separator: ".")
    let otherEnd = parts[2].hasSuffix("QA") ? "gA" : "QA"
    for (token, error) in [
      ("", .tokenMalformed), ("a", .tokenMalformed), ("a.b", .tokenMalformed),
      ("a.b.c.d.e", .encrypted), (" " + good, .tokenMalformed), (good + "\n", .tokenMalformed),
      (good + "é", .tokenMalformed), (good.replacing(".", with: "\u{ff0e}"), .tokenMalformed),
      ("\(parts[0]).\(parts[1])A.\(parts[2])", nil),
      (try Keys.theirs.token(claims), .signatureInvalid),
      ("\(parts[0]).\(parts[1]).\(parts[2].dropLast(2))\(otherEnd)", nil),
      (try token("exp", .integer(Self.now)), .expired),
      (try token("exp", .integer(Self.now), by: .theirs), .signatureInvalid),
      (try token("nbf", .integer(Self.now + 1)), .notYetValid(.notBefore)),
      (try token("aud", "b"), .audienceMismatch), (try token("sub", 1), .claimType(.subject)),
      (try token("iss", "https://b.test"), nil),
    ] as [(String, JWTError?)] {
      for verifier in verifiers.all {
        let answers = Self.answers(token, verifier)
        let expected = answers[0].error
        #expect(expected != nil && (error == nil || expected == error), "\(token.prefix(20))")
        for answer in answers {
          #expect(answer.error == expected, "\(type(of: verifier)): \(token.prefix(20))")
        }
      }
      // A cache answers as the verifier behind it.
      for (cached, base) in zip(
        verifiers.cached, [verifiers.plain, verifiers.issuers] as [any TokenVerifier])
      {
        #expect(Self.answers(token, cached) == Self.answers(token, base))
      }
    }
    #expect(verifiers.cache.statistics.entries == 0)
  }

  @Test("a limit admits a token of its length and no longer one, whatever the bytes are")
  func limits() throws {
    let token = try Keys.ours.token(["iss": .string(Self.issuer), "aud": "a"])
    let exact = try Verifiers(tokenLimit: token.utf8.count)
    let short = try Verifiers(tokenLimit: token.utf8.count - 1)
    for verifier in exact.all + exact.all {
      #expect(verifier.tokenLimit == token.utf8.count)
      #expect(Self.answers(token, verifier).allSatisfy { $0.error == nil })
      // Longer, and not a token either.
      for text in [token + "=", String(repeating: "é", count: token.utf8.count)] {
        #expect(Self.answers(text, verifier).allSatisfy { $0.error == .tokenTooLarge })
      }
    }
    for verifier in short.all {
      #expect(verifier.tokenLimit == token.utf8.count - 1)
      #expect(Self.answers(token, verifier).allSatisfy { $0.error == .tokenTooLarge })
    }
    #expect(exact.cache.statistics.entries == 1 && short.cache.statistics.entries == 0)
  }

  @Test("several issuers have the highest limit, and each refuses what is beyond its own")
  func severalLimits() throws {
    let token = try Keys.ours.token(["iss": .string(Self.issuer), "aud": "a"])
    let own = try Verifier(
      key: Keys.ours.verificationKey, algorithms: [.es256], audience: ["a"], issuer: Self.issuer,
      tokenLimit: token.utf8.count - 1)
    let other = try Verifier(
      key: Keys.theirs.verificationKey, algorithms: [.es256], issuer: "https://b.test",
      tokenLimit: 1000)
    let issuers = try IssuerVerifier([own, other])
    let cached = CachedVerifier(issuers, cache: TokenCache())
    for verifier in [issuers, cached] as [any TokenVerifier] {
      #expect(verifier.tokenLimit == 1000)
      #expect(Self.answers(token, verifier).allSatisfy { $0.error == .tokenTooLarge })
    }
    #expect(try IssuerVerifier([]).tokenLimit == Verifier.defaultTokenLimit)
  }

  @Test("a verifier of another type has the doors too, and never sees a token beyond its limit")
  func conformance() throws {
    struct LimitedVerifier: TokenVerifier {
      let base: Verifier
      let tokenLimit: Int
      func verify(
        _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
      ) throws(JWTError) -> ClaimIndex {
        guard token.count <= tokenLimit else { preconditionFailure("too long a token") }
        return try base.verify(token, scratch: &scratch)
      }
    }
    func subject(_ token: String, _ verifier: some TokenVerifier) throws(JWTError) -> String? {
      try verifier.verify(token).subject
    }
    let verifiers = try Verifiers()
    let token = try Keys.ours.token(["iss": .string(Self.issuer), "aud": "a", "sub": "x"])
    let limited = LimitedVerifier(base: verifiers.plain, tokenLimit: token.utf8.count)
    #expect(try subject(token, limited) == "x")
    #expect(try limited.verify(token[...]).subject == "x")
    #expect(try limited.verify(Array(token.utf8)).subject == "x")
    #expect(throws: JWTError.tokenTooLarge) { try limited.verify(token + "A") }
    #expect(throws: JWTError.tokenTooLarge) { try limited.verify((token + "A")[...]) }
    #expect(throws: JWTError.tokenTooLarge) { try limited.verify(Array(token.utf8) + [65]) }
  }
}

@Suite("CachedVerifier")
struct CachedVerifierTests {
  static let now: Int64 = 1_767_225_600
  static let issuer = "https://a.test"

  /// A verifier with a set that rotates and a clock that a test sets, with and without a cache.
  struct Fixture {
    let clock = TokenCacheTests.Clock()
    let keys: RotatingKeySet
    let cache = TokenCache(entries: 100)
    let base: any TokenVerifier
    let cached: CachedVerifier

    init(hasIssuers: Bool) throws {
      keys = RotatingKeySet(try KeySet([Keys.ours.verificationKey]))
      let clock = clock
      let one = Verifier(
        keys: keys, algorithms: [.es256], issuer: issuer, clock: { clock.time })
      if hasIssuers {
        let several = try IssuerVerifier([one])
        (base, cached) = (several, CachedVerifier(several, cache: cache))
      } else {
        (base, cached) = (one, CachedVerifier(one, cache: cache))
      }
    }

    /// Compares the answers of all doors with those of the verifier without a cache.
    func expect(
      _ token: String, _ error: JWTError?, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let answers = TokenVerifierTests.answers(token, cached)
      #expect(answers == TokenVerifierTests.answers(token, base), sourceLocation: sourceLocation)
      #expect(answers.allSatisfy { $0.error == error }, sourceLocation: sourceLocation)
    }

    /// Hits, misses, stale ones and entries.
    var counts: [Int] {
      let counts = cache.statistics
      return [counts.hits, counts.misses, counts.stale, counts.entries]
    }
  }

  /// The doors of `TokenVerifierTests.answers`.
  static let doors = 6

  @Test("a token is verified once, whichever door it comes by", arguments: [false, true])
  func hits(hasIssuers: Bool) throws {
    let fixture = try Fixture(hasIssuers: hasIssuers)
    fixture.expect(try Keys.ours.token(["iss": .string(Self.issuer), "sub": "x"]), nil)
    #expect(fixture.counts == [Self.doors - 1, 1, 0, 1])
  }

  @Test("a forged or malformed token is never cached", arguments: [false, true])
  func forged(hasIssuers: Bool) throws {
    let fixture = try Fixture(hasIssuers: hasIssuers)
    let claims: Claims = ["iss": .string(Self.issuer), "sub": "x"]
    let good = try Keys.ours.token(claims)
    fixture.expect(good, nil)
    fixture.expect(try Keys.theirs.token(claims), .signatureInvalid)
    // The header and the payload of a cached token, with another signature.
    fixture.expect(good.dropLast(4) + "AAAA", .signatureInvalid)
    fixture.expect("a.b", .tokenMalformed)
    #expect(fixture.cache.statistics.hits == Self.doors - 1)
    #expect(fixture.cache.statistics.entries == 1)
  }

  @Test("a cached token expires with its verifier's clock", arguments: [false, true])
  func expired(hasIssuers: Bool) throws {
    let fixture = try Fixture(hasIssuers: hasIssuers)
    let token = try Keys.ours.token([
      "iss": .string(Self.issuer), "nbf": .integer(Self.now), "exp": .integer(Self.now + 10),
    ])
    fixture.expect(token, nil)
    fixture.clock.time = Self.now + 10
    fixture.expect(token, .expired)
    fixture.clock.time = Self.now - 1
    fixture.expect(token, .notYetValid(.notBefore))
    fixture.clock.time = Self.now + 9
    fixture.expect(token, nil)
    #expect(fixture.counts == [4 * Self.doors - 1, 1, 0, 1])
  }

  @Test(
    "a cached token ends with its key set, and is verified anew with the next",
    arguments: [false, true])
  func rotated(hasIssuers: Bool) throws {
    let fixture = try Fixture(hasIssuers: hasIssuers)
    let token = try Keys.ours.token(["iss": .string(Self.issuer)])
    fixture.expect(token, nil)
    fixture.keys.replace(with: try KeySet([Keys.theirs.verificationKey]))
    fixture.expect(token, .signatureInvalid)
    #expect(fixture.cache.statistics.hits == Self.doors - 1)
    fixture.keys.replace(
      with: try KeySet([Keys.ours.verificationKey, Keys.theirs.verificationKey]))
    fixture.expect(token, .keyNotFound(.noKeyID))
    fixture.keys.replace(with: try KeySet([Keys.ours.verificationKey]))
    fixture.expect(token, nil)
    #expect(fixture.cache.statistics.hits == 2 * (Self.doors - 1))
    #expect(fixture.cache.statistics.misses == 2 * Self.doors + 2)
  }

  @Test("verifiers that share a cache never find each other's tokens")
  func shared() throws {
    let cache = TokenCache()
    func verifier(_ audience: String) throws -> CachedVerifier {
      CachedVerifier(
        try Verifier(
          key: Keys.ours.verificationKey, algorithms: [.es256], audience: [audience]),
        cache: cache)
    }
    let (a, b) = (try verifier("a"), try verifier("b"))
    let token = try Keys.ours.token(["aud": "a"])
    #expect(try a.verify(token).audience == ["a"])
    #expect(throws: JWTError.audienceMismatch) { try b.verify(token) }
    #expect(try a.verify(token).audience == ["a"])
    #expect(cache.statistics.hits == 1 && cache.statistics.misses == 2)
  }

  @Test("a secret's tokens go past the cache")
  func secrets() throws {
    let key = try SigningKey.generate(.secret)
    let cache = TokenCache()
    let verifier = CachedVerifier(
      try Verifier(key: key.verificationKey, algorithms: [.hs256]), cache: cache)
    let token = try Signer(key: key, algorithm: .hs256).sign(["sub": "x"])
    for _ in 0..<2 { #expect(try verifier.verify(token).subject == "x") }
    #expect(cache.statistics.hits == 0 && cache.statistics.misses == 0)
  }
}

/// Two keys of the same type.
private enum Keys {
  case ours, theirs

  // From PEM, which has no key ID.
  private static let keys = (0..<2).map { _ in
    try! SigningKey(privateKey: SigningKey.generate(.p256).pemRepresentation!)
  }
  private var key: SigningKey { Self.keys[self == .ours ? 0 : 1] }
  var verificationKey: VerificationKey { key.verificationKey }

  func token(_ claims: Claims) throws -> String {
    try Signer(key: key, algorithm: .es256).sign(claims)
  }
}
