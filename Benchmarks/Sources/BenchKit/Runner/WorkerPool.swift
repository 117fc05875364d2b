// The threads: one serial queue for each worker, all started at once.
internal import CBench
import Dispatch
import Synchronization

/// Workers that do the same for a while, each on its own CPU if there are enough.
package final class WorkerPool: @unchecked Sendable {
  /// The result of one slice.
  package struct Slice {
    /// Operations a second of all workers together.
    package let operationsPerSecond: Double
    /// Whether every answer was the expected one.
    package let isRight: Bool
    /// Whether every worker had its CPU all the time and its core for a good part of it, as far as
    /// is known.
    package let isUndisturbed: Bool
    /// The share of time with other work on the workers' cores.
    package let crowded: Double
  }

  /// How long one turn of an engine is.
  package static let sliceNanoseconds: UInt64 = 15_000_000

  package let threads: Int
  private let queues: [DispatchQueue]
  private let cpus: [Int]
  /// One for each worker; empty: no core is monitored.
  private var monitors: [SiblingMonitor]
  private let ready = Atomic<Int>(0)
  private let deadline = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - cpus: The CPUs to use. More threads than CPUs are not pinned.
  ///   - monitors: A monitor for each worker's core, the same for all pools of this size: other
  ///     work may last from a pool's first slice to its last. Empty: no core is monitored.
  package init(threads: Int, cpus: [Int], monitors: [SiblingMonitor] = []) {
    self.threads = threads
    queues = (0..<threads).map {
      DispatchQueue(label: "jot-bench.worker.\($0)", qos: .userInitiated)
    }
    self.cpus = threads <= cpus.count ? cpus : []
    // Unpinned workers have no core to monitor.
    self.monitors = threads <= cpus.count ? monitors : []
  }

  /// Whether cores are monitored.
  package var isMonitoring: Bool { !monitors.isEmpty }

  /// Ends a session and returns what the monitors saw.
  package func endSession() -> [SiblingMonitor.Observation] { monitors.map { $0.endSession() } }

  /// Stops monitoring from the next slice on.
  package func stopMonitoring() { monitors = [] }

  /// Runs `workers`, one for each thread, for `nanoseconds`, in batches of `batch` operations.
  ///
  /// The clock starts when all workers are ready and checked. Each worker's time runs to the end of
  /// its last batch. If workers share CPUs, the longest time counts for all, since some wait. A
  /// single worker that lost its CPU for a while is charged its CPU time. Another process is
  /// charged the time that it reports, without the way there.
  ///
  /// Between batches the worker's core is probed. Batches between two probes that found it idle are
  /// those that count, if they are at least a tenth of the slice.
  package func slice(_ workers: [any PoolWorker], batch: Int, nanoseconds: UInt64) -> Slice {
    ready.store(0, ordering: .sequentiallyConsistent)
    deadline.store(0, ordering: .sequentiallyConsistent)
    let results = Mutex<[Share]>([])
    let group = DispatchGroup()
    for (index, queue) in queues.enumerated() {
      let worker = workers[index]
      queue.async(group: group) { [self] in
        if index < cpus.count { bench_pin(Int32(cpus[index])) }
        let monitor = index < monitors.count ? monitors[index] : nil
        let result = work(worker, batch, nanoseconds, monitor)
        // Dispatch gets its threads back unpinned.
        bench_pin(-1)
        results.withLock { $0.append(result) }
      }
    }
    group.wait()
    return results.withLock { all in
      let last = all.reduce(1) { max($0, $1.nanoseconds) }
      let rate = all.reduce(0) { sum, share in
        sum + share.operations * 1e9 / (cpus.isEmpty ? last : share.nanoseconds)
      }
      // Workers that share CPUs wait for each other, which does not count as a disturbance.
      let isUndisturbed =
        cpus.isEmpty
        || all.allSatisfy { $0.lost < Self.tolerance && $0.crowded <= Self.crowdedAtMost }
      return Slice(
        operationsPerSecond: rate, isRight: all.allSatisfy(\.isRight),
        isUndisturbed: isUndisturbed,
        crowded: all.reduce(0) { $0 + $1.crowded } / Double(all.count))
    }
  }

  /// What a number of operations took.
  package struct Times {
    /// CPU time of all workers together.
    package let cpuNanoseconds: UInt64
    /// From the common start to the last end.
    package let wallNanoseconds: UInt64
    package let isRight: Bool
  }

  /// Runs `count` operations on each worker, all started at once, and reads each clock twice, with
  /// nothing but the operations between. The threads stay pinned.
  ///
  /// - Parameter first: Operations before the clock starts, to refill the caches that another
  ///   process has used.
  package func times(_ workers: [any PoolWorker], first: Int = 0, operations count: Int) -> Times {
    ready.store(0, ordering: .sequentiallyConsistent)
    let results = Mutex<[(cpu: UInt64, start: UInt64, end: UInt64, isRight: Bool)]>([])
    let group = DispatchGroup()
    for (index, queue) in queues.enumerated() {
      let worker = workers[index]
      queue.async(group: group) { [self] in
        if index < cpus.count { bench_pin(Int32(cpus[index])) }
        let isWarm = first == 0 || worker.run(first)
        ready.wrappingAdd(1, ordering: .acquiringAndReleasing)
        var spins = 0
        while ready.load(ordering: .acquiring) < threads {
          spins += 1
          if spins % 4096 == 0 { bench_yield() }
        }
        let (start, startThread) = (bench_now(), bench_thread_time())
        let isRight = worker.run(count) && isWarm
        let (endThread, end) = (bench_thread_time(), bench_now())
        results.withLock { $0.append((endThread - startThread, start, end, isRight)) }
      }
    }
    group.wait()
    return results.withLock { all in
      Times(
        cpuNanoseconds: max(1, all.reduce(0) { $0 + $1.cpu }),
        wallNanoseconds: max(1, all.map(\.end).max()! - all.map(\.start).min()!),
        isRight: all.allSatisfy(\.isRight))
    }
  }

  /// What one worker did, and the time that counts for it.
  private struct Share {
    let operations: Double
    let nanoseconds: Double
    let isRight: Bool
    /// The share of time without its CPU, and the share with other work on its core.
    let lost: Double
    let crowded: Double
  }

  /// Operations and their time.
  private struct Progress {
    var operations = 0
    var nanoseconds: UInt64 = 0

    static func += (sum: inout Progress, other: Progress) {
      sum.operations += other.operations
      sum.nanoseconds += other.nanoseconds
    }
  }

  /// A timer interrupt costs less, another thread's time slice more.
  private static let tolerance = 0.01
  /// At least a tenth of a slice must be undisturbed.
  private static let crowdedAtMost = 0.9

  private func work(
    _ worker: any PoolWorker, _ batch: Int, _ nanoseconds: UInt64, _ monitor: SiblingMonitor?
  ) -> Share {
    var isRight = worker.isSound()
    // The last one to be ready sets the deadline; the others spin until then.
    if ready.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == threads {
      deadline.store(bench_now() + nanoseconds, ordering: .releasing)
    }
    var end: UInt64 = 0
    var spins = 0
    while end == 0 {
      end = deadline.load(ordering: .acquiring)
      spins += 1
      // With more threads than CPUs the others must reach the start too.
      if spins % 4096 == 0 { bench_yield() }
    }
    let startElsewhere = worker.nanosecondsInProcess
    // The core of another process is not monitored.
    let monitor = startElsewhere == nil ? monitor : nil
    var wasAlone = monitor?.isAlone() ?? true
    // Waking up can take a while: lost time counts from here.
    let (seen, startThread) = (bench_now(), bench_thread_time())
    var (all, alone, since) = (Progress(), Progress(), monitor == nil ? end - nanoseconds : seen)
    var (now, done) = (since, 0)
    repeat {
      if !worker.run(batch) { isRight = false }
      done += batch
      now = bench_now()
      if now < end, monitor == nil || now - since < SiblingMonitor.pause { continue }
      let work = Progress(operations: done, nanoseconds: now - since)
      all += work
      let isAlone = monitor?.isAlone() ?? true
      if wasAlone, isAlone { alone += work }
      (wasAlone, done) = (isAlone, 0)
      since = monitor == nil ? now : bench_now()
    } while now < end
    let ran = Double(bench_thread_time() - startThread)
    let lost = startElsewhere == nil ? 1 - ran / Double(max(1, since - min(since, seen))) : 0
    let crowded = 1 - Double(alone.nanoseconds) / Double(max(1, all.nanoseconds))
    var taken = Double(all.nanoseconds)
    if threads == 1, lost >= Self.tolerance {
      // A single thread waits only while others have its CPU, and that time is not its own.
      taken = max(1, taken * (1 - lost))
    } else if crowded <= Self.crowdedAtMost {
      (all, taken) = (alone, Double(alone.nanoseconds))
    }
    if let startElsewhere, let endElsewhere = worker.nanosecondsInProcess {
      taken = Double(max(1, endElsewhere - startElsewhere))
    }
    return Share(
      operations: Double(all.operations), nanoseconds: taken, isRight: isRight, lost: lost,
      crowded: crowded)
  }
}
