// What perf is to see, and nothing else.

/// The scenario's work, prepared, checked and warm: what perf is to see.
struct ProfiledRegion {
  private let workerPool: WorkerPool
  private let checkedWorkers: [PrecheckedWorker]
  private var batch: Int

  init(_ settings: ProfileSettings) throws(BenchError) {
    let workers = try settings.makeWorkers(settings.threads)
    guard !workers.isEmpty else {
      throw .usage("\(settings.engine) has no part in \(settings.scenario)")
    }
    let checked = workers.map { CheckedWorker($0, isPlantedWrong: false) }
    workerPool = WorkerPool(threads: settings.threads, cpus: settings.cpus)
    batch = workers[0].batchSize
    checkedWorkers = checked.map { PrecheckedWorker($0) }
    // Warm-up, and the check that bad inputs are refused. A batch takes 100 us, as in a run.
    var rate = 0.0
    for _ in 0..<2 {
      let slice = workerPool.slice(checked, batch: batch, nanoseconds: 50_000_000)
      guard slice.isRight else { throw .unusable("\(settings.engine) answered wrongly") }
      rate = slice.operationsPerSecond / Double(settings.threads)
      batch = max(1, Int(rate / 10_000) / workers[0].batchSize) * workers[0].batchSize
    }
  }

  /// Runs in pieces of a tenth of a second, until it is stopped. Returns whether every answer was
  /// right, and the seconds.
  func run(seconds: Double, _ isStopped: () -> Bool) -> (isRight: Bool, seconds: Double) {
    let asked = UInt64(seconds * 1e9)
    var (isRight, left) = (true, asked)
    while left > 0, !isStopped() {
      let piece = min(left, 100_000_000)
      if !workerPool.slice(checkedWorkers, batch: batch, nanoseconds: piece).isRight {
        isRight = false
      }
      left -= piece
    }
    return (isRight, left == 0 ? seconds : Double(asked - left) / 1e9)
  }
}

/// A worker that was checked before perf was attached, and is not checked again.
private final class PrecheckedWorker: PoolWorker, @unchecked Sendable {
  private let checkedWorker: CheckedWorker
  var nanosecondsInProcess: UInt64? { checkedWorker.nanosecondsInProcess }

  init(_ checkedWorker: CheckedWorker) { self.checkedWorker = checkedWorker }

  func isSound() -> Bool { true }
  func run(_ count: Int) -> Bool { checkedWorker.run(count) }
}
