import Jot
import TestSupport
import Testing

/// Several issuers: a key of one issuer never verifies another issuer's token.
@Suite("IssuerVerifier")
struct IssuerVerifierTests {
  static let now: Int64 = 1_767_225_600

  @Test("refuses a token that its issuer's key did not sign, also if the kid is the same")
  func keysApart() throws {
    for (ours, theirs) in [(Issuer.a, Issuer.b), (.b, .c), (.c, .d)] {
      let verifier = try IssuerVerifier([ours.verifier(), theirs.verifier()])
      for (name, signs) in [
        (ours, ours), (ours, theirs), (theirs, ours), (theirs, theirs),
      ] {
        let token = try signs.token(["iss": .string(name.name), "aud": .string(name.audience)])
        let isOwn = name.name == signs.name
        let reason = reason { () throws(JWTError) in try verifier.verify(token) }
        #expect((reason == nil) == isOwn, "\(name.name) by \(signs.name)")
        if !isOwn { #expect(["signature_invalid", "alg_not_allowed"].contains(reason)) }
      }
    }
    // The same algorithm and kid, so that only the key differs.
    let verifier = try IssuerVerifier([Issuer.a.verifier(), Issuer.b.verifier()])
    let forged = try Issuer.b.token(["iss": .string(Issuer.a.name), "aud": "a"])
    #expect(throws: JWTError.signatureInvalid) { try verifier.verify(forged) }
  }

  @Test("names why no verifier can be chosen, before it checks a signature")
  func unknown() throws {
    let verifier = try IssuerVerifier([Issuer.a.verifier(), Issuer.b.verifier()])
    let header = #"{"alg":"HS256"}"#
    for (payload, error) in [
      (#"{"iss":"https://a.test/"}"#, .issuerUnknown), (#"{"iss":""}"#, .issuerUnknown),
      (#"{"iss":"https://A.test"}"#, .issuerUnknown),
      (#"{"sub":"x"}"#, .claimMissing(RegisteredClaim.issuer.rawValue)),
      (#"{"iss":1}"#, .claimType(.issuer)), (#"{"iss":null}"#, .claimType(.issuer)),
      (#"{"iss":["https://a.test"]}"#, .claimType(.issuer)),
      (#"{"iss":"https://a.test","iss":"https://b.test"}"#, .claimsInvalid),
      (#"{"iss":"https://a.test","\u0069ss":"https://b.test"}"#, .claimsInvalid),
      (#"{"x":{"iss":"https://a.test"}}"#, .claimMissing(RegisteredClaim.issuer.rawValue)),
      (#"["iss","https://a.test"]"#, .claimsInvalid), ("", .claimsInvalid),
      (#"{"iss":"https://a.test"}x"#, .claimsInvalid),
      (#"{"iss":"https://a.test"}"#, .signatureInvalid),
    ] as [(String, JWTError)] {
      let token = "\(base64URL(header)).\(base64URL(payload)).\(base64URL("x"))"
      #expect(throws: error, "\(payload)") { try verifier.verify(token) }
    }
    for (token, error) in [
      ("", .tokenMalformed), ("a.b", .tokenMalformed), ("a.b.c.d.e", .encrypted),
      ("e30.a.c", .base64Invalid(.payload)), ("e30.a=.c", .tokenMalformed),
      (String(repeating: "a", count: 20_000), .tokenTooLarge),
    ] as [(String, JWTError)] {
      #expect(throws: error, "\(token.prefix(20))") { try verifier.verify(token) }
    }
    #expect(throws: JWTError.issuerUnknown) {
      try IssuerVerifier([]).verify(try Issuer.a.token(["iss": "https://a.test"]))
    }
  }

  @Test("finds an issuer with an escaped name, and none whose name only looks the same")
  func spellings() throws {
    let composed = Issuer("https://caf\u{e9}.test", kid: "k", .hs256, "a")
    let decomposed = Issuer("https://cafe\u{301}.test", kid: "k", .hs256, "b")
    #expect(composed.name == decomposed.name)  // to Swift's strings, not to RFC 7519 §2
    let verifier = try IssuerVerifier([composed.verifier(), decomposed.verifier()])
    for issuer in [composed, decomposed] {
      let token = try issuer.token(["iss": .string(issuer.name), "aud": .string(issuer.audience)])
      #expect(try verifier.verify(token).audience == [issuer.audience])
    }
    let plain = try IssuerVerifier([Issuer.a.verifier()])
    let escaped = try Issuer.a.token(#"{"\u0069ss":"https:\/\/\u0061.test","aud":"a"}"#)
    #expect(try plain.verify(escaped).issuer == "https://a.test")
  }

  @Test("is refused without an issuer, and with one issuer twice, each with the verifier's index")
  func construction() throws {
    let key = try VerificationKey(secret: Secret("a secret for nothing but this one test"))
    let any = try Verifier(key: key, algorithms: [.hs256])
    #expect(throws: JWTError.issuerAbsent(at: 1)) {
      try IssuerVerifier([Issuer.a.verifier(), any])
    }
    let none = try Verifier(key: key, algorithms: [.hs256], sharedIssuers: [])
    #expect(throws: JWTError.issuerAbsent(at: 0)) { try IssuerVerifier([none]) }
    let twice = try Verifier(key: key, algorithms: [.hs256], sharedIssuers: ["i", Issuer.a.name])
    #expect(throws: JWTError.issuerDuplicate(at: 2)) {
      try IssuerVerifier([Issuer.b.verifier(), Issuer.a.verifier(), twice])
    }
  }

  @Test("is refused if two issuers have a key in common, unless both allow it")
  func sharedKeys() throws {
    let secret = Secret("one secret under two names, or in two sets")
    func key(_ id: String? = nil) throws -> VerificationKey {
      try VerificationKey(secret: secret, keyID: id)
    }
    func verifier(_ keys: KeySet, _ issuer: String) -> Verifier {
      Verifier(keys: keys, algorithms: [.hs256], issuer: issuer)
    }
    let (a, b) = ("https://a.test", "https://b.test")
    let alone = try Verifier(key: key(), algorithms: [.hs256], issuer: a)
    let among = verifier(
      try KeySet([
        VerificationKey(secret: Secret("another secret, of b's alone"), keyID: "1"), key("2"),
      ]), b)
    for pair in [[alone, among], [among, alone], [try verifier(KeySet([key()]), a), among]] {
      #expect(throws: JWTError.issuerKeyShared(at: 1)) { try IssuerVerifier(pair) }
    }
    // One set for two: also while it is empty, as a provider's is before it is fetched.
    let (empty, other) = (RotatingKeySet(), RotatingKeySet())
    func rotating(_ keys: RotatingKeySet, _ issuer: String) -> Verifier {
      Verifier(keys: keys, algorithms: [.hs256], issuer: issuer)
    }
    #expect(throws: JWTError.issuerKeyShared(at: 1)) {
      try IssuerVerifier([rotating(empty, a), rotating(empty, b)])
    }
    _ = try IssuerVerifier([rotating(empty, a), rotating(other, b)])
    // A public key is equal in each of its formats.
    let pair = try SigningKey.generate(.p256)
    let public1 = pair.verificationKey
    let public2 = try VerificationKey(publicKey: #require(public1.pemRepresentation), keyID: "k")
    let first = try Verifier(key: public1, algorithms: [.es256], issuer: a)
    #expect(throws: JWTError.issuerKeyShared(at: 2)) {
      try IssuerVerifier([
        Issuer.a.verifier(),
        Verifier(key: public1, algorithms: [.es256], sharedIssuers: [b]),
        Verifier(key: public2, algorithms: [.es256], issuer: "https://c.test"),
      ])
    }
    #expect(throws: JWTError.issuerKeyShared(at: 1)) {
      try IssuerVerifier([first, Verifier(key: public2, algorithms: [.es256], sharedIssuers: [b])])
    }
    // Both allow it, and each has its own claims.
    let both = try IssuerVerifier([
      Verifier(key: public1, algorithms: [.es256], audience: ["x"], sharedIssuers: [a]),
      Verifier(key: public2, algorithms: [.es256], audience: ["y"], sharedIssuers: [b]),
    ])
    let token = try Signer(key: pair, algorithm: .es256).sign(["iss": .string(b), "aud": "x"])
    #expect(throws: JWTError.audienceMismatch) { try both.verify(token) }
    let right = try Signer(key: pair, algorithm: .es256).sign(["iss": .string(b), "aud": "y"])
    #expect(try both.verify(right).issuer == b)
  }

  @Test("issuers that share keys may each sign, but no other issuer")
  func shared() throws {
    let issuers = ["https://old.test", "https://new.test"]
    let key = try SigningKey(secret: Secret("a secret that two issuers of one house share"))
    let one = try Verifier(
      key: key.verificationKey, algorithms: [.hs256], sharedIssuers: issuers)
    let several = try IssuerVerifier([Issuer.a.verifier(), one])
    for issuer in issuers {
      let token = try Signer(key: key, algorithm: .hs256).sign(["iss": .string(issuer)])
      #expect(try one.verify(token).issuer == issuer && several.verify(token).issuer == issuer)
    }
    let foreign = try Signer(key: key, algorithm: .hs256).sign(["iss": .string(Issuer.a.name)])
    #expect(throws: JWTError.issuerMismatch) { try one.verify(foreign) }
    #expect(throws: JWTError.signatureInvalid) { try several.verify(foreign) }
  }

  @Test("a batch gives each token the same verdict and claims as alone")
  func batches() throws {
    let issuers = Issuer.all
    let verifier = try IssuerVerifier(try issuers.map { try $0.verifier() })
    var generator = Seeded(seed: 11)
    for count in [0, 1, 2, 3, 8, 33, 64, 255, 256, 257, 600] {
      let tokens = try (0..<count).map { try Self.token($0, issuers, &generator) }
      let alone = tokens.map { token in
        reason { () throws(JWTError) in try verifier.verify(token) }
      }
      let results = verifier.verify(tokens)
      #expect(results.count == count)
      for (index, result) in results.enumerated() {
        switch result {
        case .success(let claims):
          #expect(alone[index] == nil && claims.subject == "user \(index)")
        case .failure(let error):
          #expect(alone[index] == error.code.rawValue, "\(index) of \(count)")
        }
      }
      if count == 600 {
        #expect(Set(alone).count >= 8 && alone.count { $0 == nil } > 200)
      }
    }
  }

  @Test("a batch's claims are in the scratch where its verdicts say, whichever verifier was used")
  func batchOffsets() throws {
    let verifier = try IssuerVerifier(try Issuer.all.map { try $0.verifier() })
    var generator = Seeded(seed: 5)
    let tokens = try (0..<70).map { try Self.token($0, Issuer.all, &generator) }
    let text = tokens.flatMap { Array($0.utf8) }
    var ranges: [Range<Int>] = []
    for token in tokens {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + token.utf8.count)
    }
    let longest = ranges.map(\.count).max() ?? 0
    let needed = Verifier.scratchLength(forTokens: ranges.count, longest: longest)
    var scratch = [UInt8](repeating: 0xaa, count: needed)
    var verdicts = [Verifier.Verdict](repeating: .init(), count: ranges.count)
    do {
      var short = [UInt8](repeating: 0xaa, count: needed - 1)
      var span = short.mutableSpan
      var results = verdicts.mutableSpan
      var thrown: JWTError?
      do throws(JWTError) {
        try verifier.verify(
          batch: ranges.span, of: text.span, scratch: &span, into: &results)
      } catch {
        thrown = error
      }
      #expect(thrown == .bufferTooSmall(needed: needed) && short.allSatisfy { $0 == 0xaa })
    }
    do {
      var span = scratch.mutableSpan
      var results = verdicts.mutableSpan
      try verifier.verify(batch: ranges.span, of: text.span, scratch: &span, into: &results)
    }
    var found = 0
    for (index, verdict) in verdicts.enumerated() {
      guard let claims = try? verdict.get() else {
        #expect(verdict.claims.payloadLength == 0)
        continue
      }
      found += 1
      let subject = try #require(claims.subject)
      #expect(String(decoding: scratch[subject.range], as: UTF8.self) == "user \(index)")
    }
    #expect(found > 20)
  }

  @Test("a cache gives the verifier's answers, and separates the issuers")
  func cached() throws {
    let (first, second) = (Issuer.c, Issuer.e)
    let keys = RotatingKeySet(try KeySet([first.verificationKey]))
    let verifier = try IssuerVerifier([first.verifier(keys), second.verifier()])
    let cache = TokenCache()
    let cached = CachedVerifier(verifier, cache: cache)
    let own = try first.token(["iss": .string(first.name), "aud": .string(first.audience)])
    let other = try second.token(["iss": .string(second.name), "aud": .string(second.audience)])
    let forged = try second.token(["iss": .string(first.name), "aud": .string(first.audience)])
    for _ in 0..<3 {
      #expect(try cached.verify(own).issuer == first.name)
      #expect(try cached.verify(other).issuer == second.name)
      #expect(throws: JWTError.algorithmNotAllowed) { try cached.verify(forged) }
    }
    #expect(cache.statistics.hits == 4 && cache.statistics.entries == 2)
    // When one issuer's keys change, its cached tokens are dropped and the other's are kept.
    keys.replace(with: try KeySet([Issuer.d.verificationKey]))
    let reason = reason { () throws(JWTError) in try cached.verify(own) }
    #expect(["signature_invalid", "alg_key_mismatch"].contains(reason))
    let hits = cache.statistics.hits
    #expect(try cached.verify(other).issuer == second.name)
    #expect(cache.statistics.hits == hits + 1)
    #expect(throws: JWTError.issuerUnknown) {
      try cached.verify(try Issuer.a.token(["iss": "https://a.test"]))
    }
  }

  @Test("chooses without verifying, and asks for the scratch that it needs")
  func choice() throws {
    let (a, b) = (try Issuer.a.verifier(), try Issuer.b.verifier())
    let verifier = try IssuerVerifier([a, b])
    let token = Array(try Issuer.a.token(["iss": .string(Issuer.b.name)]).utf8)
    let needed = Verifier.scratchLength(forToken: token.count)
    var scratch = [UInt8](repeating: 0, count: needed)
    var span = scratch.mutableSpan
    #expect(try verifier.verifier(for: token.span, scratch: &span) === b)
    var short = [UInt8](repeating: 0, count: needed - 1)
    var little = short.mutableSpan
    var thrown: JWTError?
    do throws(JWTError) {
      _ = try verifier.verify(token.span, scratch: &little)
    } catch {
      thrown = error
    }
    #expect(thrown == .bufferTooSmall(needed: needed))
  }

  /// A token of one of the issuers, valid or invalid in one of many ways.
  private static func token(
    _ number: Int, _ issuers: [Issuer], _ generator: inout Seeded
  ) throws -> String {
    let issuer = issuers.randomElement(using: &generator)!
    let other = issuers.randomElement(using: &generator)!
    var claims: Claims = [
      "iss": .string(issuer.name), "aud": .string(issuer.audience),
      "sub": .string("user \(number)"), "exp": .integer(now + 60),
    ]
    switch Int.random(in: 0..<16, using: &generator) {
    case 0: claims["iss"] = .string(other.name)
    case 1: claims["iss"] = "https://nowhere.test"
    case 2: claims["iss"] = nil
    case 3: claims["exp"] = .integer(now)
    case 4: claims["aud"] = "another"
    case 5: claims["x"] = .string("\u{1f511}\n" + String(repeating: "y", count: number % 300))
    case 6: return String(try issuer.token(claims).dropLast(3))
    case 7: return try issuer.token(#"{"iss":"\#(issuer.name)","aud":"#)
    case 8: return "no token"
    case 9: return "." + (try issuer.token(claims))
    default: break
    }
    return try issuer.token(claims)
  }

  private func reason(_ body: () throws(JWTError) -> VerifiedClaims) -> String? {
    do throws(JWTError) {
      _ = try body()
      return nil
    } catch {
      return error.code.rawValue
    }
  }
}

/// An issuer with its own key, shared by all tests.
private struct Issuer {
  let name: String
  let kid: String
  let algorithm: Algorithm
  let audience: String
  private let key: SigningKey

  static let a = Issuer("https://a.test", kid: "k1", .hs256, "a")
  static let b = Issuer("https://b.test", kid: "k1", .hs256, "a")
  static let c = Issuer("https://c.test", kid: "k1", .es256, "c")
  static let d = Issuer("https://d.test/realms/main", kid: "k1", .rs256, "d")
  static let e = Issuer("https://e.test", kid: "k1", .edDSA, "e")
  static let f = Issuer("urn:f", kid: "k2", .hs512, "f")
  static let all = [a, b, c, d, e, f]

  init(_ name: String, kid: String, _ algorithm: Algorithm, _ audience: String) {
    (self.name, self.kid, self.algorithm, self.audience) = (name, kid, algorithm, audience)
    // TEST KEYS: never use them.
    key =
      switch algorithm {
      case .es256: try! SigningKey.generate(.p256, keyID: kid)
      case .rs256: try! SigningKey.generate(.rsa, bits: 2048, keyID: kid)
      case .edDSA: try! SigningKey.generate(.ed25519, keyID: kid)
      default:
        try! SigningKey(
          secret: Secret("a test secret of \(Array(name.utf8)), as long as it has to be for all"),
          keyID: kid)
      }
  }

  var verificationKey: VerificationKey { key.verificationKey }

  /// The verifier of this issuer only. Except for `a` its key is in a set and found by `kid`.
  func verifier(_ keys: RotatingKeySet? = nil) throws -> Verifier {
    if keys == nil, name == "https://a.test" {
      return try Verifier(
        key: verificationKey, algorithms: [algorithm], audience: [audience], issuer: name,
        clock: { IssuerVerifierTests.now })
    }
    return Verifier(
      keys: try keys ?? RotatingKeySet(KeySet([verificationKey])), algorithms: [algorithm],
      audience: [audience], issuer: name, clock: { IssuerVerifierTests.now })
  }

  func token(_ claims: Claims) throws -> String {
    try Signer(key: key, algorithm: algorithm).sign(claims)
  }

  func token(_ payload: String) throws -> String {
    let signer = try Signer(key: key, algorithm: algorithm)
    let payload = Array(payload.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    var span = token.mutableSpan
    let count = try signer.sign(payload: payload.span, into: &span)
    return String(decoding: token[..<count], as: UTF8.self)
  }
}

private func base64URL(_ text: String) -> String {
  let bytes = Array(text.utf8)
  var characters = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: bytes.count))
  var span = characters.mutableSpan
  _ = try? Base64URL.encode(bytes.span, in: 0..<bytes.count, into: &span)
  return String(decoding: characters, as: UTF8.self)
}
