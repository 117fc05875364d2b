// The threads: one serial queue a worker, all let go at once.
internal import CBench
import Dispatch
import Synchronization

/// A number of workers that do the same for a while, each on its own CPU where there are enough.
package final class WorkerPool: @unchecked Sendable {
  /// What the workers of one slice did.
  package struct Slice {
    /// Operations of all workers together for a second of the clock.
    package let operationsPerSecond: Double
    /// Whether every answer was the expected one.
    package let isRight: Bool
    /// Whether every worker had its CPU all the time, and its core for a good part of it; also where
    /// that can't be said.
    package let isUndisturbed: Bool
    /// The share of the time in which others used the workers' cores.
    package let crowded: Double
  }

  /// How long one turn of an engine is.
  package static let sliceNanoseconds: UInt64 = 15_000_000

  package let threads: Int
  private let queues: [DispatchQueue]
  private let cpus: [Int]
  /// One for each worker; none where nobody looks.
  private var monitors: [SiblingMonitor]
  private let ready = Atomic<Int>(0)
  private let deadline = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - cpus: The CPUs to use; more threads than CPUs are not kept on any.
  ///   - monitors: Who looks, for each worker, whether it has its core alone; those of earlier pools of as
  ///     many, since a neighbour may be there from the first slice to the last. Empty: nobody looks.
  package init(threads: Int, cpus: [Int], monitors: [SiblingMonitor] = []) {
    self.threads = threads
    queues = (0..<threads).map {
      DispatchQueue(label: "jot-bench.worker.\($0)", qos: .userInitiated)
    }
    self.cpus = threads <= cpus.count ? cpus : []
    // Workers without a CPU of their own have no core to look at.
    self.monitors = threads <= cpus.count ? monitors : []
  }

  /// Whether somebody looks.
  package var isMonitoring: Bool { !monitors.isEmpty }

  /// Ends a session and returns what was seen in it.
  package func endSession() -> [SiblingMonitor.Observation] { monitors.map { $0.endSession() } }

  /// From the next slice on nobody looks.
  package func stopMonitoring() { monitors = [] }

  /// Runs `workers`, one a worker, for `nanoseconds`, in batches of `batch` operations.
  ///
  /// The clock starts when all workers stand ready and found their worker sound. Each worker's own
  /// time counts, to the end of its last batch; where workers share CPUs, the last one's: one that
  /// waited for a CPU has done in that time what it did, however late it began. Of a single worker's
  /// slice the time counts in which it had its CPU, if another thread had it for a while. Of work done in
  /// another process only that process's own time counts, not the way there.
  ///
  /// Between batches a worker looks whether others use its core; batches between two looks that found it
  /// alone are those that count, if they are a tenth of the slice.
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
        // Threads go back to Dispatch's pool as they came.
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
      // Workers that share CPUs wait for each other: that is no disturbance.
      let isUndisturbed =
        cpus.isEmpty
        || all.allSatisfy { $0.lost < Self.tolerance && $0.crowded <= Self.crowdedAtMost }
      return Slice(
        operationsPerSecond: rate, isRight: all.allSatisfy(\.isRight),
        isUndisturbed: isUndisturbed,
        crowded: all.reduce(0) { $0 + $1.crowded } / Double(all.count))
    }
  }

  /// What so many operations took.
  package struct Times {
    /// Of all workers together: the time in which they had a CPU.
    package let cpuNanoseconds: UInt64
    /// From the common start to the last one's end.
    package let wallNanoseconds: UInt64
    package let isRight: Bool
  }

  /// Runs `count` operations on each worker, all let go at once, and reads each clock twice: nothing
  /// else stands between the operations. The threads stay on their CPUs.
  ///
  /// - Parameter first: Operations before the clock starts: another process has had the CPU's caches.
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

  /// What one worker did, and in which time from the common start.
  private struct Share {
    let operations: Double
    let nanoseconds: Double
    let isRight: Bool
    /// The share of the time in which others had its CPU, and in which they used its core.
    let lost: Double
    let crowded: Double
  }

  /// Operations, and the time that they took.
  private struct Progress {
    var operations = 0
    var nanoseconds: UInt64 = 0

    static func += (sum: inout Progress, other: Progress) {
      sum.operations += other.operations
      sum.nanoseconds += other.nanoseconds
    }
  }

  /// A timer's interrupt costs less, another thread's turn more.
  private static let tolerance = 0.01
  /// What must be left of a slice to stand for it.
  private static let crowdedAtMost = 0.9

  private func work(
    _ worker: any PoolWorker, _ batch: Int, _ nanoseconds: UInt64, _ monitor: SiblingMonitor?
  ) -> Share {
    var isRight = worker.isSound()
    // The last to be ready sets the end for all; the others spin on it.
    if ready.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == threads {
      deadline.store(bench_now() + nanoseconds, ordering: .releasing)
    }
    var end: UInt64 = 0
    var spins = 0
    while end == 0 {
      end = deadline.load(ordering: .acquiring)
      spins += 1
      // More threads than CPUs: let the others come to the start too.
      if spins % 4096 == 0 { bench_yield() }
    }
    let startElsewhere = worker.nanosecondsElsewhere
    // Nobody looks at a core where another process works.
    let monitor = startElsewhere == nil ? monitor : nil
    var wasAlone = monitor?.isAlone() ?? true
    // After the common start, for some the time of a wakening: what is lost is counted from here.
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
      // A thread that is alone waits for none but those that have its CPU: their turns are not its own.
      taken = max(1, taken * (1 - lost))
    } else if crowded <= Self.crowdedAtMost {
      (all, taken) = (alone, Double(alone.nanoseconds))
    }
    if let startElsewhere, let endElsewhere = worker.nanosecondsElsewhere {
      taken = Double(max(1, endElsewhere - startElsewhere))
    }
    return Share(
      operations: Double(all.operations), nanoseconds: taken, isRight: isRight, lost: lost,
      crowded: crowded)
  }
}
