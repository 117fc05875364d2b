// One line of the result: one mode.

/// What one mode costs a server.
public struct LoadRow: Sendable, Equatable {
  public let mode: String
  /// Requests of all slices.
  public let requests: Int
  /// Microseconds of the server's CPU time for a request, in each slice, in order of time.
  public let cpuSlices: [Double]
  /// Requests a second in each slice.
  public let rateSlices: [Double]
  public let cpu: Estimate
  /// The difference of `cpu` to the base mode in the same round; nil for the base, or without one.
  public let overBase: Estimate?
  public let rate: Estimate
  /// `rate` over the base mode's in the same round.
  public let rateToBase: Estimate?
  /// Microseconds: the medians over the slices of wrk's percentiles.
  public let p50: Double
  public let p99: Double
  /// The open load; nil if there was none.
  public var open: LoadOpenRow?

  /// The figures of a mode's slices; `base` has those of the same rounds.
  ///
  /// - Precondition: There is a slice, and `base`, if given, has as many.
  init(mode: String, _ slices: [LoadSlice], base: [LoadSlice]?) {
    precondition(!slices.isEmpty && base.map { $0.count == slices.count } ?? true, "whole rounds")
    self.mode = mode
    requests = slices.reduce(0) { $0 + Int($1.requests) }
    cpuSlices = slices.map { NumberFormat.rounded($0.cpu) }
    rateSlices = slices.map { NumberFormat.rounded($0.rate) }
    cpu = Estimate(slices.map(\.cpu))!
    rate = Estimate(slices.map(\.rate))!
    overBase = base.flatMap { Estimate(zip(slices, $0).map { $0.cpu - $1.cpu }) }
    rateToBase = base.flatMap { Estimate(zip(slices, $0).map { $0.rate / $1.rate }) }
    p50 = Summary(slices.map(\.p50)).median
    p99 = Summary(slices.map(\.p99)).median
  }

  init(
    mode: String, requests: Int, slices: (cpu: [Double], rate: [Double]),
    cpu: (own: Estimate, overBase: Estimate?), rate: (own: Estimate, toBase: Estimate?),
    latency: (p50: Double, p99: Double), open: LoadOpenRow?
  ) {
    (self.mode, self.requests, cpuSlices, rateSlices) = (mode, requests, slices.cpu, slices.rate)
    (self.cpu, overBase) = (cpu.own, cpu.overBase)
    (self.rate, rateToBase) = (rate.own, rate.toBase)
    (p50, p99, self.open) = (latency.p50, latency.p99, open)
  }
}
