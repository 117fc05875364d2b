// A cache beside an uncached verifier: the bytes verify, rotate, set the clock and remove.
import Jot
import Synchronization

/// The input: operations of one to three bytes.
final class CacheTarget: FuzzTarget {
  private final class Clock: Sendable {
    let time = Atomic<Int64>(0)
    func set(_ seconds: Int64) { time.store(seconds, ordering: .relaxed) }
    var now: Int64 { time.load(ordering: .relaxed) }
  }

  private static let start: Int64 = 1_767_225_600
  private let clock = Clock()
  private let sets: [KeySet]
  private let keys: RotatingKeySet
  private let verifiers: [Verifier]
  private let tokens: [[UInt8]]
  /// The index of the current set.
  private var inForce = 0

  /// All that an uncached answer depends on.
  private struct Question: Hashable {
    let token, verifier, set: Int
    let now: Int64
  }

  private var answers: [Question: Answer] = [:]

  init() {
    let signing = ["rsa", "rsa-b"].map { TestKey($0).signing }
    sets = try! signing.map { try KeySet([$0.publicKey!]) }
    keys = RotatingKeySet(sets[0])
    let clock = clock
    verifiers = [
      Verifier(keys: keys, algorithms: [.rs256], audience: ["a"], clock: { clock.now }),
      Verifier(
        keys: keys, algorithms: [.rs256], audience: ["a", "b"], leeway: 40, maximumAge: 700,
        clock: { clock.now }),
      try! Verifier(
        key: signing[0].publicKey!, algorithms: [.rs256], audience: ["a", "b"],
        clock: { clock.now }),
    ]
    tokens = signing.flatMap { key in
      // Payloads of one block and of many, and one that no entry holds.
      [0, 1, 2, 30, 110, 300, 800, 4200].map { length in
        var claims: Claims = [
          "sub": .string(String(repeating: "s", count: length)), "aud": length % 4 == 2 ? "b" : "a",
        ]
        if length != 1 { claims["exp"] = .integer(Self.start + 100 + Int64(length % 7)) }
        if length != 30 { claims["iat"] = .integer(Self.start - 300) }
        if length == 800 { claims["nbf"] = .integer(Self.start + 50) }
        return Array(try! Signer(key: key, algorithm: .rs256).sign(claims).utf8)
      }
    }
  }

  var seeds: [[UInt8]] {
    [
      [0, 0, 0, 0, 0, 0], [0, 1, 0, 5, 1, 0, 1, 0], [0, 0, 1, 5, 1, 0, 0, 1, 5, 0, 0, 0, 1],
      [0, 3, 0, 6, 9, 0, 3, 0, 6, 200, 0, 3, 0], [0, 4, 2, 7, 0, 4, 2],
      [8, 0, 0, 5, 1, 0, 0, 0], [9, 4, 1, 5, 1, 0, 4, 1],
      [4, 2, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 5, 0],
      Array((0..<90).map { UInt8($0 % 3 == 0 ? 0 : $0 % 16) }),
    ]
  }

  func run(_ input: [UInt8]) {
    use(0)
    clock.set(Self.start)
    let caches = [(64, 1 << 18), (5, 1 << 16), (1, 1 << 16)].map {
      TokenCache(entries: $0, bytes: $1)
    }
    var (reader, cache, steps) = (ByteReader(input), caches[0], 0)
    while !reader.isAtEnd, steps < 64 {
      steps += 1
      switch reader.number(below: 10) {
      case 0...3: verify(&reader, cache)
      case 4: cache = caches[reader.number(below: 3)]
      case 5: use(reader.number(below: 2))
      case 6: turnClock(&reader)
      case 7: cache.removeAll()
      default: verifyDisturbed(&reader, cache)
      }
    }
    for (cache, limit) in zip(caches, [64, 5, 1]) {
      require(cache.statistics.entries <= limit, "\(cache.statistics)")
    }
  }

  private func use(_ set: Int) {
    inForce = set
    keys.replace(with: sets[set])
  }

  private func turnClock(_ reader: inout ByteReader) {
    // Around the times in the tokens; the last one is far away.
    let offset = Int64(reader.byte()) - 60
    clock.set(Self.start + (offset > 190 ? 100_000 : offset))
  }

  private func verify(_ reader: inout ByteReader, _ cache: TokenCache) {
    let (token, verifier) = choice(&reader)
    let wanted = uncached(token, verifier)
    let found = Answer(tokens[token]) { token, scratch throws(JWTError) in
      try cache.verify(token, with: verifiers[verifier], scratch: &scratch)
    }
    requireEqual(found, wanted, "cached, uncached")
  }

  /// Something happens between a reader's two loads, and between verification and insertion. The
  /// answer before, between or after is then right.
  private func verifyDisturbed(_ reader: inout ByteReader, _ cache: TokenCache) {
    let (token, verifier) = choice(&reader)
    var right = [uncached(token, verifier)]
    var rest = reader
    func disturb() {
      switch rest.number(below: 5) {
      case 0: use(rest.number(below: 2))
      case 1: turnClock(&rest)
      case 2: cache.removeAll()
      default: verify(&rest, cache)
      }
      right.append(uncached(token, verifier))
    }
    let found = Answer(tokens[token]) { token, scratch throws(JWTError) in
      try cache.verify(
        token, with: verifiers[verifier], scratch: &scratch, whileReading: disturb,
        beforeKeeping: disturb)
    }
    reader = rest
    require(right.contains(found), "\(found) is none of \(right)")
  }

  /// Indices of a token and a verifier.
  private func choice(_ reader: inout ByteReader) -> (token: Int, verifier: Int) {
    (reader.number(below: tokens.count), reader.number(below: verifiers.count))
  }

  /// The answer without a cache, computed once.
  private func uncached(_ token: Int, _ verifier: Int) -> Answer {
    let question = Question(token: token, verifier: verifier, set: inForce, now: clock.now)
    if let known = answers[question] { return known }
    let answer = Answer(tokens[token]) { token, scratch throws(JWTError) in
      try verifiers[verifier].verify(token, scratch: &scratch)
    }
    answers[question] = answer
    return answer
  }
}
