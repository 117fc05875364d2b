// A scenario on a number of threads: what all sessions of it gave, and its rows.
import Histogram

/// What was measured of a scenario on so many threads.
struct ScenarioResult {
  /// Operations a second, session by session: of all threads together, and of one alone.
  private struct Rates {
    var many: [[Double]] = []
    var one: [[Double]] = []
  }

  /// What was measured of one engine.
  private struct Series {
    let name: String
    var rates = Rates()
    var isRight = true
    var hits: (hits: UInt64, operations: UInt64)?
    var latencies = EngineRun.noLatencies
    var allocations: Double?
  }

  let scenario: String
  let threads: Int
  var tokenBytes = 0
  /// A loop in registers, for how much a thread more gains at best.
  private var spins = Rates()
  /// Of each session's rounds, which nobody disturbed; and what was seen of the cores in it.
  private var undisturbed: [[Bool]] = []
  private var observations: [[SiblingMonitor.Observation]] = []
  private var series: [Series] = []

  init(_ scenario: String, threads: Int) {
    (self.scenario, self.threads) = (scenario, threads)
  }

  /// Adds a session's rounds and its loop in registers.
  mutating func add(
    undisturbed: [Bool], observations: [SiblingMonitor.Observation], many: [Double], one: [Double]
  ) {
    self.undisturbed.append(undisturbed)
    self.observations.append(observations)
    spins.many.append(many)
    spins.one.append(one)
  }

  /// Adds what an engine did in a session.
  mutating func add(_ run: EngineRun) {
    if !series.contains(where: { $0.name == run.name }) { series.append(Series(name: run.name)) }
    let index = series.firstIndex { $0.name == run.name }!
    series[index].rates.many.append(run.many)
    series[index].rates.one.append(run.one)
    if !run.isRight { series[index].isRight = false }
    if let cache = run.cache {
      let before = series[index].hits ?? (0, 0)
      series[index].hits = (before.hits + cache.hits, before.operations + cache.operations)
    }
    series[index].latencies.add(run.latencies)
    // The most of any session: an allocation that comes now and then is one.
    if let allocations = run.allocations {
      series[index].allocations = max(series[index].allocations ?? 0, allocations)
    }
  }

  /// Of each session's rounds, which nobody disturbed: none beside a neighbour who was there before the
  /// session and after it, which only another session shows.
  var counted: [[Bool]] {
    zip(undisturbed, observations).map { rounds, observations in
      observations.allSatisfy(\.hasBeenAlone) ? rounds : rounds.map { _ in false }
    }
  }

  /// The rounds that count: those that nobody disturbed, in sessions with two of them at least; where
  /// fewer than four are left, all. A round goes as a whole, or ratios would be of different
  /// moments.
  static func kept(_ undisturbed: [[Bool]]) -> [[Bool]] {
    let strict = undisturbed.map { rounds in
      rounds.count { $0 } >= 2 ? rounds : rounds.map { _ in false }
    }
    let isEnough = strict.joined().count { $0 } >= min(4, undisturbed.joined().count)
    return isEnough ? strict : undisturbed.map { $0.map { _ in true } }
  }

  /// What was measured in the rounds that count.
  private func slices(_ sessions: [[Double]]) -> Slices {
    zip(sessions, Self.kept(counted)).reduce(into: Slices()) { slices, session in
      slices.append(zip(session.0, session.1).filter(\.1).map(\.0))
    }
  }

  /// The rows of all engines that were measured.
  func rows(_ circumstances: Circumstances) -> [Row] {
    // Nothing is compared with a reference that answers wrongly.
    let reference = series.first { $0.name == circumstances.reference && $0.isRight }
    return series.filter { !$0.rates.many.joined().isEmpty }.map { series in
      row(series, circumstances, reference)
    }
  }

  /// What rows need to know of their run.
  struct Circumstances {
    let cpus: Int
    let seed: UInt64
    /// The engine that the others are compared with.
    let reference: String
    let cyclesPerNanosecond: Double?
  }

  private func row(
    _ series: Series, _ circumstances: Circumstances, _ reference: Series?
  ) -> Row {
    let many = slices(series.rates.many)
    var row = Row(
      scenario: scenario, engine: series.name, threads: threads, tokenBytes: tokenBytes,
      isOversubscribed: threads > circumstances.cpus, samples: many.values.count,
      answerChecked: series.isRight)
    guard series.isRight else { return row.voided() }
    row.slices = many.map { Double(threads) * 1e9 / $0 }
    let times = Summary(row.slices.values)
    (row.nsPerOp, row.madNs) = (times.median, times.deviation)
    let interval = Bootstrap.interval(row.slices, seed: circumstances.seed)
    (row.lowNs, row.highNs) = (interval.lowerBound, interval.upperBound)
    row.cyclesPerOp = circumstances.cyclesPerNanosecond.map { $0 * times.median }
    row.opsPerSecond = Summary(many.values).median
    if let reference {
      let ratios = slices(reference.rates.many).combined(many) { $0 / $1 }
      let interval = Bootstrap.interval(ratios, seed: circumstances.seed)
      row.ratioToOpenssl = Summary(ratios.values).median
      (row.ratioLow, row.ratioHigh) = (interval.lowerBound, interval.upperBound)
      if series.name != reference.name { row.ratioSlices = ratios }
    }
    row.scaling = threads == 1 ? 1 : scaling(series.rates, many)
    row.hitRatio = series.hits.map { Double($0.hits) / Double($0.operations) }
    row.latency = Latency(series.latencies)
    (row.p50Ns, row.p99Ns) = (row.latency?.p50, row.latency?.p99)
    row.p999Ns = row.latency?.p999
    row.allocationsPerOp = series.allocations
    return row
  }

  /// How much more all threads did than one, over what the loop in registers gained.
  private func scaling(_ rates: Rates, _ many: Slices) -> Double {
    let gains = many.combined(slices(rates.one)) { $0 / $1 }
    let ideal = slices(spins.many).combined(slices(spins.one)) { $0 / $1 }
    return Summary(gains.combined(ideal) { $0 / $1 }.values).median
  }
}
