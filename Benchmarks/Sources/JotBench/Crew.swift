// The threads: one serial queue a worker, all let go at once.
internal import CBench
import Dispatch
import Synchronization

/// A number of workers that do the same for a while, each on its own CPU where there are enough.
final class Crew: @unchecked Sendable {
  /// What the workers of one slice did.
  struct Slice {
    /// Operations of all workers together for a second of the clock.
    let operationsPerSecond: Double
    /// Whether every answer was the expected one.
    let isRight: Bool
    /// Whether every worker had its CPU all the time; also where that can't be said.
    let isUndisturbed: Bool
  }

  let threads: Int
  private let queues: [DispatchQueue]
  private let cpus: [Int]
  private let ready = Atomic<Int>(0)
  private let deadline = Atomic<UInt64>(0)

  /// - Parameter cpus: The CPUs to use; more threads than CPUs are not kept on any.
  init(threads: Int, cpus: [Int]) {
    self.threads = threads
    queues = (0..<threads).map {
      DispatchQueue(label: "jot-bench.worker.\($0)", qos: .userInitiated)
    }
    self.cpus = threads <= cpus.count ? cpus : []
  }

  /// Runs `stations`, one a worker, for `nanoseconds`, in batches of `batch` operations.
  ///
  /// The clock starts when all workers stand ready and found their station sound. Each worker's own
  /// time counts, to the end of its last batch; where workers share CPUs, the last one's: one that
  /// waited for a CPU has done in that time what it did, however late it began. Of a single worker's
  /// slice the time counts in which it had its CPU, if another thread had it for a while. Of work done in
  /// another process only that process's own time counts, not the way there.
  func slice(_ stations: [any Station], batch: Int, nanoseconds: UInt64) -> Slice {
    ready.store(0, ordering: .sequentiallyConsistent)
    deadline.store(0, ordering: .sequentiallyConsistent)
    let results = Mutex<[Share]>([])
    let group = DispatchGroup()
    for (index, queue) in queues.enumerated() {
      let station = stations[index]
      queue.async(group: group) { [self] in
        if index < cpus.count { bench_pin(Int32(cpus[index])) }
        let result = work(station, batch, nanoseconds)
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
      let isUndisturbed = cpus.isEmpty || all.allSatisfy { $0.lost < Self.tolerance }
      return Slice(
        operationsPerSecond: rate, isRight: all.allSatisfy(\.isRight),
        isUndisturbed: isUndisturbed)
    }
  }

  /// What one worker did, and in which time from the common start.
  private struct Share {
    let operations: Double
    let nanoseconds: Double
    let isRight: Bool
    /// The share of the time in which others had its CPU.
    let lost: Double
  }

  /// A timer's interrupt costs less, another thread's turn more.
  private static let tolerance = 0.01

  private func work(
    _ station: any Station, _ batch: Int, _ nanoseconds: UInt64
  ) -> Share {
    var isRight = station.isSound()
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
    let start = end - nanoseconds
    let startElsewhere = station.nanosecondsElsewhere
    // After the common start, for some the time of a wakening: what is lost is counted from here.
    let (seen, startThread) = (bench_now(), bench_thread_time())
    var (now, done) = (start, 0)
    repeat {
      if !station.run(batch) { isRight = false }
      done += batch
      now = bench_now()
    } while now < end
    let ran = Double(bench_thread_time() - startThread)
    let lost = startElsewhere == nil ? 1 - ran / Double(max(1, now - min(now, seen))) : 0
    var taken = now - start
    // A thread that is alone waits for none but those that have its CPU: their turns are not its own.
    if threads == 1, lost >= Self.tolerance { taken = UInt64(max(1, ran)) }
    if let startElsewhere, let endElsewhere = station.nanosecondsElsewhere {
      taken = max(1, endElsewhere - startElsewhere)
    }
    return Share(operations: Double(done), nanoseconds: Double(taken), isRight: isRight, lost: lost)
  }
}
