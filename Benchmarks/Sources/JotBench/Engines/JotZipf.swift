// Jot verifies tokens with Zipf's frequencies, with a cache for an eighth of them.
import BenchKit
import Jot

final class JotZipf: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: Verifier
  private let memory: TokenCache
  private let promised: ClosedRange<Double>
  private let tokens: PackedBytes
  private let indices: [Int]
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var cursor = 0

  /// One for each thread. They share the verifier and the cache; each has its own order.
  static func workers(_ pool: Pool, threads: Int) throws(JWTError) -> [JotZipf] {
    let verifier = try Verifier(pool)
    let entries = pool.tokens.count / 8
    let cache = TokenCache(entries: entries)
    // At least the hit ratio of FIFO, at most that of an ideal cache, with 0.02 for chance.
    let count = pool.tokens.count
    let promised =
      Zipf.fifoShare(of: entries, in: count) - 0.02...Zipf.share(of: entries, in: count) + 0.02
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
    // Many more than are cached, so that hits depend on frequency alone.
    indices = Zipf.indices(8 * count, of: count, seed: seed)
    let answers = pool.tokens.map(\.claimsAnswer)
    expected = indices.map { answers[$0] }
    scratch = pool.scratch()
    // Warm, like a server that has run for a while.
    _ = run(2 * count)
    cursor = 0
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var step = cursor
    let (text, borders, indices) = (tokens.bytes, tokens.borders, indices)
    let (memory, verifier) = (memory, verifier)
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var span = buffer.mutableSpan
    for _ in 0..<count {
      let index = indices[step]
      do throws(JWTError) {
        let token = text.span.extracting(borders[index]..<borders[index + 1])
        sum &+= try memory.verify(token, with: verifier, scratch: &span).answer(in: span)
      } catch {}
      step += 1
      if step == indices.count { step = 0 }
    }
    cursor = step
    return sum
  }

  func refusesBadTokens() -> Bool {
    memory.refuses(refused, with: verifier, scratch: &scratch)
  }

  var cache: CacheReading? {
    CacheReading(hits: UInt64(memory.statistics.hits), promised: promised)
  }
}
