// One mode under the open load.
import Histogram

/// What a server did for one mode in one slice of the open load.
struct LoadOpenSlice {
  /// Microseconds of the server's CPU time for a request.
  let cpu: Double
  let samples: [OpenLoop.Sample]

  /// - Throws: The server answered nothing.
  init(
    from first: LoadCounters, to last: LoadCounters, _ samples: [OpenLoop.Sample]
  ) throws(BenchError) {
    guard last.requests > first.requests, last.cpu > first.cpu else {
      throw .unusable("the server answered no request in a slice")
    }
    self.init(
      cpu: Double(last.cpu - first.cpu) / 1000 / Double(last.requests - first.requests),
      samples: samples)
  }

  init(cpu: Double, samples: [OpenLoop.Sample]) { (self.cpu, self.samples) = (cpu, samples) }
}

/// The cost of a request, and latencies, at a rate that does not depend on the server.
public struct LoadOpenRow: Sendable, Equatable {
  /// Requests a second.
  public let rate: Double
  /// Planned requests, and those without an answer when the wait was over.
  public let requests: Int
  public let unanswered: Int
  /// Microseconds of the server's CPU time for a request, in each slice, in order of time.
  public let cpuSlices: [Double]
  public let cpu: Estimate
  /// The difference of `cpu` to the base mode in the same round; nil for the base, or without one.
  public let overBase: Estimate?
  /// Nanoseconds from the planned time to the whole answer; nil without an answer.
  public let latency: Latency?
  /// Nanoseconds by which the client itself was late; nil without an answer.
  public let lateness: Latency?

  init(
    rate: Double, requests: Int, unanswered: Int,
    cpu: (slices: [Double], own: Estimate, overBase: Estimate?), latency: Latency?,
    lateness: Latency?
  ) {
    (self.rate, self.requests, self.unanswered) = (rate, requests, unanswered)
    (cpuSlices, self.cpu, overBase) = cpu
    (self.latency, self.lateness) = (latency, lateness)
  }

  /// The figures of a mode's slices; `base` has those of the same rounds.
  ///
  /// - Precondition: There is a slice, and `base`, if given, has as many.
  init(rate: Double, _ slices: [LoadOpenSlice], base: [LoadOpenSlice]?) {
    precondition(!slices.isEmpty && base.map { $0.count == slices.count } ?? true, "whole rounds")
    var (latencies, lateness) = (EngineRun.noLatencies, EngineRun.noLatencies)
    let samples = slices.flatMap(\.samples)
    let answered = samples.filter { $0.latency > 0 }
    for sample in answered {
      latencies.record(min(sample.latency, Self.longest))
      lateness.record(min(sample.lateness, Self.longest))
    }
    self.init(
      rate: rate, requests: samples.count, unanswered: samples.count - answered.count,
      cpu: (
        slices.map { NumberFormat.rounded($0.cpu) }, Estimate(slices.map(\.cpu))!,
        base.flatMap { Estimate(zip(slices, $0).map { $0.cpu - $1.cpu }) }
      ),
      latency: Latency(latencies), lateness: Latency(lateness))
  }

  /// The most that a histogram holds.
  private static let longest: UInt64 = 10_000_000_000
}
