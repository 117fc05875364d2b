// When an open load sends: fixed beforehand, so that a slow server can't slow the load.
import Foundation

/// The planned times of requests, in nanoseconds after the start.
struct OpenLoopSchedule: Equatable {
  let times: [UInt64]

  /// Arrivals of a Poisson process: independent clients.
  ///
  /// - Parameters:
  ///   - rate: Requests a second, more than 0.
  ///   - seconds: The length, more than 0.
  init(rate: Double, seconds: Double, seed: UInt64) {
    precondition(rate > 0 && seconds > 0, "something is sent")
    var generator = Seeded(seed)
    var times: [UInt64] = []
    var time = 0.0
    while true {
      // The distance of two arrivals is exponential; 1 - u is above 0.
      time -= log(1 - Double.random(in: 0..<1, using: &generator)) / rate
      if time >= seconds { break }
      times.append(UInt64(time * 1e9))
    }
    self.times = times.isEmpty ? [0] : times
  }

  /// Equal distances.
  init(every nanoseconds: UInt64, count: Int) {
    times = (0..<UInt64(max(1, count))).map { $0 * nanoseconds }
  }
}
