// Jot verifies repeated tokens, with a cache that all threads share.
import BenchKit
import Jot
import Synchronization

/// What the threads share: the cache, and the next cold token.
final class SharedCache: Sendable {
  let cache: TokenCache
  /// The number of hot tokens, at the front of the pool, which repeat often enough to stay cached.
  let hot: Int
  /// In each `period` operations, the first `hits` take a hot token, and the others a cold one.
  let period, hits: Int
  /// How many cold tokens were taken, by all threads.
  private let taken = Atomic<Int>(0)

  /// Makes an empty cache, which the workers fill with the hot tokens.
  ///
  /// If some operations must miss, at most a quarter of the pool is hot, and all threads take the
  /// cold tokens in turn. Before a cold token repeats, three quarters of the pool have passed
  /// through space for a quarter: it was evicted, even if SIEVE kept it for one more round. Hot
  /// tokens are so few that each is hit several times in a round of SIEVE's hand, and stays.
  ///
  /// - Parameter percent: 0 to 100.
  init(_ pool: Pool, percent: Int) {
    let count = pool.tokens.count
    period = [1, 2, 4, 10, 20, 100].first { percent * $0 % 100 == 0 } ?? 100
    hits = percent * period / 100
    let misses = period - hits
    let few = misses == 0 ? count : min(count / 4, count * hits / (32 * misses))
    hot = hits == 0 ? 0 : max(1, few)
    cache = TokenCache(entries: misses == 0 ? 4 * count : count / 4 + hot)
  }

  /// Reserves the cold tokens of `count` operations from `phase` on, all at once, so that threads
  /// rarely contend. Returns the first one's number.
  func take(_ count: Int, from phase: Int) -> Int {
    func misses(before operation: Int) -> Int {
      operation / period * (period - hits) + max(0, operation % period - hits)
    }
    let number = misses(before: phase + count) - misses(before: phase)
    return taken.wrappingAdd(number, ordering: .relaxed).oldValue
  }

  /// Promised hits for each operation.
  var promised: ClosedRange<Double> {
    let ratio = Double(hits) / Double(period)
    return hits == period ? 0.999...1 : max(0, ratio - 0.01)...(ratio + 0.01)
  }
}

final class JotCached: Worker, @unchecked Sendable {
  /// Of hot tokens. A miss checks its own answer, since its token is not known before, and answers
  /// 0 if it was right.
  let expected: [UInt64]
  private let verifier: Verifier
  private let shared: SharedCache
  private let tokens: PackedBytes
  private let answers: [UInt64]
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var hotCursor = 0
  private var phase = 0

  /// One for each thread; they share the verifier and the cache.
  static func workers(
    _ pool: Pool, _ shared: SharedCache, threads: Int
  ) throws(JWTError) -> [JotCached] {
    let verifier = try Verifier(pool)
    return (0..<threads).map { _ in JotCached(pool, verifier, shared) }
  }

  private init(_ pool: Pool, _ verifier: Verifier, _ shared: SharedCache) {
    (self.verifier, self.shared) = (verifier, shared)
    tokens = PackedBytes(pool.tokens.map(\.text))
    answers = pool.tokens.map(\.claimsAnswer)
    refused = pool.refused
    let hot = answers[..<shared.hot]
    let (period, hits) = (shared.period, shared.hits)
    // A common multiple of the hot tokens and of a period's hits.
    expected = (0..<max(1, hot.count) * period).map { operation in
      let phase = operation % period
      return phase < hits ? hot[(operation / period * hits + phase) % hot.count] : 0
    }
    scratch = pool.scratch()
    for index in 0..<shared.hot { verify(index) }
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var (hotIndex, phase) = (hotCursor, phase)
    let (period, hits) = (shared.period, shared.hits)
    let (text, borders, hot) = (tokens.bytes, tokens.borders, shared.hot)
    let (cache, verifier) = (shared.cache, verifier)
    let others = max(1, tokens.count - hot)
    var other = shared.take(count, from: phase) % others
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var span = buffer.mutableSpan
    for _ in 0..<count {
      var index = hotIndex
      let misses = phase >= hits
      phase += 1
      if phase == period { phase = 0 }
      if misses {
        index = hot + other
        other += 1
        if other == others { other = 0 }
      } else {
        hotIndex += 1
        if hotIndex == hot { hotIndex = 0 }
      }
      do throws(JWTError) {
        let token = text.span.extracting(borders[index]..<borders[index + 1])
        sum &+= try cache.verify(token, with: verifier, scratch: &span).answer(in: span)
        if misses { sum &-= answers[index] }
      } catch {
        // Different from the answer of a correct miss.
        sum &+= 1
      }
    }
    (hotCursor, self.phase) = (hotIndex, phase)
    return sum
  }

  func refusesBadTokens() -> Bool {
    shared.cache.refuses(refused, with: verifier, scratch: &scratch)
  }

  var cache: CacheReading? {
    CacheReading(hits: UInt64(shared.cache.statistics.hits), promised: shared.promised)
  }

  /// Verifies the token at `index`, so that the cache has it. A run notices if that failed.
  private func verify(_ index: Int) {
    let text = tokens.bytes
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var span = buffer.mutableSpan
    do throws(JWTError) {
      let token = text.span.extracting(tokens.borders[index]..<tokens.borders[index + 1])
      _ = try shared.cache.verify(token, with: verifier, scratch: &span)
    } catch {}
  }
}

extension TokenCache {
  /// Whether every token is refused for its reason.
  func refuses(
    _ tokens: [(token: [UInt8], reason: String)], with verifier: Verifier, scratch: inout [UInt8]
  ) -> Bool {
    var span = scratch.mutableSpan
    for (token, reason) in tokens {
      do throws(JWTError) {
        _ = try verify(token.span, with: verifier, scratch: &span)
        return false
      } catch {
        if error.code.rawValue != reason { return false }
      }
    }
    return true
  }
}
