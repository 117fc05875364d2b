// Fence: the process's clocks, and how many requests it has answered.
import Foundation
import Synchronization

/// One reading of the clocks and of the number of requests.
struct Counters {
  private static let answered = Atomic<Int>(0)

  private let wall: Int
  private let cpu: Int
  private let requests: Int

  static var now: Counters {
    Counters(
      wall: nanoseconds(CLOCK_MONOTONIC), cpu: nanoseconds(CLOCK_PROCESS_CPUTIME_ID),
      requests: answered.load(ordering: .relaxed))
  }

  /// Counts a request, in every mode alike.
  static func count() { answered.add(1, ordering: .relaxed) }

  var line: String { "\(wall) \(cpu) \(requests)" }

  private static func nanoseconds(_ clock: clockid_t) -> Int {
    var time = timespec()
    // SAFETY: the call writes one timespec, which is local.
    unsafe clock_gettime(clock, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
