// Fence: a worker at its place, with what its answers must be; and the clock and counters from C.
internal import CBench
internal import CMallocCount

/// What a thread of a pool runs: every batch's answers are compared with the expected sum.
protocol PoolWorker: AnyObject, Sendable {
  /// Whether all is as it must be before a slice: off the clock.
  func isSound() -> Bool
  /// Runs `count` operations and returns whether their answers were right.
  func run(_ count: Int) -> Bool
  /// Nanoseconds of all runs so far by another process's clock; nil where the work is done here.
  var nanosecondsElsewhere: UInt64? { get }
}

/// An engine's worker and the pool's expected answers.
final class CheckedWorker: PoolWorker, @unchecked Sendable {
  private let worker: any Worker
  // Sums of the expected answers of the first n tokens.
  private let sums: [UInt64]
  private var position = 0
  private let isPlantedWrong: Bool
  /// Operations so far.
  private(set) var operations: UInt64 = 0
  var batchSize: Int { worker.batchSize }
  var nanosecondsElsewhere: UInt64? { worker.nanosecondsElsewhere }
  var cache: CacheReading? { worker.cache }

  init(_ worker: any Worker, isPlantedWrong: Bool) {
    self.worker = worker
    self.isPlantedWrong = isPlantedWrong
    sums = worker.expected.reduce(into: [0]) { $0.append($0[$0.count - 1] &+ $1) }
  }

  func isSound() -> Bool { worker.refusesBadTokens() }

  func run(_ count: Int) -> Bool {
    let sum = worker.run(count) &+ (isPlantedWrong ? 1 : 0)
    let size = sums.count - 1
    let end = position + count
    let rounds = UInt64(end / size)
    let expected = sums[size] &* rounds &+ sums[end % size] &- sums[position]
    position = end % size
    operations += UInt64(count)
    return sum == expected
  }

  /// Returns the allocator's calls of `count` operations, or nil where they can't be counted.
  func allocations(of count: Int) -> UInt64? {
    guard malloc_count_is_available() != 0, nanosecondsElsewhere == nil else { return nil }
    // Once uncounted: this thread did none of the slices, and a thread's first tokens may allocate
    // what it keeps, such as the memory of shapes.
    _ = run(count)
    malloc_count_start()
    _ = worker.run(count)
    let calls = malloc_count_stop()
    position = (position + count) % (sums.count - 1)
    return calls
  }
}

/// Work in registers alone: what the machine gives a thread when nothing is shared.
final class SpinWorker: PoolWorker, @unchecked Sendable {
  private var last: UInt64 = 0
  let nanosecondsElsewhere: UInt64? = nil

  func isSound() -> Bool { true }

  func run(_ count: Int) -> Bool {
    last = bench_spin(UInt64(count) * 100)
    return last != 0
  }
}

/// The monotonic clock, and the CPU's counter.
enum Time {
  static var now: UInt64 { bench_now() }
  /// The CPU's time-stamp counter; 0 where there is none.
  static var cycles: UInt64 { bench_cycles() }
}

/// The CPUs that this process may use, by number.
enum CPUs {
  static var allowed: [Int] {
    var numbers = [Int32](repeating: 0, count: 4096)
    // SAFETY: the call writes at most the array's count.
    let count = unsafe bench_allowed_cpus(&numbers, Int32(numbers.count))
    return numbers.prefix(Int(count)).map { Int($0) }
  }

  /// Keeps this thread on one CPU.
  static func pin(_ cpu: Int) { bench_pin(Int32(cpu)) }

  /// The one CPU that this thread is kept on; nil where it may go to others.
  static var pinned: Int? {
    let cpu = Int(bench_pinned())
    return cpu < 0 ? nil : cpu
  }
}
