// Jot reads tokens that come again, with a cache that all threads share.
import BenchKit
import Jot
import Synchronization

/// What the threads of a pool share: the cache, and which token comes for the first time next.
final class SharedCache: Sendable {
  let cache: TokenCache
  /// Tokens at the pool's front that come again and again, and are never far from the last hit.
  let hot: Int
  /// Of so many operations the first ones, `hits`, take a hot token, the others one that the cache
  /// does not have.
  let period, hits: Int
  /// How many of those were taken, by all threads.
  private let taken = Atomic<Int>(0)

  /// Makes an empty cache, which the workers fill with the pool's hot tokens.
  ///
  /// Where some operations must miss, a quarter of the pool is hot at most, and the others are taken
  /// in turn by whichever thread is next: when one comes again, three quarters of the pool have come
  /// since, into a quarter's room. So it was evicted, even if two threads met at it and SIEVE kept it
  /// for a round more. There are so few hot tokens that each is hit several times before SIEVE's
  /// hand comes by once more, so it was not.
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

  /// Takes as many others as `count` operations from `phase` on miss, all at once, so that the threads
  /// seldom meet here; returns the first one's number.
  func take(_ count: Int, from phase: Int) -> Int {
    func misses(before operation: Int) -> Int {
      operation / period * (period - hits) + max(0, operation % period - hits)
    }
    let number = misses(before: phase + count) - misses(before: phase)
    return taken.wrappingAdd(number, ordering: .relaxed).oldValue
  }

  /// Hits for an operation.
  var promised: ClosedRange<Double> {
    let ratio = Double(hits) / Double(period)
    return hits == period ? 0.999...1 : max(0, ratio - 0.01)...(ratio + 0.01)
  }
}

final class JotCached: Worker, @unchecked Sendable {
  /// Hot tokens only: an operation that must miss compares its own answer, as nobody knows before
  /// which token it will have, and answers 0 if it was right.
  let expected: [UInt64]
  private let verifier: Verifier
  private let shared: SharedCache
  private let tokens: PackedBytes
  private let answers: [UInt64]
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var hotCursor = 0
  private var phase = 0

  /// One for each thread; the verifier is theirs together, like the cache.
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
    // As often round the hot tokens as a turn has hits, so that both end together.
    expected = (0..<max(1, hot.count) * period).map { operation in
      let phase = operation % period
      return phase < hits ? hot[(operation / period * hits + phase) % hot.count] : 0
    }
    scratch = pool.scratch()
    for place in 0..<shared.hot { verify(place) }
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var (at, phase) = (hotCursor, phase)
    let (period, hits) = (shared.period, shared.hits)
    let (text, borders, hot) = (tokens.bytes, tokens.borders, shared.hot)
    let (cache, verifier) = (shared.cache, verifier)
    let others = max(1, tokens.count - hot)
    var other = shared.take(count, from: phase) % others
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for _ in 0..<count {
      var place = at
      let misses = phase >= hits
      phase += 1
      if phase == period { phase = 0 }
      if misses {
        place = hot + other
        other += 1
        if other == others { other = 0 }
      } else {
        at += 1
        if at == hot { at = 0 }
      }
      do throws(JWTError) {
        let token = text.span.extracting(borders[place]..<borders[place + 1])
        sum &+= try cache.verify(token, with: verifier, scratch: &room).answer(in: room)
        if misses { sum &-= answers[place] }
      } catch {
        // Not even what a right miss answers.
        sum &+= 1
      }
    }
    (hotCursor, self.phase) = (at, phase)
    return sum
  }

  func refusesBadTokens() -> Bool {
    shared.cache.refuses(refused, with: verifier, scratch: &scratch)
  }

  var cache: CacheReading? {
    CacheReading(hits: UInt64(shared.cache.statistics.hits), promised: shared.promised)
  }

  /// Verifies the token at `place`, so that the cache has it; a run finds out if that failed.
  private func verify(_ place: Int) {
    let text = tokens.bytes
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    do throws(JWTError) {
      let token = text.span.extracting(tokens.borders[place]..<tokens.borders[place + 1])
      _ = try shared.cache.verify(token, with: verifier, scratch: &room)
    } catch {}
  }
}

extension TokenCache {
  /// Whether each token is refused for its reason.
  func refuses(
    _ tokens: [(token: [UInt8], reason: String)], with verifier: Verifier, scratch: inout [UInt8]
  ) -> Bool {
    var room = scratch.mutableSpan
    for (token, reason) in tokens {
      do throws(JWTError) {
        _ = try verify(token.span, with: verifier, scratch: &room)
        return false
      } catch {
        if error.reason != reason { return false }
      }
    }
    return true
  }
}
