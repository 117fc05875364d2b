// One scenario on a number of threads: the results of all sessions, and its rows.
import Histogram

/// The results of one scenario on a number of threads.
struct ScenarioResult {
  /// Operations a second, by session: of all threads together, and of one thread.
  private struct Rates {
    var many: [[Double]] = []
    var one: [[Double]] = []
  }

  /// The results of one engine.
  private struct Series {
    let name: String
    var rates = Rates()
    var isRight = true
    var hits: (hits: UInt64, operations: UInt64)?
    var latencies = EngineRun.noLatencies
    var allocations: Double?
    var note: String?
  }

  let scenario: String
  let threads: Int
  var tokenBytes = 0
  /// The loop in registers: how much another thread adds at best.
  private var spins = Rates()
  /// By session: which rounds were undisturbed, and what the monitors saw.
  private var undisturbed: [[Bool]] = []
  private var observations: [[SiblingMonitor.Observation]] = []
  private var series: [Series] = []

  init(_ scenario: String, threads: Int) {
    (self.scenario, self.threads) = (scenario, threads)
  }

  /// Adds the rounds of a session and its loop in registers.
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
    series[index].note = series[index].note ?? run.note
    // The maximum: an allocation now and then is one too.
    if let allocations = run.allocations {
      series[index].allocations = max(series[index].allocations ?? 0, allocations)
    }
  }

  /// Which rounds were undisturbed. A session in which the sibling thread was always busy has none,
  /// which only another session can show.
  var counted: [[Bool]] {
    zip(undisturbed, observations).map { rounds, observations in
      observations.allSatisfy(\.hasBeenAlone) ? rounds : rounds.map { _ in false }
    }
  }

  /// The rounds that count: the undisturbed ones of sessions with at least two, or all rounds if
  /// fewer than four remain. A round counts as a whole: otherwise ratios would mix different
  /// moments.
  static func kept(_ undisturbed: [[Bool]]) -> [[Bool]] {
    let strict = undisturbed.map { rounds in
      rounds.count { $0 } >= 2 ? rounds : rounds.map { _ in false }
    }
    let isEnough = strict.joined().count { $0 } >= min(4, undisturbed.joined().count)
    return isEnough ? strict : undisturbed.map { $0.map { _ in true } }
  }

  /// The slices of the rounds that count.
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
    row.note = series.note
    return row
  }

  /// The speed-up of all threads over one, divided by that of the loop in registers.
  private func scaling(_ rates: Rates, _ many: Slices) -> Double {
    let gains = many.combined(slices(rates.one)) { $0 / $1 }
    let ideal = slices(spins.many).combined(slices(spins.one)) { $0 / $1 }
    return Summary(gains.combined(ideal) { $0 / $1 }.values).median
  }
}
