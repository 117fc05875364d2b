// One engine in one session: its workers, and what they did in the slices.
import Histogram

/// The workers of one engine, one for each thread, and what was measured of them.
struct EngineRun {
  let name: String
  let workers: [CheckedWorker]
  private(set) var batch: Int
  /// Whether one operation takes longer than the pause between two probes of a core.
  private(set) var isLong = false
  private(set) var isRight = true
  /// Operations a second, of all threads together and of one alone.
  private(set) var many: [Double] = []
  private(set) var one: [Double] = []
  /// The sum over the slices of the share in which other work used a worker's core.
  private(set) var crowded = 0.0
  /// Cache hits and operations in the slices.
  private(set) var cache: (hits: UInt64, operations: UInt64)?
  private(set) var latencies = EngineRun.noLatencies
  private(set) var allocations: Double?
  /// What could not be checked.
  private(set) var note: String?

  init(_ name: String, _ workers: [any Worker], isPlantedWrong: Bool) {
    self.name = name
    self.workers = workers.map { CheckedWorker($0, isPlantedWrong: isPlantedWrong) }
    batch = workers[0].batchSize
  }

  /// Whether another process does the work.
  var isSeparateProcess: Bool { workers[0].nanosecondsInProcess != nil }

  private var operations: UInt64 { workers.reduce(0) { $0 + $1.operations } }

  /// Sets the batch to 100 us of work, so that reading the clock costs nothing. For another process
  /// it is a whole slice, which is then interrupted as often as the others.
  mutating func setBatch(_ operationsPerSecond: Double) {
    let nanoseconds = !isSeparateProcess ? 100_000 : Double(WorkerPool.sliceNanoseconds)
    let size = workers[0].batchSize
    // Another process may claim that any number took no time.
    let wanted = min(operationsPerSecond * nanoseconds / 1e9, 1e8)
    batch = max(1, Int(wanted) / size) * size
    isLong = 1e9 / operationsPerSecond > Double(SiblingMonitor.pause)
  }

  /// Runs until caches, clocks and contexts are warm: until two slices have the same rate within 2
  /// %, or for half a second over all sessions. Then the length of a batch is known too.
  mutating func warm(on workerPool: WorkerPool, threads: Int, sessions: Int) {
    var last = 0.0
    for _ in 0..<max(3, 20 / sessions) {
      let rate = workerPool.slice(workers, batch: batch, nanoseconds: 25_000_000)
        .operationsPerSecond
      setBatch(rate / Double(threads))
      if abs(rate - last) <= 0.02 * rate { break }
      last = rate
    }
  }

  /// Starts counting cache hits.
  mutating func begin() {
    cache = workers[0].cache.map { ($0.hits, operations) }
  }

  /// Runs a slice and returns whether it was undisturbed.
  mutating func run(on workerPool: WorkerPool, isMany: Bool) -> Bool {
    let slice = workerPool.slice(workers, batch: batch, nanoseconds: WorkerPool.sliceNanoseconds)
    if !slice.isRight { isRight = false }
    crowded += slice.crowded
    if isMany {
      many.append(slice.operationsPerSecond)
    } else {
      one.append(slice.operationsPerSecond)
    }
    return slice.isUndisturbed
  }

  /// Ends the slices, and counts the allocator's calls for one operation.
  mutating func end() {
    if let before = cache, let now = workers[0].cache, operations > before.operations {
      let counts = (hits: now.hits - before.hits, operations: operations - before.operations)
      cache = counts
      let ratio = Double(counts.hits) / Double(counts.operations)
      if !now.promised.contains(ratio) {
        if counts.operations < CacheReading.leastOperations {
          // A worker without a CPU does little: that is not the engine's fault.
          note = "\(counts.operations) operations are too few to check the cache's hit ratio"
        } else {
          // It did not measure what the scenario says.
          isRight = false
        }
      }
    }
    let size = workers[0].batchSize
    let count = max(1, min(1000, batch * 20) / size) * size
    allocations = workers[0].allocations(of: count).map { Double($0) / Double(count) }
  }

  /// Times single operations on all threads; of a batch, the share of each operation.
  mutating func time(on workerPool: WorkerPool, nanoseconds: UInt64) {
    // Here the clock would include the way to another process.
    guard isRight, !isSeparateProcess else { return }
    let timedWorkers = workers.map { TimedWorker($0) }
    let slice = workerPool.slice(
      timedWorkers, batch: workers[0].batchSize, nanoseconds: nanoseconds)
    guard slice.isRight else { return }
    for timedWorker in timedWorkers {
      for sample in timedWorker.samples { _ = latencies.record(min(sample, 10_000_000_000)) }
    }
  }

  static var noLatencies: Histogram<UInt64> {
    Histogram(highestTrackableValue: 10_000_000_000, numberOfSignificantValueDigits: .three)
  }
}
