// A loop in registers: how much another thread adds at best.
internal import CBench

/// Work in registers alone: what the machine gives a thread when nothing is shared.
final class SpinWorker: PoolWorker, @unchecked Sendable {
  private var last: UInt64 = 0
  let nanosecondsInProcess: UInt64? = nil

  func isSound() -> Bool { true }

  func run(_ count: Int) -> Bool {
    last = bench_spin(UInt64(count) * 100)
    return last != 0
  }
}
