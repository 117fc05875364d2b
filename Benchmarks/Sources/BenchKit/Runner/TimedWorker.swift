// Times single operations, in a pass of its own: reading the clock costs as much as a short
// operation.

/// Times each operation of a worker.
final class TimedWorker: PoolWorker, @unchecked Sendable {
  private let worker: any PoolWorker
  private(set) var samples: [UInt64] = []

  let nanosecondsInProcess: UInt64? = nil

  init(_ worker: any PoolWorker) {
    self.worker = worker
    samples.reserveCapacity(1 << 20)
  }

  func isSound() -> Bool { worker.isSound() }

  func run(_ count: Int) -> Bool {
    let start = Time.now
    let isRight = worker.run(count)
    let time = (Time.now - start) / UInt64(count)
    if samples.count < 1 << 20 { samples.append(time) }
    return isRight
  }
}
