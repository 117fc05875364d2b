// How a server is loaded: modes in turn, in a new random order each round, first by the closed load,
// then by the open one.
import Foundation

/// Measures all modes of one server process.
public struct LoadMeasurement {
  private let settings: LoadSettings
  private let isStopped: @Sendable () -> Bool
  private let progress: @Sendable (_ done: Double, _ what: String) -> Void
  private var generator: Seeded
  /// Whether it was interrupted.
  public private(set) var isPartial = false
  /// Requests a second of the open load; 0 if there was none.
  public private(set) var rate = 0.0

  /// - Parameter isStopped: Whether to end early.
  public init(
    _ settings: LoadSettings, isStopped: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (_ done: Double, _ what: String) -> Void = { _, _ in }
  ) {
    (self.settings, self.isStopped, self.progress) = (settings, isStopped, progress)
    generator = Seeded(settings.seed)
  }

  /// Measures everything and returns a row for each mode; none if no round is complete.
  ///
  /// - Throws: The server or wrk failed, or an answer was wrong. Neither survives this.
  public mutating func run() throws(BenchError) -> [LoadRow] {
    let server = try LoadServer(settings, isStopped: isStopped)
    let wrk = try Wrk(settings)
    for mode in settings.modes { try LoadCheck(mode, port: server.port).run() }
    // Caches, tables of keys and the allocator are warm before the first slice.
    for mode in settings.modes where !isEnded() { _ = try slice(mode, wrk, server) }
    let rounds = try rounds(from: 0) { [self] mode throws(BenchError) in
      try slice(mode, wrk, server)
    }
    guard !rounds.isEmpty else { return [] }
    let base = settings.modes.firstIndex { $0.name == LoadMode.base }
    var rows = settings.modes.indices.map { index in
      LoadRow(
        mode: settings.modes[index].name, rounds.map { $0[index] },
        base: base.flatMap { base in base == index ? nil : rounds.map { $0[base] } })
    }
    let reference = base.map { rows[$0] } ?? rows[0]
    rate = settings.rate ?? (reference.rate.median / 2).rounded()
    guard rate > 0 else { return rows }
    let opened = try open(server)
    for index in rows.indices where !opened.isEmpty {
      rows[index].open = LoadOpenRow(
        rate: rate, opened.map { $0[index] },
        base: base.flatMap { base in base == index ? nil : opened.map { $0[base] } })
    }
    if !isPartial { progress(1, "") }
    return rows
  }

  /// The slices of each round by mode; an incomplete round is left out.
  private mutating func rounds<Slice>(
    from first: Int, _ slice: (LoadMode) throws(BenchError) -> Slice
  ) throws(BenchError) -> [[Slice]] {
    var rounds: [[Slice]] = []
    while rounds.count < settings.slices {
      var round: [Int: Slice] = [:]
      for index in settings.modes.indices.shuffled(using: &generator) {
        if isEnded() { return rounds }
        let share = Double(first + rounds.count) / Double(2 * settings.slices)
        progress(share, settings.modes[index].name)
        round[index] = try slice(settings.modes[index])
      }
      rounds.append(settings.modes.indices.compactMap { round[$0] })
    }
    return rounds
  }

  /// One slice: the counters are read while the load is under way, so that neither making the
  /// connections nor the last requests count.
  private func slice(
    _ mode: LoadMode, _ wrk: Wrk, _ server: LoadServer
  ) throws(BenchError) -> LoadSlice {
    var (first, last): (LoadCounters?, LoadCounters?)
    do throws(BenchError) {
      let output = try wrk.run(mode, port: server.port) { () throws(BenchError) in
        try settle(server)
        first = try server.counters()
        usleep(UInt32(settings.seconds * 1e6))
        last = try server.counters()
      }
      return try LoadSlice(from: first!, to: last!, output)
    } catch {
      throw .unusable("\(mode.name): \(error)")
    }
  }

  /// Waits until the load has begun: until the server answers requests, and a moment more.
  private func settle(_ server: LoadServer) throws(BenchError) {
    let start = try server.counters().requests
    let end = DispatchTime.now() + settings.patience
    while try server.counters().requests < start + UInt64(settings.connections) {
      guard DispatchTime.now() < end else { throw .unusable("no request came to the server") }
      usleep(10_000)
    }
    usleep(100_000)
  }

  /// The rounds of the open load: as many slices as under the closed one. In a round all modes get
  /// their requests at the same times.
  private mutating func open(_ server: LoadServer) throws(BenchError) -> [[LoadOpenSlice]] {
    var loops: [String: OpenLoop] = [:]
    for mode in settings.modes {
      loops[mode.name] = OpenLoop(
        mode.tokens.map(mode.request), connections: settings.connections)
    }
    var (seed, count) = (settings.seed, 0)
    return try rounds(from: settings.slices) { [self] mode throws(BenchError) in
      if count % settings.modes.count == 0 { seed &+= 1 }
      count += 1
      let schedule = OpenLoopSchedule(rate: rate, seconds: settings.seconds, seed: seed)
      let first = try server.counters()
      let outcome = try loops[mode.name]!.run(
        schedule, port: server.port, cpu: settings.clientCPU, patience: min(settings.patience, 10))
      guard outcome.refused == 0 else {
        throw .unusable("\(mode.name): \(outcome.refused) answers of the open load are not 200")
      }
      return try LoadOpenSlice(from: first, to: server.counters(), outcome.samples)
    }
  }

  private mutating func isEnded() -> Bool {
    if isStopped() { isPartial = true }
    return isPartial
  }
}
