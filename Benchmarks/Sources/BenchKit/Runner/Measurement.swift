// How scenarios are measured. Engines take turns in short slices, in a random order each round, so
// that other work on the machine hits all of them alike. Everything is repeated in sessions, so
// that a run can be compared with itself.

/// Measures scenarios and gives their rows.
public struct Measurement<Subject: Scenario> {
  private let settings: RunSettings<Subject>
  private let engines: [any Engine<Subject.Input>]
  private let makeInput: (Subject) throws(BenchError) -> Subject.Input
  private let progress: @Sendable (_ done: Double, _ what: String) -> Void
  private let isStopped: @Sendable () -> Bool
  private var generator: Seeded
  /// Whether the run was stopped: rows have fewer slices, or are missing.
  public private(set) var isPartial = false
  /// All rounds, and the disturbed ones.
  private var rounds = (all: 0, disturbed: 0)
  /// Monitored slices, and the sum over them of the share in which other work used a core.
  private var monitored = (slices: 0, crowded: 0.0)
  /// The monitors of the workers' cores, by the number of threads: the same in all sessions.
  private var monitors: [Int: [SiblingMonitor]] = [:]

  /// What a record says of the run: the share of disturbed rounds, the share of time with other
  /// work on our cores, and the best time of the probe. The last one reveals work that lasted for
  /// the whole run.
  public var facts: [String: MachineFact] {
    func share(_ part: Double, _ whole: Int) -> MachineFact {
      whole == 0 ? .unknown : .number(NumberFormat.rounded(part / Double(whole), digits: 3))
    }
    return [
      "disturbed_rounds": share(Double(rounds.disturbed), rounds.all),
      "crowded_time": share(monitored.crowded, monitored.slices),
      "core_loop_ns": coreLoop.map { .number($0) } ?? .unknown,
    ]
  }

  /// The best time of the probe, in nanoseconds.
  private var coreLoop: Double? {
    monitors[1]?.first.flatMap { $0.least == .max ? nil : Double($0.least) }
  }

  /// - Parameters:
  ///   - engines: The first is the reference for the others.
  ///   - makeInput: Makes a scenario's input, or returns the one that it made before.
  ///   - isStopped: Asked each round: whether to end early.
  ///   - progress: Called each round with the share that is done.
  public init(
    _ settings: RunSettings<Subject>, engines: [any Engine<Subject.Input>],
    makeInput: @escaping (Subject) throws(BenchError) -> Subject.Input,
    isStopped: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (_ done: Double, _ what: String) -> Void = { _, _ in }
  ) {
    (self.settings, self.engines, self.progress) = (settings, engines, progress)
    (self.makeInput, self.isStopped) = (makeInput, isStopped)
    generator = Seeded(settings.seed)
  }

  /// Measures everything and returns the rows, scenario by scenario.
  public mutating func run() throws(BenchError) -> [Row] {
    let subjects = settings.scenarios.flatMap { scenario in
      settings.threads.prefix(scenario.scales ? .max : 1).map { (scenario: scenario, threads: $0) }
    }
    var results = subjects.map { ScenarioResult($0.scenario.name, threads: $0.threads) }
    let counter = CycleCounter()
    let steps = Double(results.count * settings.sessionCount)
    for session in 0..<settings.sessionCount {
      for (index, subject) in subjects.enumerated() where !isPartial {
        let work = try makeInput(subject.scenario)
        let (report, done) = (progress, Double(session * results.count + index))
        let what =
          "\(subject.scenario.name), \(subject.threads) thread\(subject.threads == 1 ? "" : "s")"
        try measureSession(&results[index], work) { share in report((done + share) / steps, what) }
      }
    }
    progress(1, "")
    let counted = results.flatMap { $0.counted.joined() }
    rounds = (counted.count, counted.count { !$0 })
    let circumstances = ScenarioResult.Circumstances(
      cpus: settings.cpus.count, seed: settings.seed, reference: engines[0].name,
      cyclesPerNanosecond: counter.perNanosecond)
    return results.flatMap { $0.rows(circumstances) }
  }

  /// Whether every engine's interval is narrow enough.
  private func isPreciseEnough(_ runs: [EngineRun], _ undisturbed: [Bool]) -> Bool {
    guard let confidence = settings.confidence else { return false }
    return runs.allSatisfy { run in
      let rates = zip(run.many, undisturbed).filter(\.1).map(\.0).sorted()
      guard let interval = Summary.intervalByRank(of: rates) else { return false }
      let middle = rates[rates.count / 2]
      return max(interval.upperBound - middle, middle - interval.lowerBound) <= confidence * middle
    }
  }

  /// New workers, with the monitors of earlier pools of this size.
  private mutating func makeWorkerPool(_ threads: Int, _ isMonitored: Bool) -> WorkerPool {
    if monitors[threads] == nil { monitors[threads] = (0..<threads).map { _ in SiblingMonitor() } }
    return WorkerPool(
      threads: threads, cpus: settings.cpus, monitors: isMonitored ? monitors[threads]! : [])
  }

  /// Measures a scenario for one session: all its engines, with new workers.
  private mutating func measureSession(
    _ result: inout ScenarioResult, _ work: Subject.Input, _ report: (Double) -> Void
  ) throws(BenchError) {
    let threads = result.threads
    result.tokenBytes = work.inputBytes
    var runs: [EngineRun] = []
    for engine in engines {
      let workers = try engine.workers(work, threads: threads)
      if workers.isEmpty { continue }
      runs.append(
        EngineRun(engine.name, workers, isPlantedWrong: engine.name == settings.plantedWrong))
    }
    // If one engine runs in another process, no core is monitored, so that all engines have the
    // same load.
    let isMonitored = !runs.contains { $0.isSeparateProcess }
    let workerPool = makeWorkerPool(threads, isMonitored)
    let single = makeWorkerPool(1, isMonitored)
    let spins = (0..<threads).map { _ in SpinWorker() }
    for index in runs.indices {
      runs[index].warm(on: workerPool, threads: threads, sessions: settings.sessionCount)
    }
    // A probe right after a long operation depends on that operation, and long operations differ:
    // one RSA signature in 32 makes new blinding values.
    if runs.contains(where: \.isLong) {
      workerPool.stopMonitoring()
      single.stopMonitoring()
    }
    var spinMany: [Double] = []
    var spinOne: [Double] = []
    let budget =
      settings.seconds * Double(runs.count) * 1e9 / Double(settings.sessionCount)
    let least = max(2, 8 / settings.sessionCount)
    for index in runs.indices { runs[index].begin() }
    let start = Time.now
    var undisturbed: [Bool] = []
    // If too few rounds were undisturbed, measure up to twice as long.
    while undisturbed.count < least || Double(Time.now - start) < budget
      || (undisturbed.count { $0 } < least && Double(Time.now - start) < 2 * budget)
    {
      if isStopped() {
        isPartial = true
        break
      }
      if undisturbed.count % 8 == 7, isPreciseEnough(runs, undisturbed) { break }
      var turns = runs.indices.map { (run: $0, isMany: true) }
      if threads > 1 {
        turns += runs.indices.map { (run: $0, isMany: false) }
        turns += [(run: -1, isMany: true), (run: -1, isMany: false)]
      }
      turns.shuffle(using: &generator)
      var isUndisturbed = true
      for turn in turns {
        let workerPool = turn.isMany ? workerPool : single
        if turn.run < 0 {
          let slice = workerPool.slice(spins, batch: 500, nanoseconds: WorkerPool.sliceNanoseconds)
          if !slice.isUndisturbed { isUndisturbed = false }
          if turn.isMany {
            spinMany.append(slice.operationsPerSecond)
          } else {
            spinOne.append(slice.operationsPerSecond)
          }
        } else {
          if !runs[turn.run].run(on: workerPool, isMany: turn.isMany) { isUndisturbed = false }
        }
      }
      undisturbed.append(isUndisturbed)
      report(min(1, Double(Time.now - start) / budget))
    }
    result.add(
      undisturbed: undisturbed, observations: workerPool.endSession() + single.endSession(),
      many: spinMany, one: spinOne)
    if workerPool.isMonitoring {
      monitored.slices += runs.reduce(0) { $0 + $1.many.count + $1.one.count }
      monitored.crowded += runs.reduce(0) { $0 + $1.crowded }
    }
    for index in runs.indices {
      runs[index].end()
      if !isPartial {
        let seconds = max(0.02, settings.seconds / 10 / Double(settings.sessionCount))
        runs[index].time(on: workerPool, nanoseconds: UInt64(seconds * 1e9))
      }
      result.add(runs[index])
    }
  }
}
