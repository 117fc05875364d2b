// One mode under the open load.
import Histogram

/// Latencies at a rate that does not depend on the server.
public struct LoadOpenRow: Sendable, Equatable {
  /// Requests a second.
  public let rate: Double
  /// Planned requests, and those without an answer when the wait was over.
  public let requests: Int
  public let unanswered: Int
  /// Nanoseconds from the planned time to the whole answer; nil without an answer.
  public let latency: Latency?
  /// Nanoseconds by which the client itself was late; nil without an answer.
  public let lateness: Latency?

  public init(
    rate: Double, requests: Int, unanswered: Int, latency: Latency?, lateness: Latency?
  ) {
    (self.rate, self.requests, self.unanswered) = (rate, requests, unanswered)
    (self.latency, self.lateness) = (latency, lateness)
  }

  init(rate: Double, _ samples: [OpenLoop.Sample]) {
    var (latencies, lateness) = (EngineRun.noLatencies, EngineRun.noLatencies)
    let answered = samples.filter { $0.latency > 0 }
    for sample in answered {
      latencies.record(min(sample.latency, Self.longest))
      lateness.record(min(sample.lateness, Self.longest))
    }
    self.init(
      rate: rate, requests: samples.count, unanswered: samples.count - answered.count,
      latency: Latency(latencies), lateness: Latency(lateness))
  }

  /// The most that a histogram holds.
  private static let longest: UInt64 = 10_000_000_000
}
