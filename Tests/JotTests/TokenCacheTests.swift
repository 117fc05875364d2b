import Foundation
import Jot
import Synchronization
import Testing

/// A cached answer equals the verifier's, whatever happens between two look-ups (promise P8).
@Suite("TokenCache")
struct TokenCacheTests {
  static let now: Int64 = 1_767_225_600

  /// A clock that the test sets.
  final class Clock: Sendable {
    private let seconds = Atomic<Int64>(now)
    var time: Int64 {
      get { seconds.load(ordering: .relaxed) }
      set { seconds.store(newValue, ordering: .relaxed) }
    }
  }

  /// A verification's result, with everything that a caller can see.
  struct Outcome: Equatable {
    var error: JWTError?
    var payload: [UInt8] = []
    var index = ""

    init(_ token: [UInt8], capacity: Int? = nil, _ verify: Verify) {
      let length = capacity ?? Verifier.scratchLength(forToken: token.count)
      var scratch = [UInt8](repeating: 0xa5, count: length)
      var span = scratch.mutableSpan
      do throws(JWTError) {
        let claims = try verify(token.span, &span)
        // Covers every field.
        index = String(reflecting: claims)
        payload = Array(scratch[..<claims.payloadLength])
      } catch {
        self.error = error
      }
    }
  }
  typealias Verify = (Span<UInt8>, inout MutableSpan<UInt8>) throws(JWTError) -> ClaimIndex

  static func cached(
    _ token: [UInt8], _ cache: TokenCache, _ verifier: Verifier, capacity: Int? = nil
  ) -> Outcome {
    Outcome(token, capacity: capacity) { token, scratch throws(JWTError) in
      try cache.verify(token, with: verifier, scratch: &scratch)
    }
  }

  static func uncached(_ token: [UInt8], _ verifier: Verifier, capacity: Int? = nil) -> Outcome {
    Outcome(token, capacity: capacity) { token, scratch throws(JWTError) in
      try verifier.verify(token, scratch: &scratch)
    }
  }

  static func signing(_ name: String) throws -> SigningKey {
    try SigningKey(privateKey: #require(TestKeys.shared[name]?.privatePkcs8Pem))
  }

  static func token(
    _ key: SigningKey, _ algorithm: Algorithm, _ claims: Claims, id: String? = nil
  ) throws -> [UInt8] {
    Array(try Signer(key: key, algorithm: algorithm, keyID: id).sign(claims).utf8)
  }

  @Test(
    "a hit gives what verification gives: payload, offsets, times",
    arguments: [
      ("rsa2048", .rs256), ("rsa2048", .ps256), ("p256", .es256), ("ed25519", .edDSA),
    ] as [(String, Algorithm)])
  func hit(name: String, algorithm: Algorithm) throws {
    let key = try Self.signing(name)
    let verifier = try Verifier(
      key: key.verificationKey, algorithms: [algorithm], audience: ["a"], issuer: "i",
      required: ["role"], clock: { Self.now })
    let cache = TokenCache()
    // Payload lengths around every block and word boundary, and one too long to cache.
    for length in Array(0...20) + [100, 240, 241, 248, 480, 500, 1000, 3900, 4200] {
      let token = try Self.token(
        key, algorithm,
        [
          "sub": .string(String(repeating: "x", count: length)), "aud": ["a", "b"], "iss": "i",
          "jti": "\u{1f511}\"", "exp": .integer(Self.now + 1), "nbf": .integer(Self.now),
          "iat": .integer(Self.now - 5), "role": 7,
        ])
      let before = cache.statistics
      let wanted = Self.uncached(token, verifier)
      try #require(wanted.error == nil)
      for _ in 0..<3 { #expect(Self.cached(token, cache, verifier) == wanted) }
      let isKept = length <= 3900
      #expect(cache.statistics.hits - before.hits == (isKept ? 2 : 0), "\(length)")
      #expect(cache.statistics.dropped - before.dropped == (isKept ? 0 : 3), "\(length)")
      // The API for strings.
      let text = String(decoding: token, as: UTF8.self)
      let (claims, others) = (
        try CachedVerifier(verifier, cache: cache).verify(text), try verifier.verify(text)
      )
      #expect(claims.payload == others.payload && claims.integer("role") == 7)
      #expect(claims.subject == others.subject && claims.audience == ["a", "b"])
      // A token with one changed bit in its signature is a different token.
      var other = token
      other[token.count - 2] ^= 1
      #expect(Self.cached(other, cache, verifier) == Self.uncached(other, verifier))
      // Look up claims by name in the scratch that a hit filled.
      var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
      var span = scratch.mutableSpan
      let index = try cache.verify(token.span, with: verifier, scratch: &span)
      let name = Array("role".utf8)
      #expect(index.integer(of: name.span, in: span) == 7)
    }
  }

  @Test("a refused token gives the verifier's reason and is never cached")
  func refusals() throws {
    let key = try Self.signing("p256")
    let verifier = try Verifier(
      key: key.verificationKey, algorithms: [.es256], audience: ["a"], tokenLimit: 400,
      clock: { Self.now })
    let cache = TokenCache()
    let good = try Self.token(key, .es256, ["aud": "a", "exp": .integer(Self.now + 1)])
    let bad = [
      [], Array("a.b.c".utf8), Array("a.b".utf8), [UInt8](repeating: 46, count: 401), good + [65],
      Array(good.dropLast()), good + good,
      try Self.token(key, .es256, ["aud": "b"]), try Self.token(key, .es256, [:]),
      try Self.token(key, .es256, ["aud": "a", "exp": .integer(Self.now)]),
      try Self.token(key, .es256, ["aud": "a", "exp": "soon"]),
      try Self.token(Self.signing("rsa2048"), .rs256, ["aud": "a"]),
    ]
    for token in bad {
      for _ in 0..<2 {
        let wanted = Self.uncached(token, verifier)
        #expect(wanted.error != nil)
        #expect(Self.cached(token, cache, verifier) == wanted)
      }
    }
    #expect(cache.statistics.hits == 0 && cache.statistics.entries == 0)
    // A scratch that is too short is refused for a cached token too.
    let needed = Verifier.scratchLength(forToken: good.count)
    for _ in 0..<2 {
      #expect(Self.cached(good, cache, verifier, capacity: needed).error == nil)
      let short = Self.cached(good, cache, verifier, capacity: needed - 1)
      #expect(short.error == .bufferTooSmall(needed: needed))
    }
    #expect(cache.statistics.hits == 1)
  }

  @Test("every hit reads the clock, forward and back, and gives the verifier's reasons")
  func clock() throws {
    let key = try Self.signing("ed25519")
    let clock = Clock()
    let cache = TokenCache()
    let token = try Self.token(
      key, .edDSA,
      [
        "exp": .integer(Self.now + 100), "nbf": .integer(Self.now - 100),
        "iat": .integer(Self.now - 200),
      ])
    for (leeway, age) in [(0, nil), (10, 250), (0, 10_000), (.max, .max)] as [(Int64, Int64?)] {
      let verifier = try Verifier(
        key: key.verificationKey, algorithms: [.edDSA], leeway: leeway, maximumAge: age,
        clock: { clock.time })
      clock.time = Self.now
      try #require(Self.cached(token, cache, verifier).error == nil)
      var reasons: Set<String> = []
      var around: [Int64] = []
      for edge: Int64 in [-200, -100, 0, 50, 100] {
        for step: Int64 in [-11, -10, -1, 0, 1, 11] { around.append(edge + step) }
      }
      for offset in around + around.reversed() {
        clock.time = Self.now + offset
        let wanted = Self.uncached(token, verifier)
        #expect(Self.cached(token, cache, verifier) == wanted, "\(offset)")
        reasons.insert(wanted.error?.code.rawValue ?? "")
      }
      for time in [Int64.min, 0, .max] {
        clock.time = time
        #expect(Self.cached(token, cache, verifier) == Self.uncached(token, verifier))
      }
      if leeway == 0, age == nil { #expect(reasons == ["", "expired", "not_yet_valid"]) }
      if age == 250 { #expect(reasons == ["", "token_too_old", "not_yet_valid"]) }
    }
    #expect(cache.statistics.misses == 4 && cache.statistics.hits == 4 * 63)
  }

  @Test(
    "replacing a set drops what it verified, and restoring the set does not bring it back")
  func rotation() throws {
    let (old, new) = (try Self.signing("p256"), try Self.signing("ed25519"))
    let sets = [
      try KeySet([old.verificationKey]), try KeySet([new.verificationKey]),
      try KeySet([VerificationKey(secret: Secret(VerifierTests.secret))]),
    ]
    let keys = RotatingKeySet(sets[0])
    let verifier = Verifier(keys: keys, algorithms: Algorithm.allCases)
    let cache = TokenCache()
    let tokens = [
      try Self.token(old, .es256, ["sub": "old"]), try Self.token(new, .edDSA, ["sub": "new"]),
      try Self.token(SigningKey(secret: Secret(VerifierTests.secret)), .hs256, ["sub": "mac"]),
    ]
    func expect(_ inForce: Int) {
      for (number, token) in tokens.enumerated() {
        for _ in 0..<2 {
          let found = Self.cached(token, cache, verifier)
          #expect((found.error == nil) == (number == inForce))
          #expect(found == Self.uncached(token, verifier))
        }
      }
    }
    expect(0)
    #expect(cache.statistics.hits == 1)
    keys.replace(with: sets[1])
    expect(1)
    #expect(cache.statistics.hits == 2 && cache.statistics.stale == 2)
    // The first set again: its entry belongs to an old generation.
    keys.replace(with: sets[0])
    expect(0)
    #expect(cache.statistics.hits == 3 && cache.statistics.stale == 5)
    #expect(cache.statistics.entries == 2, "in the old entry's place")
    // HMAC keys bypass the cache.
    let before = cache.statistics
    keys.replace(with: sets[2])
    expect(2)
    #expect(cache.statistics == before)
    keys.replace(with: sets[0])
    expect(0)
  }

  @Test("verifiers that share a cache and a key never find each other's entries")
  func sharing() throws {
    let key = try Self.signing("ed25519")
    let cache = TokenCache(entries: 64, bytes: 1 << 16)
    let audiences: [[String]?] = [["a"], ["b"], nil, ["a", "b"]]
    let verifiers = try (audiences + audiences).map {
      try Verifier(key: key.verificationKey, algorithms: [.edDSA], audience: $0)
    }
    let tokens = try [["aud": "a"], ["aud": "b"], [:]].map { try Self.token(key, .edDSA, $0) }
    for _ in 0..<3 {
      for verifier in verifiers {
        for token in tokens {
          #expect(Self.cached(token, cache, verifier) == Self.uncached(token, verifier))
        }
      }
    }
    #expect(cache.statistics.entries == 10 && cache.statistics.hits == 20)
    // The number of a released verifier is never reused.
    for _ in 0..<20 {
      let another = try Verifier(key: key.verificationKey, algorithms: [.edDSA], audience: ["b"])
      #expect(Self.cached(tokens[0], cache, another).error == .audienceMismatch)
    }
  }

  @Test("HMAC tokens bypass the cache and go to the verifier")
  func hmac() throws {
    let key = try SigningKey(secret: Secret(VerifierTests.secret))
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.hs256])
    let cache = TokenCache()
    let token = try Self.token(key, .hs256, ["sub": "x"])
    for _ in 0..<3 {
      #expect(Self.cached(token, cache, verifier) == Self.uncached(token, verifier))
    }
    #expect(cache.statistics.misses == 0 && cache.statistics.entries == 0)
  }

  /// Tokens of one key with different subjects, each `padding` bytes longer than necessary.
  static func tokens(
    _ key: SigningKey, _ algorithm: Algorithm, _ numbers: Range<Int>, padding: Int = 0
  ) throws -> [[UInt8]] {
    let signer = try Signer(key: key, algorithm: algorithm)
    let more = String(repeating: "p", count: padding)
    return try numbers.map { Array(try signer.sign(["sub": .string("\($0)\(more)")]).utf8) }
  }

  @Test(
    "both limits hold under a flood, and the capacity is used, whatever the sizes",
    arguments: [(1, 1 << 16), (7, 1 << 16), (100, 1 << 20), (10_000, 1 << 16), (400, 1 << 18)])
  func bounds(entries: Int, bytes: Int) throws {
    let key = try Self.signing("ed25519")
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.edDSA])
    let cache = TokenCache(entries: entries, bytes: bytes)
    #expect(cache.byteCount <= bytes)
    var kept: (least: Int, most: Int) = (.max, 0)
    for padding in [0, 100, 1500, 3500, 20] {
      for token in try Self.tokens(key, .edDSA, 0..<300, padding: padding) {
        #expect(Self.cached(token, cache, verifier).error == nil)
        #expect(Self.cached(token, cache, verifier).error == nil)
        kept.most = max(kept.most, cache.statistics.entries)
      }
      kept.least = min(kept.least, cache.statistics.entries)
    }
    #expect(kept.most <= entries && kept.least >= min(entries, 8), "\(kept)")
    let counts = cache.statistics
    #expect(counts.hits + counts.misses == 3000 && counts.stale == 0 && counts.dropped == 0)
    #expect(counts.hits == 1500, "what was put in last is there")
    #expect(counts.misses - counts.evictions == counts.entries)
    cache.removeAll()
    #expect(cache.statistics.entries == 0)
    let token = try Self.tokens(key, .edDSA, 0..<1)[0]
    #expect(Self.cached(token, cache, verifier).error == nil)
    #expect(cache.statistics.hits == 1500 && cache.statistics.entries == 1)
  }

  @Test("frequent tokens stay while tokens that are used once pass through")
  func scan() throws {
    let key = try Self.signing("ed25519")
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.edDSA])
    let cache = TokenCache(entries: 60)
    let hot = try Self.tokens(key, .edDSA, 0..<20)
    for token in hot + hot { #expect(Self.cached(token, cache, verifier).error == nil) }
    let before = cache.statistics
    // Ten times the cache's capacity; the frequent tokens recur.
    for (number, token) in try Self.tokens(key, .edDSA, 1000..<1600).enumerated() {
      #expect(Self.cached(token, cache, verifier).error == nil)
      if number % 25 == 24 {
        for token in hot { #expect(Self.cached(token, cache, verifier).error == nil) }
      }
    }
    #expect(cache.statistics.hits - before.hits == 24 * 20, "no hot one was evicted")
    #expect(cache.statistics.evictions == 560)
  }

  @Test("every entry is found, however many were inserted and evicted before")
  func table() throws {
    let key = try Self.signing("ed25519")
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.edDSA])
    let cache = TokenCache(entries: 150, bytes: 1 << 17)
    let tokens = try Self.tokens(key, .edDSA, 0..<1000)
    for token in tokens { #expect(Self.cached(token, cache, verifier).error == nil) }
    let entries = cache.statistics.entries
    #expect(entries == 150)
    // There were no hits yet, so the oldest entries were evicted first.
    for token in tokens.suffix(entries) {
      #expect(Self.cached(token, cache, verifier).error == nil)
    }
    #expect(cache.statistics.hits == entries)
    // SIEVE's hand clears the marks, one by one.
    for token in tokens.prefix(300) { #expect(Self.cached(token, cache, verifier).error == nil) }
    #expect(cache.statistics.hits == entries && cache.statistics.entries == entries)
  }

  @Test("the cache's memory has no part of a token except the claims")
  func secrecy() throws {
    let key = try Self.signing("rsa2048")
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.rs256])
    let cache = TokenCache(entries: 64, bytes: 1 << 17)
    var pieces: Set<[UInt8]> = []
    let tokens = try Self.tokens(key, .rs256, 0..<100, padding: 30)
    for token in tokens {
      for _ in 0..<2 { #expect(Self.cached(token, cache, verifier).error == nil) }
      let text = String(decoding: token, as: UTF8.self)
      // The signature's text, and its bytes, which the scratch contains.
      let segments = text.split(separator: ".")
      let standard = segments[2].replacing("-", with: "+").replacing("_", with: "/")
      let signature = try #require(Data(base64Encoded: standard + "=="))
      for bytes in [Array(segments[0].utf8), Array(segments[1].utf8), Array(segments[2].utf8)] {
        for start in 0...bytes.count - 12 { pieces.insert(Array(bytes[start..<start + 12])) }
      }
      // Pieces of five bytes, since copying a whole word could copy up to seven bytes too many.
      for start in 0...signature.count - 5 { pieces.insert(Array(signature[start..<start + 5])) }
    }
    let memory = cache.contents
    var found = 0
    for start in 0..<memory.count - 12 {
      if pieces.contains(Array(memory[start..<start + 12])) { found += 1 }
      let five = Array(memory[start..<start + 5])
      // Ignore zeros and letters that the claims have too.
      if Set(five).count == 5, pieces.contains(five) { found += 1 }
    }
    #expect(found == 0)
    // The payload is there; after it, up to a whole word, nothing of the scratch.
    for (subject, text) in [("it", "it"), ("it is", "it is"), ("\u{1}\"", #"\u0001\""#)] {
      let token = try Self.token(key, .rs256, ["sub": .string(subject)])
      #expect(Self.cached(token, cache, verifier).error == nil)
      let payload = Array(#"{"sub":"\#(text)"}"#.utf8)
      let memory = cache.contents
      let range = try #require(memory.firstRange(of: payload))
      let end = (range.upperBound + 7) / 8 * 8
      #expect(range.lowerBound % 8 == 0 && end > range.upperBound)
      #expect(memory[range.upperBound..<end].allSatisfy { $0 == 0 }, "\(text)")
    }
  }
}
