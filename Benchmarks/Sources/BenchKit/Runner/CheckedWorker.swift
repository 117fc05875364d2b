// An engine's worker whose answers are compared.
internal import CMallocCount

/// An engine's worker, and the answers that it must give.
package final class CheckedWorker: PoolWorker, @unchecked Sendable {
  private let worker: any Worker
  private let sums: ExpectedSums
  private var position = 0
  private let isPlantedWrong: Bool
  /// Operations so far.
  private(set) var operations: UInt64 = 0
  package var batchSize: Int { worker.batchSize }
  package var nanosecondsInProcess: UInt64? { worker.nanosecondsInProcess }
  package var cache: CacheReading? { worker.cache }

  package init(_ worker: any Worker, isPlantedWrong: Bool) {
    self.worker = worker
    self.isPlantedWrong = isPlantedWrong
    sums = ExpectedSums(worker.expected)
  }

  package func isSound() -> Bool { worker.refusesBadTokens() }

  package func run(_ count: Int) -> Bool {
    let sum = worker.run(count) &+ (isPlantedWrong ? 1 : 0)
    let expected = sums.sum(from: position, count)
    position = (position + count) % sums.count
    operations += UInt64(count)
    return sum == expected
  }

  /// Returns the allocator's calls of `count` operations, or nil where they can't be counted.
  package func allocations(of count: Int) -> UInt64? {
    guard malloc_count_is_available() != 0, nanosecondsInProcess == nil else { return nil }
    // Each input once uncounted: this thread did none of the slices, and its first operations may
    // allocate what a thread keeps, or for each key what a CPU keeps.
    _ = run(max(count, sums.count))
    malloc_count_start()
    _ = worker.run(count)
    let calls = malloc_count_stop()
    position = (position + count) % sums.count
    return calls
  }
}
