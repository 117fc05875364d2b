// Jot reads tokens that come again, with a cache that all threads share.
import Jot
import Synchronization

/// What the threads of a crew share: the cache, and which token comes for the first time next.
final class SharedCache: Sendable {
  let cache: TokenCache
  /// Tokens at the pool's front that come again and again, and are never far from the last hit.
  let hot: Int
  /// Of so many operations one takes a token that the cache does not have; 0 for none.
  let missEvery: Int
  /// How many of those were taken, by all threads.
  let taken = Atomic<Int>(0)

  /// Makes an empty cache, which the workers fill with the pool's hot tokens.
  ///
  /// Where one operation in ten must miss, a quarter of the pool is hot, and the others are taken in
  /// turn by whichever thread is next: when one comes again, three quarters of the pool have come
  /// since, into a cache of half a pool. So it was evicted, and a hot token, which was hit dozens of
  /// times since the hand of SIEVE last came by, was not.
  init(_ pool: Pool, isWarm: Bool) {
    missEvery = isWarm ? 0 : 10
    hot = isWarm ? pool.tokens.count : pool.tokens.count / 4
    cache = TokenCache(entries: isWarm ? 4 * pool.tokens.count : pool.tokens.count / 2)
  }

  /// Hits for an operation.
  var promised: ClosedRange<Double> { missEvery == 0 ? 0.999...1 : 0.89...0.91 }
}

final class JotCached: Worker, @unchecked Sendable {
  /// Hot tokens only: an operation that must miss compares its own answer, as nobody knows before
  /// which token it will have, and answers 0 if it was right.
  let expected: [UInt64]
  private let verifier: Verifier
  private let shared: SharedCache
  private let tokens: Lines
  private let answers: [UInt64]
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var hotCursor = 0
  private var untilMiss: Int

  /// One for each thread; the verifier is theirs together, like the cache.
  static func workers(
    _ pool: Pool, _ shared: SharedCache, threads: Int
  ) throws(JWTError) -> [JotCached] {
    let verifier = try Verifier(pool)
    return (0..<threads).map { _ in JotCached(pool, verifier, shared) }
  }

  private init(_ pool: Pool, _ verifier: Verifier, _ shared: SharedCache) {
    (self.verifier, self.shared) = (verifier, shared)
    tokens = Lines(pool.tokens.map(\.text))
    answers = pool.tokens.map(\.claimsAnswer)
    refused = pool.refused
    untilMiss = shared.missEvery
    let every = shared.missEvery
    let hot = answers[..<shared.hot]
    expected =
      every == 0
      ? Array(hot)
      // As often round the hot tokens as a turn has hits, so that both end together.
      : (0..<shared.hot * every).map { operation in
        operation % every == every - 1 ? 0 : hot[(operation - operation / every) % hot.count]
      }
    scratch = pool.scratch()
    for place in 0..<shared.hot { verify(place) }
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var (at, left) = (hotCursor, untilMiss)
    let (text, borders, hot) = (tokens.bytes, tokens.borders, shared.hot)
    let (cache, verifier) = (shared.cache, verifier)
    var buffer = take(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for _ in 0..<count {
      var place = at
      left -= 1
      let misses = left == 0
      if misses {
        left = shared.missEvery
        let turn = shared.taken.wrappingAdd(1, ordering: .relaxed).oldValue
        place = hot + turn % (tokens.count - hot)
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
    (hotCursor, untilMiss) = (at, left)
    return sum
  }

  func refusesBadTokens() -> Bool {
    var buffer = take(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for (token, reason) in refused {
      do throws(JWTError) {
        _ = try shared.cache.verify(token.span, with: verifier, scratch: &room)
        return false
      } catch {
        if error.reason != reason { return false }
      }
    }
    return true
  }

  var cache: CacheReading? {
    CacheReading(hits: UInt64(shared.cache.statistics.hits), promised: shared.promised)
  }

  /// Verifies the token at `place`, so that the cache has it; a run finds out if that failed.
  private func verify(_ place: Int) {
    let text = tokens.bytes
    var buffer = take(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    do throws(JWTError) {
      let token = text.span.extracting(tokens.borders[place]..<tokens.borders[place + 1])
      _ = try shared.cache.verify(token, with: verifier, scratch: &room)
    } catch {}
  }
}
