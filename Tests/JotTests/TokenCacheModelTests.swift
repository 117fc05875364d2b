import Foundation
import Jot
import Synchronization
import TestSupport
import Testing

/// Model test: random operations on a cached and an uncached verifier must not differ.
@Suite("TokenCache beside a verifier")
struct TokenCacheModelTests {
  /// The number of operations: `JOT_CAMPAIGN=1000000` for a long run, otherwise `usual`.
  static func rounds(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["JOT_CAMPAIGN"].flatMap { Int($0) } ?? usual
  }

  /// What a caller sees of a verification, cheap to collect.
  struct Answer: Equatable {
    var error: JWTError?
    var payload: [UInt8] = []
    var times: [Int64?] = []
    var places: [Range<Int>?] = []

    init(_ token: [UInt8], _ scratch: inout [UInt8], _ verify: TokenCacheTests.Verify) {
      var room = scratch.mutableSpan
      do throws(JWTError) {
        let claims = try verify(token.span, &room)
        times = [claims.expiration, claims.notBefore, claims.issuedAt]
        places = [
          claims.issuer?.range, claims.subject?.range, claims.tokenID?.range,
          claims.audience?.range,
        ]
        payload = Array(scratch[claims.payload])
      } catch {
        self.error = error
      }
    }
  }

  /// The shared state: keys, tokens, verifiers and a clock.
  final class SharedState: @unchecked Sendable {
    let clock = TokenCacheTests.Clock()
    let sets: [KeySet]
    let rotating: RotatingKeySet
    let verifiers: [Verifier]
    let tokens: [[UInt8]]
    private var inForce = 0

    init(tokensPerKey: Int, _ generator: inout Seeded) throws {
      let keys = try ["rsa2048", "rsa2048b"].map { try TokenCacheTests.signing($0) }
      sets = try keys.map { try KeySet([$0.verificationKey]) }
      rotating = RotatingKeySet(sets[0])
      let clock = clock
      verifiers =
        [
          Verifier(keys: rotating, algorithms: [.rs256], audience: ["a"], clock: { clock.time }),
          Verifier(
            keys: rotating, algorithms: [.rs256, .ps256], audience: ["a", "b"], leeway: 40,
            maximumAge: 700, clock: { clock.time }),
          try Verifier(
            key: keys[0].verificationKey, algorithms: [.ps256, .rs256], audience: ["a", "b"],
            clock: { clock.time }),
        ]
      var tokens: [[UInt8]] = []
      for key in keys {
        for number in 0..<tokensPerKey {
          let text = String(
            repeating: "\(number) ", count: Int.random(in: 1...200, using: &generator))
          var claims: Claims = ["sub": .string(text), "aud": number % 5 == 4 ? "b" : "a"]
          for (name, chance) in [("exp", 8), ("nbf", 4), ("iat", 9)] as [(String, Int)]
          where Int.random(in: 0..<10, using: &generator) < chance {
            let distance = Int64.random(in: -100...800, using: &generator)
            claims[name] = .integer(TokenCacheTests.now + (name == "exp" ? distance : -distance))
          }
          let algorithm: Algorithm = number % 7 == 6 ? .ps256 : .rs256
          var token = try TokenCacheTests.token(key, algorithm, claims)
          if number % 11 == 10 { token[token.count - 3] ^= 1 }
          tokens.append(token)
        }
      }
      self.tokens = tokens
    }

    func rotate(_ generator: inout Seeded) {
      inForce = Int.random(in: 0..<sets.count, using: &generator)
      rotating.replace(with: sets[inForce])
    }

    /// A random token, most often one that the current set has signed.
    func token(_ generator: inout Seeded) -> [UInt8] {
      let share = tokens.count / sets.count
      let start = Int.random(in: 0..<8, using: &generator) == 0 ? 0 : inForce * share
      return tokens[start + Int.random(in: 0..<share, using: &generator)]
    }

    func turnClock(_ generator: inout Seeded) {
      // Mostly near the times at which some tokens become valid or expire.
      let far: Int64 = Int.random(in: 0..<10, using: &generator) == 0 ? 5000 : 300
      clock.time = TokenCacheTests.now + .random(in: -far...far, using: &generator)
    }
  }

  @Test("random operations, sequential and nested: no answer differs")
  func model() throws {
    var generator = Seeded(seed: 77)
    let shared = try SharedState(tokensPerKey: 24, &generator)
    let caches = [TokenCache(), TokenCache(entries: 12, bytes: 1 << 16), TokenCache(entries: 1)]
    let length = Verifier.scratchLength(forToken: shared.tokens.map { $0.count }.max()!)
    var scratch = [UInt8](repeating: 0, count: length)
    var (differences, inside, accepted) = (0, 0, 0)
    for _ in 0..<Self.rounds(20_000) {
      switch Int.random(in: 0..<2000, using: &generator) {
      case 0...2: shared.rotate(&generator)
      case 3...30: shared.turnClock(&generator)
      case 31:
        caches.randomElement(using: &generator)!.removeAll()
      default: break
      }
      let token = shared.token(&generator)
      let verifier = shared.verifiers.randomElement(using: &generator)!
      // Mostly the cache that is large enough for all tokens, so that most operations are hits.
      let cache = caches[max(0, .random(in: -5...2, using: &generator))]
      func uncached() -> Answer {
        Answer(token, &scratch) { token, scratch throws(JWTError) in
          try verifier.verify(token, scratch: &scratch)
        }
      }
      let before = uncached()
      if before.error == nil { accepted += 1 }
      // Sometimes the state changes during a verification; either answer is then right.
      let change = Int.random(in: 0..<250, using: &generator)
      var isChanged = false
      func interfere() {
        if isChanged { return }
        isChanged = true
        inside += 1
        switch change {
        case 0: shared.rotate(&generator)
        case 1: shared.turnClock(&generator)
        case 2: cache.removeAll()
        default:
          // Other verifications run in between: the same token, and many others.
          for number in 0..<change {
            let other = number == 0 ? token : shared.tokens.randomElement(using: &generator)!
            let verifier =
              number == 0 ? verifier : shared.verifiers.randomElement(using: &generator)!
            var room = [UInt8](repeating: 0, count: length)
            var span = room.mutableSpan
            _ = try? cache.verify(other.span, with: verifier, scratch: &span)
          }
        }
      }
      let found = Answer(token, &scratch) { token, scratch throws(JWTError) in
        guard change < 6 else { return try cache.verify(token, with: verifier, scratch: &scratch) }
        return try cache.verify(
          token, with: verifier, scratch: &scratch, whileReading: interfere,
          beforeKeeping: interfere)
      }
      if found != before, change >= 2 || found != uncached() { differences += 1 }
    }
    #expect(differences == 0)
    let counts = caches.map { $0.statistics }
    print("model: \(counts), \(inside) changes inside, \(accepted) accepted")
    // Tokens must repeat, or the comparison would cover little; a refused token is never a hit.
    #expect(counts[0].hits > accepted / 2 && counts[0].stale > 0 && inside > 100)
    #expect(counts[1].evictions > 0 && counts[2].entries <= 1)
  }

  /// Runs `body` with a cache whose one entry has the claims of `tokens[0]`, verified by `keys`.
  static func withTwoTokens(
    padding: Int = 300,
    _ body: (TokenCache, Verifier, RotatingKeySet, [[UInt8]], [KeySet]) throws -> Void
  ) throws {
    let keys = try [TokenCacheTests.signing("ed25519"), TokenCacheTests.signing("p256")]
    let sets = try keys.map { try KeySet([$0.verificationKey]) }
    let rotating = RotatingKeySet(sets[0])
    let verifier = Verifier(keys: rotating, algorithms: [.edDSA, .es256])
    // Two tokens of one key, whose claims differ in one byte, and one of the other set.
    let tokens =
      try TokenCacheTests.tokens(keys[0], .edDSA, 0..<2, padding: padding)
      + TokenCacheTests.tokens(keys[1], .es256, 0..<1, padding: padding)
    try body(TokenCache(entries: 1, bytes: 1 << 16), verifier, rotating, tokens, sets)
  }

  static func verify(
    _ token: [UInt8], _ cache: TokenCache, _ verifier: Verifier,
    whileReading: () -> Void = {}, beforeKeeping: () -> Void = {}
  ) -> TokenCacheTests.Outcome {
    TokenCacheTests.Outcome(token) { token, scratch throws(JWTError) in
      try cache.verify(
        token, with: verifier, scratch: &scratch, whileReading: whileReading,
        beforeKeeping: beforeKeeping)
    }
  }

  @Test("a set that is replaced between verification and insertion adds no entry")
  func rotatedBeforeKeeping() throws {
    try Self.withTwoTokens { cache, verifier, rotating, tokens, sets in
      let answer = Self.verify(
        tokens[0], cache, verifier, beforeKeeping: { rotating.replace(with: sets[1]) })
      #expect(answer.error == nil, "it began before")
      #expect(cache.statistics.entries == 0 && cache.statistics.stale == 1)
      #expect(Self.verify(tokens[0], cache, verifier).error != nil)
      // Replace the set and restore it: the same set, but a new generation.
      let other = Self.verify(
        tokens[2], cache, verifier,
        beforeKeeping: {
          rotating.replace(with: sets[0])
          rotating.replace(with: sets[1])
        })
      #expect(other.error == nil)
      #expect(cache.statistics.entries == 0 && cache.statistics.stale == 2)
    }
  }

  @Test(
    "a set that is replaced between the read of the generation and verification adds none either")
  func rotatedBeforeVerification() throws {
    try Self.withTwoTokens { cache, _, rotating, tokens, sets in
      // A verifier reads its clock before anything else.
      let isArmed = Atomic(true)
      let verifier = Verifier(
        keys: rotating, algorithms: [.edDSA, .es256],
        clock: {
          if isArmed.exchange(false, ordering: .relaxed) { rotating.replace(with: sets[1]) }
          return 0
        })
      #expect(Self.verify(tokens[2], cache, verifier).error == nil, "by the new set")
      #expect(cache.statistics.entries == 0 && cache.statistics.stale == 1)
      rotating.replace(with: sets[0])
      #expect(Self.verify(tokens[2], cache, verifier).error != nil)
    }
  }

  @Test(
    "a reader that overlaps with writers finds its own claims or none", arguments: [0, 300, 3000])
  func overtaken(padding: Int) throws {
    try Self.withTwoTokens(padding: padding) { cache, verifier, rotating, tokens, sets in
      let wanted = tokens.map { TokenCacheTests.uncached($0, verifier) }
      try #require(wanted[0].error == nil && wanted[1].error == nil && wanted[0] != wanted[1])
      func renew() {
        #expect(Self.verify(tokens[0], cache, verifier) == wanted[0])
        #expect(Self.verify(tokens[0], cache, verifier) == wanted[0])
      }
      var paused = 0
      let changes: [(String, () -> Void)] = [
        ("nothing", {}),
        ("another entry in its blocks", { _ = Self.verify(tokens[1], cache, verifier) }),
        (
          "another, and then its own again",
          {
            _ = Self.verify(tokens[1], cache, verifier)
            _ = Self.verify(tokens[0], cache, verifier)
          }
        ),
        ("nothing left", { cache.removeAll() }),
        (
          "its own of another generation",
          {
            rotating.replace(with: sets[1])
            rotating.replace(with: sets[0])
            _ = Self.verify(tokens[0], cache, verifier)
          }
        ),
      ]
      for (number, (name, change)) in changes.enumerated() {
        renew()
        let before = cache.statistics
        let found = Self.verify(
          tokens[0], cache, verifier,
          whileReading: {
            paused += 1
            change()
          })
        #expect(found == wanted[0], "\(name)")
        #expect(paused == number + 1, "\(name)")
        // It was a hit only if nothing changed.
        let hits = cache.statistics.hits - before.hits
        #expect(hits == (number == 0 ? 1 : 0), "\(name)")
        #expect(cache.statistics.entries == 1, "\(name)")
      }
    }
  }

  @Test("two threads that verify the same token at once leave one entry")
  func twice() throws {
    try Self.withTwoTokens { _, verifier, _, tokens, _ in
      let cache = TokenCache(entries: 10, bytes: 1 << 16)
      let answer = Self.verify(
        tokens[0], cache, verifier,
        beforeKeeping: { #expect(Self.verify(tokens[0], cache, verifier).error == nil) })
      #expect(answer.error == nil)
      #expect(cache.statistics.entries == 1 && cache.statistics.misses == 2)
    }
  }

  @Test("eight threads, while sets rotate and the clock changes: each answer is right for its time")
  func threads() throws {
    var generator = Seeded(seed: 5)
    let shared = try SharedState(tokensPerKey: 30, &generator)
    // The right answers in each of four states: two sets, two times.
    let times = [TokenCacheTests.now, TokenCacheTests.now + 400]
    let length = Verifier.scratchLength(forToken: shared.tokens.map { $0.count }.max()!)
    var right: [[[Answer]]] = []
    for version in 0..<4 {
      shared.rotating.replace(with: shared.sets[version & 1])
      shared.clock.time = times[version >> 1]
      right.append(
        shared.verifiers.map { verifier in
          shared.tokens.map { token in
            var scratch = [UInt8](repeating: 0, count: length)
            return Answer(token, &scratch) { token, scratch throws(JWTError) in
              try verifier.verify(token, scratch: &scratch)
            }
          }
        })
    }
    let answers = right
    // A large cache for hits, a small one for evictions.
    let caches = [TokenCache(entries: 1000), TokenCache(entries: 30, bytes: 1 << 16)]
    let version = StateVersion()
    let share = Self.rounds(8_000) / 8
    let group = DispatchGroup()
    let (wrong, exact, running) = (Tally(), Tally(), Tally())
    running.add(8)
    for number in 0..<8 {
      group.enter()
      Thread {
        var generator = Seeded(seed: UInt64(100 + number))
        var scratch = [UInt8](repeating: 0, count: length)
        for round in 0..<share {
          let (one, other) = (
            Int.random(in: 0..<shared.tokens.count, using: &generator),
            Int.random(in: 0..<shared.verifiers.count, using: &generator)
          )
          let cache = caches[round & 1]
          let begin = version.number
          let found = Answer(shared.tokens[one], &scratch) { token, scratch throws(JWTError) in
            try cache.verify(token, with: shared.verifiers[other], scratch: &scratch)
          }
          let end = version.number
          if begin == end, begin & 1 == 0 {
            exact.add(1)
            if found != answers[begin >> 1 & 3][other][one] { wrong.add(1) }
          } else if !answers.contains(where: { $0[other][one] == found }) {
            wrong.add(1)
          }
        }
        running.add(-1)
        group.leave()
      }.start()
    }
    // The first state, as the loop above left it.
    var state = 3
    version.set(state << 1)
    while running.value > 0 {
      state += 1
      version.set(state << 1 - 1)
      shared.rotating.replace(with: shared.sets[state & 1])
      shared.clock.time = times[state >> 1 & 1]
      version.set(state << 1)
      // No time limit: a sanitizer or other load may slow the threads down.
      let before = exact.value
      repeat {
        Thread.sleep(forTimeInterval: 0.001)
      } while running.value > 0 && exact.value < before + 4
    }
    group.wait()
    #expect(wrong.value == 0)
    #expect(exact.value > share, "\(exact.value)")
    let counts = caches.map { $0.statistics }
    print("threads: \(counts), \(state) changes, \(exact.value) in one version")
    for (cache, counts) in zip(caches, counts) {
      #expect(counts.hits + counts.misses == 4 * share)
      #expect(counts.hits > 0 && counts.stale > 0)
      cache.removeAll()
      #expect(cache.statistics.entries == 0)
    }
    #expect(counts[0].entries <= 1000 && counts[1].entries <= 30 && counts[1].evictions > 0)
  }

  /// A state's version: even while it is stable, odd while it changes, as in a seqlock.
  private final class StateVersion: Sendable {
    private let value = Atomic<Int>(1)
    var number: Int { value.load(ordering: .sequentiallyConsistent) }
    func set(_ number: Int) { value.store(number, ordering: .sequentiallyConsistent) }
  }

  private final class Tally: Sendable {
    private let sum = Atomic<Int>(0)
    var value: Int { sum.load(ordering: .sequentiallyConsistent) }
    func add(_ number: Int) { sum.wrappingAdd(number, ordering: .sequentiallyConsistent) }
  }
}
