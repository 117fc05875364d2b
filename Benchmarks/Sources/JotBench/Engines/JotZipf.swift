// Jot reads tokens of which some are popular, with a cache that holds only a part of them.
import BenchKit
import Jot

final class JotZipf: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: Verifier
  private let memory: TokenCache
  private let promised: ClosedRange<Double>
  private let tokens: PackedBytes
  private let places: [Int]
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var cursor = 0

  /// One for each thread: the verifier and the cache are theirs together, the order is each one's
  /// own.
  static func workers(_ pool: Pool, threads: Int) throws(JWTError) -> [JotZipf] {
    let verifier = try Verifier(pool)
    let entries = pool.tokens.count / 8
    let cache = TokenCache(entries: entries)
    // No worse than who evicts whatever came first, no better than who knew the popularity beforehand;
    // what comes by chance is 0.02 either way, of a few thousand tokens.
    let count = pool.tokens.count
    let promised =
      Zipf.queueShare(of: entries, in: count) - 0.02...Zipf.share(of: entries, in: count) + 0.02
    return (0..<threads).map { JotZipf(pool, verifier, cache, promised, seed: UInt64($0) + 1) }
  }

  private init(
    _ pool: Pool, _ verifier: Verifier, _ cache: TokenCache, _ promised: ClosedRange<Double>,
    seed: UInt64
  ) {
    (self.verifier, memory, self.promised) = (verifier, cache, promised)
    tokens = PackedBytes(pool.tokens.map(\.text))
    refused = pool.refused
    let count = pool.tokens.count
    // More than are cached by far, so that what comes again comes by its popularity alone.
    places = Zipf.places(8 * count, of: count, seed: seed)
    let answers = pool.tokens.map(\.claimsAnswer)
    expected = places.map { answers[$0] }
    scratch = pool.scratch()
    // Warm as a server is that has run for a while.
    _ = run(2 * count)
    cursor = 0
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders, places) = (tokens.bytes, tokens.borders, places)
    let (memory, verifier) = (memory, verifier)
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for _ in 0..<count {
      let place = places[at]
      do throws(JWTError) {
        let token = text.span.extracting(borders[place]..<borders[place + 1])
        sum &+= try memory.verify(token, with: verifier, scratch: &room).answer(in: room)
      } catch {}
      at += 1
      if at == places.count { at = 0 }
    }
    cursor = at
    return sum
  }

  func refusesBadTokens() -> Bool {
    memory.refuses(refused, with: verifier, scratch: &scratch)
  }

  var cache: CacheReading? {
    CacheReading(hits: UInt64(memory.statistics.hits), promised: promised)
  }
}
