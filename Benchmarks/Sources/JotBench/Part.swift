// A scenario on a number of threads: what all sittings of it gave, and its rows.
import Histogram

/// What was measured of a scenario on so many threads.
struct Part {
  /// Operations a second, sitting by sitting: of all threads together, and of one alone.
  struct Rates {
    private(set) var many = Slices()
    private(set) var one = Slices()

    mutating func append(many: [Double], one: [Double]) {
      self.many.append(many)
      self.one.append(one)
    }
  }

  /// What was measured of one engine.
  private struct Series {
    let name: String
    var rates = Rates()
    var isRight = true
    var hits: (hits: UInt64, operations: UInt64)?
    var latencies = Post.noLatencies
    var allocations: Double?
  }

  let scenario: Scenario
  let threads: Int
  var tokenBytes = 0
  /// A loop in registers, for how much a thread more gains at best.
  var spins = Rates()
  private var series: [Series] = []

  init(_ scenario: Scenario, threads: Int) {
    (self.scenario, self.threads) = (scenario, threads)
  }

  /// Adds what an engine did in a sitting.
  mutating func add(_ post: Post) {
    if !series.contains(where: { $0.name == post.name }) { series.append(Series(name: post.name)) }
    let index = series.firstIndex { $0.name == post.name }!
    series[index].rates.append(many: post.many, one: post.one)
    if !post.isRight { series[index].isRight = false }
    if let cache = post.cache {
      let before = series[index].hits ?? (0, 0)
      series[index].hits = (before.hits + cache.hits, before.operations + cache.operations)
    }
    series[index].latencies.add(post.latencies)
    // The most of any sitting: an allocation that comes now and then is one.
    if let allocations = post.allocations {
      series[index].allocations = max(series[index].allocations ?? 0, allocations)
    }
  }

  /// The rows of all engines that were measured.
  func rows(_ settings: Settings, reference name: String, _ cyclesPerNanosecond: Double?) -> [Row] {
    // A reference that answers wrongly is none.
    let reference = series.first { $0.name == name && $0.isRight }
    return series.filter { !$0.rates.many.isEmpty }.map { series in
      row(series, settings, reference, cyclesPerNanosecond)
    }
  }

  private func row(
    _ series: Series, _ settings: Settings, _ reference: Series?, _ cyclesPerNanosecond: Double?
  ) -> Row {
    let rates = series.rates
    var row = Row(
      scenario: scenario.name, engine: series.name, threads: threads, tokenBytes: tokenBytes,
      isOversubscribed: threads > settings.cpus.count, samples: rates.many.values.count,
      answerChecked: series.isRight)
    guard series.isRight else { return row.voided() }
    row.slices = rates.many.map { Double(threads) * 1e9 / $0 }
    let times = Summary(row.slices.values)
    (row.nsPerOp, row.madNs) = (times.median, times.deviation)
    let interval = Bootstrap.interval(row.slices, seed: settings.seed)
    (row.lowNs, row.highNs) = (interval.lowerBound, interval.upperBound)
    row.cyclesPerOp = cyclesPerNanosecond.map { $0 * times.median }
    row.opsPerSecond = Summary(rates.many.values).median
    if let reference, reference.rates.many.sittings == rates.many.sittings {
      let ratios = reference.rates.many.combined(rates.many) { $0 / $1 }
      let interval = Bootstrap.interval(ratios, seed: settings.seed)
      row.ratioToOpenssl = Summary(ratios.values).median
      (row.ratioLow, row.ratioHigh) = (interval.lowerBound, interval.upperBound)
      if series.name != reference.name { row.ratioSlices = ratios }
    }
    row.scaling =
      threads == 1
      ? 1
      : Summary(
        zip(
          rates.many.combined(rates.one) { $0 / $1 }.values,
          spins.many.combined(spins.one) { $0 / $1 }.values
        ).map { $0 / $1 }
      ).median
    row.hitRatio = series.hits.map { Double($0.hits) / Double($0.operations) }
    row.latency = Latency(series.latencies)
    (row.p50Ns, row.p99Ns) = (row.latency?.p50, row.latency?.p99)
    row.p999Ns = row.latency?.p999
    row.allocationsPerOp = series.allocations
    return row
  }
}
