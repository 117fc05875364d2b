// Fence: the client of the open load, in C.
internal import CBench
import Foundation

/// Sends requests at planned times and times their answers.
struct OpenLoop {
  /// Whole requests, used in turn.
  private let requests: [UInt8]
  private let borders: [Int]
  private let connections: Int

  init(_ requests: [String], connections: Int) {
    precondition(!requests.isEmpty && connections > 0, "something is sent")
    var (bytes, borders) = ([UInt8](), [0])
    for request in requests {
      bytes += request.utf8
      borders.append(bytes.count)
    }
    (self.requests, self.borders, self.connections) = (bytes, borders, connections)
  }

  /// Nanoseconds of each request.
  struct Sample {
    /// From the planned time to the whole answer; 0 without an answer.
    let latency: UInt64
    /// From the planned time, or that at which a connection was free, to its sending.
    let lateness: UInt64
  }

  /// A sample for each planned time, and how many answers were not 200.
  typealias Outcome = (samples: [Sample], refused: Int)

  /// Sends a schedule.
  ///
  /// - Parameter patience: Seconds to wait after the last planned time.
  /// - Throws: A connection failed, or an answer was not one of HTTP/1.1 with a length.
  func run(
    _ schedule: OpenLoopSchedule, port: Int, cpu: Int?, patience: Double
  ) throws(BenchError) -> Outcome {
    let times = schedule.times
    var samples = [bench_open_sample](
      repeating: bench_open_sample(latency: 0, lateness: 0), count: times.count)
    var refused = 0
    let error = CPUs.pinned(to: cpu) {
      // SAFETY: the plan's pointers live as long as these closures, with the counts that it states;
      // the call writes a sample for each planned time, and the one number.
      unsafe requests.withUnsafeBufferPointer { requests in
        unsafe borders.withUnsafeBufferPointer { borders in
          unsafe times.withUnsafeBufferPointer { times in
            var plan = unsafe bench_open_plan(
              port: Int32(port), connections: Int32(connections), requests: requests.baseAddress,
              borders: borders.baseAddress, request_count: borders.count - 1,
              planned: times.baseAddress, count: times.count, patience: UInt64(patience * 1e9))
            return unsafe bench_open_loop(&plan, &samples, &refused)
          }
        }
      }
    }
    guard error == 0 else {
      // SAFETY: a constant, NUL-terminated text, copied at once.
      throw .unusable("the open load: \(unsafe String(cString: strerror(error)))")
    }
    return (samples.map { Sample(latency: $0.latency, lateness: $0.lateness) }, refused)
  }
}
