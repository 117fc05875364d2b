import Jot
import TestSupport
import Testing

/// A batch gives each token the same verdict as a single call.
@Suite("Verifier.verify(batch:) and Signer.sign(batch:)")
struct BatchTests {
  static let now: Int64 = 1_767_225_600

  @Test("gives each token the same verdict as alone, whatever the other tokens are")
  func verdicts() throws {
    for (signing, algorithm) in try Self.keys() {
      let verifier = try Verifier(
        key: signing.verificationKey, algorithms: [algorithm], audience: ["a"],
        clock: { Self.now })
      var generator = Seeded(seed: 7)
      for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70] {
        let tokens = try (0..<count).map { _ in
          try Self.token(signing, algorithm, Int.random(in: 0..<14, using: &generator), &generator)
        }
        try Self.compare(tokens, verifier)
      }
    }
  }

  @Test("finds each token's own key in a set")
  func keySets() throws {
    let secrets = try (0..<3).map { index in
      try SigningKey(
        secret: Secret(String(repeating: "secret \(index)", count: 8)), keyID: "key-\(index)")
    }
    let publics = try Self.keys().enumerated().filter { $1.0.type != .secret }
      .map { index, pair in
        (try SigningKey(privateKey: TestKeys.pem(pair.0.type), keyID: "\(index)"), pair.1)
      }
    var generator = Seeded(seed: 3)
    let sets: [([(SigningKey, Algorithm)], [Algorithm])] = [
      (secrets.map { ($0, .hs256) } + secrets.map { ($0, .hs512) }, [.hs256, .hs512]),
      (publics, publics.map(\.1)),
    ]
    for (keys, algorithms) in sets {
      var seen: Set<String> = []
      let set = try KeySet(
        keys.map(\.0).filter { seen.insert($0.keyID ?? "").inserted }
          .map(\.verificationKey))
      let verifier = Verifier(
        keys: set, algorithms: algorithms, audience: ["a"], clock: { Self.now })
      // More than are searched for tokens of one lane.
      for count in [1, 5, 16, 40] + (keys[0].0.type == .secret ? [600] : []) {
        let tokens = try (0..<count).map { _ in
          let (key, algorithm) = keys.randomElement(using: &generator)!
          return try Self.token(
            key, algorithm, Int.random(in: 0..<14, using: &generator), &generator)
        }
        try Self.compare(tokens, verifier)
      }
    }
  }

  @Test("asks for the scratch that it needs before it reads anything")
  func scratch() throws {
    let key = try SigningKey(secret: Secret(String(repeating: "secret", count: 12)))
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.hs256])
    let token = Array(try Signer(key: key, algorithm: .hs256).sign(["sub": "a"]).utf8)
    let needed = Verifier.scratchLength(forTokens: 1, longest: token.count)
    var scratch = [UInt8](repeating: 0xaa, count: needed - 1)
    var verdicts: [Verifier.Verdict] = [Verifier.Verdict()]
    var (places, thrown) = ([0..<token.count], nil as JWTError?)
    do {
      var span = scratch.mutableSpan
      var results = verdicts.mutableSpan
      do throws(JWTError) {
        try verifier.verify(
          batch: places.span, of: token.span, scratch: &span, into: &results)
      } catch { thrown = error }
    }
    places = []
    #expect(thrown == .bufferTooSmall(needed: needed))
    #expect(scratch.allSatisfy { $0 == 0xaa })
  }

  @Test("writes each token as alone, whatever batch sizes the kernels use")
  func signing() throws {
    for (key, algorithm) in try Self.keys() where algorithm.family == .hmac || algorithm == .rs256 {
      for keyID in [nil, "a key", String(repeating: "k", count: 70)] {
        let signer = try Signer(key: key, algorithm: algorithm, keyID: keyID)
        let counts = [0, 1, 2, 5, 16, 17, 31, 32, 33, 40, 63, 64, 65, 97]
        for count in algorithm.family == .hmac ? counts : [0, 1, 2, 5] {
          let claims = (0..<count).map { index -> Claims in
            [
              "sub": .string(String(repeating: "s", count: index * 7 % 90)),
              "n": .integer(Int64(index)),
            ]
          }
          #expect(try signer.sign(claims) == claims.map { try signer.sign($0) })
        }
      }
    }
  }

  @Test(
    "asks for the capacity that the tokens need before it writes anything, and writes no further")
  func span() throws {
    for (key, algorithm) in try Self.keys() where algorithm.family == .hmac {
      let signer = try Signer(key: key, algorithm: algorithm)
      let text = Array(#"{"n":1}{"n":22}{}"#.utf8)
      let payloads = [0..<7, 7..<15, 15..<17]
      let needed = payloads.reduce(0) { $0 + signer.tokenLength(forPayload: $1.count) }
      for spare in [-1, 0, 1, 70] {
        var tokens = [UInt8](repeating: 0xaa, count: needed + spare)
        var places = [Range<Int>](repeating: 0..<0, count: 3)
        var thrown: JWTError?
        do {
          var span = tokens.mutableSpan
          var results = places.mutableSpan
          do throws(JWTError) {
            try signer.sign(batch: payloads.span, of: text.span, into: &span, ranges: &results)
          } catch { thrown = error }
        }
        if spare < 0 {
          #expect(thrown == .bufferTooSmall(needed: needed))
          #expect(tokens.allSatisfy { $0 == 0xaa } && places.allSatisfy(\.isEmpty))
        } else {
          #expect(thrown == nil && places.last?.upperBound == needed)
          #expect(tokens[needed...].allSatisfy { $0 == 0xaa })
          for (payload, range) in zip(payloads, places) {
            var alone = [UInt8](repeating: 0, count: range.count)
            var span = alone.mutableSpan
            let count = try signer.sign(payload: text[payload].span, into: &span)
            #expect(count == range.count && alone == Array(tokens[range]))
          }
        }
      }
    }
  }

  // MARK: -

  /// Compares verdicts, claims and payload bytes with those of each token alone.
  private static func compare(_ tokens: [String], _ verifier: Verifier) throws {
    let together = verifier.verify(tokens)
    #expect(together.count == tokens.count)
    for (token, verdict) in zip(tokens, together) {
      let alone = Result { () throws(JWTError) in try verifier.verify(token) }
      switch (alone, verdict) {
      case (.success(let left), .success(let right)):
        #expect(left.payload == right.payload)
        #expect(left.subject == right.subject && left.expiration == right.expiration)
        #expect(left.audience == right.audience && left.issuedAt == right.issuedAt)
      case (.failure(let left), .failure(let right)): #expect(left == right)
      default: Issue.record("\(alone) alone, \(verdict) in a batch")
      }
    }
  }

  /// A token of one of several kinds, most of them invalid.
  private static func token(
    _ key: SigningKey, _ algorithm: Algorithm, _ kind: Int, _ generator: inout Seeded
  ) throws -> String {
    let filler = String(repeating: "é\u{1}x", count: Int.random(in: 0...40, using: &generator))
    let good: Claims = [
      "sub": .string("\(generator.next())"), "aud": "a", "exp": .integer(now + 9),
      "name": .string(kind == 1 ? filler : ""), "n": .integer(Int64(kind)),
    ]
    var claims = good
    if kind == 2 { claims["exp"] = .integer(now) }
    if kind == 3 { claims["aud"] = ["b"] }
    if kind == 4 { claims["iat"] = .integer(now + 1) }
    let signer = try Signer(
      key: key, algorithm: algorithm, type: kind == 5 ? "at+jwt" : "JWT",
      contentType: kind == 6 ? "x" : nil)
    let token = try signer.sign(claims)
    var parts = token.split(separator: ".").map(String.init)
    switch kind {
    case 7: parts[2] = (parts[2].first == "A" ? "B" : "A") + parts[2].dropFirst()
    case 8: parts[2].removeLast()
    case 9: parts[2] += "AAAA"
    case 10: parts[0] = "eyJhbGciOiJub25lIn0"
    case 11: parts[1] = "*"
    case 12: return token + "."
    case 13: return ""
    default: break
    }
    return parts.joined(separator: ".")
  }

  private static func keys() throws -> [(SigningKey, Algorithm)] {
    let secret = Secret(String(repeating: "secret", count: 12))
    return [
      (try SigningKey(secret: secret), .hs256), (try SigningKey(secret: secret), .hs384),
      (try SigningKey(secret: secret), .hs512),
      (try SigningKey(privateKey: TestKeys.pem(.rsa)), .rs256),
      (try SigningKey(privateKey: TestKeys.pem(.rsa)), .ps384),
      (try SigningKey(privateKey: TestKeys.pem(.p256)), .es256),
      (try SigningKey(privateKey: TestKeys.pem(.ed25519)), .edDSA),
    ]
  }
}

extension TestKeys {
  /// The private key of a type, as PEM.
  static func pem(_ type: KeyType) throws -> String {
    let names: [KeyType: String] = [.rsa: "rsa2048", .p256: "p256", .ed25519: "ed25519"]
    return try #require(names[type].flatMap { shared[$0]?.privatePkcs8Pem })
  }
}
