// How competitors are measured: Jot, OpenSSL and all of them on one CPU, in turn in short slices,
// in a random order each round.
import BenchKit
import Foundation
import Jot

/// Measures competitors and gives their rows.
public struct CompetitorMeasurement {
  private let settings: CompetitorSettings
  private let isStopped: @Sendable () -> Bool
  private let progress: @Sendable (_ done: Double, _ what: String) -> Void
  private var generator: Seeded
  /// The types of claims that each executable has named.
  private var claims: [String: [String]] = [:]
  /// Whether it was interrupted.
  public private(set) var isPartial = false

  /// - Parameter isStopped: Whether to end early.
  public init(
    _ settings: CompetitorSettings, isStopped: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (_ done: Double, _ what: String) -> Void = { _, _ in }
  ) {
    (self.settings, self.isStopped, self.progress) = (settings, isStopped, progress)
    generator = Seeded(settings.seed)
  }

  /// One competitor at one task.
  private struct Entry {
    let competitor: CompetitorDescription
    var checkedWorker: CheckedWorker?
    var worker: ProcessWorker?
    var batch = 1
    /// The time of each round.
    var rounds: [Int: Double] = [:]
    var reason: String?
  }

  /// Measures everything and returns the rows by task, OpenSSL's and Jot's first.
  public mutating func run() throws(BenchError) -> [CompetitorRow] {
    var rows: [CompetitorRow] = []
    var pools: [String: Pool] = [:]
    for (index, task) in settings.tasks.enumerated() where !isPartial {
      let name = "\(task.algorithm)/\(task.profile.rawValue)"
      let pool =
        if let pool = pools[name] {
          pool
        } else {
          try Pool(
            task.jwsAlgorithm, task.profile, count: settings.poolSize, seed: settings.seed,
            now: settings.now)
        }
      pools[name] = pool
      let (report, count) = (progress, Double(settings.tasks.count))
      rows += try measure(task, pool) { share in
        report((Double(index) + share) / count, task.name)
      }
    }
    if !isPartial { progress(1, "") }
    return rows
  }

  /// Measures one task; without a few rounds it has no rows.
  private mutating func measure(
    _ task: CompetitorTask, _ pool: Pool, _ report: (Double) -> Void
  ) throws(BenchError) -> [CompetitorRow] {
    // The core is not monitored for a competitor, and so not for Jot either.
    let workerPool = WorkerPool(threads: 1, cpus: settings.cpus)
    var entries = try own(task, pool)
    for executable in settings.executables where !isEnded() {
      if let entry = entry(executable, task, pool) { entries.append(entry) }
    }
    for index in entries.indices where entries[index].reason == nil && !isEnded() {
      // Warm-up for caches, contexts and compilers; it also gives the size of a batch.
      for nanoseconds in [30_000_000, 100_000_000, 150_000_000] as [UInt64] {
        let time = slice(&entries[index], workerPool, nanoseconds)
        guard entries[index].reason == nil else { break }
        // For another process a batch is a whole slice, which is interrupted as often.
        let length = entries[index].worker == nil ? 100_000 : WorkerPool.sliceNanoseconds
        // It may claim that any number took no time.
        entries[index].batch = max(1, Int(min(Double(length) / time, 1e8)))
      }
      report(0)
    }
    let count = entries.count { $0.reason == nil }
    let budget = settings.seconds * Double(count) * 1e9
    let start = Time.now
    var round = 0
    while !isEnded(), round < Self.leastRounds || Double(Time.now - start) < budget {
      for index in entries.indices.shuffled(using: &generator)
      where entries[index].reason == nil {
        let time = slice(&entries[index], workerPool, WorkerPool.sliceNanoseconds)
        if entries[index].reason == nil { entries[index].rounds[round] = time }
      }
      round += 1
      report(min(1, Double(Time.now - start) / budget))
    }
    guard round >= Self.leastRounds else { return [] }
    let jot = entries[1].rounds
    return entries.map { entry in
      var row = CompetitorRow(competitor: entry.competitor, task: task, reason: entry.reason)
      guard entry.reason == nil else { return row }
      row.nanoseconds = Summary(Array(entry.rounds.values)).median
      // In order of time: the interval depends on the correlation of neighbours.
      let rounds = entry.rounds.sorted { $0.key < $1.key }
      let ratios = rounds.compactMap { round, time in jot[round].map { time / $0 } }
      if !ratios.isEmpty {
        let (summary, interval) = (Summary(ratios), Bootstrap.interval(Slices(ratios)))
        row.timesJot = CompetitorRow.Times(
          median: summary.median, low: interval.lowerBound, high: interval.upperBound)
      }
      row.samples = entry.rounds.count
      return row
    }
  }

  private static let leastRounds = 5

  private mutating func isEnded() -> Bool {
    if isStopped() { isPartial = true }
    return isPartial
  }

  /// Returns nanoseconds of an operation, or sets the reason of a failure.
  private func slice(_ entry: inout Entry, _ workerPool: WorkerPool, _ nanoseconds: UInt64)
    -> Double
  {
    guard let checkedWorker = entry.checkedWorker else { return 0 }
    let slice = workerPool.slice([checkedWorker], batch: entry.batch, nanoseconds: nanoseconds)
    if !slice.isRight { entry.reason = entry.worker?.failure?.reason ?? "a wrong answer" }
    return 1e9 / slice.operationsPerSecond
  }

  /// OpenSSL and Jot, in this process.
  private func own(_ task: CompetitorTask, _ pool: Pool) throws(BenchError) -> [Entry] {
    let work = JotWorkload.tokens(task.operation, pool)
    let openssl = CompetitorDescription(
      name: "openssl", version: OpenSSLVersion.running, language: "C",
      driven: "the signature alone, contexts prepared once: the floor for all who call it")
    let jot = CompetitorDescription(
      name: "jot", version: JotLibrary.version, language: "Swift",
      driven: "one Signer or Verifier, the caller's buffers, the machine's clock, in our process; "
        + "claims of a type by sign(_:) and verify(_:as:) of a String")
    return [
      Entry(
        competitor: openssl,
        checkedWorker: CheckedWorker(
          try OpenSSLEngine().workers(work, threads: 1)[0], isPlantedWrong: false)),
      Entry(
        competitor: jot,
        checkedWorker: CheckedWorker(try Self.jot(task, pool), isPlantedWrong: false)),
    ]
  }

  /// Jot as in ``JotEngine``, but with the machine's clock, like the competitors.
  private static func jot(_ task: CompetitorTask, _ pool: Pool) throws(BenchError) -> any Worker {
    if let type = task.claimsType { return try task.jot(pool, type) }
    do throws(JWTError) {
      guard !task.isSigning else { return JotSign(pool, try Signer(pool)) }
      return JotVerify(pool, try Verifier(onMachineClock: pool))
    } catch {
      throw .unusable("jot: \(error)")
    }
  }

  /// Returns nil if the competitor has not named the task's type of claims.
  private mutating func entry(
    _ executable: String, _ task: CompetitorTask, _ pool: Pool
  ) -> Entry? {
    func has(_ types: [String]) -> Bool { task.claims.map(types.contains) ?? true }
    if let types = claims[executable], !has(types) { return nil }
    var competitor = CompetitorDescription.unknown(URL(filePath: executable).lastPathComponent)
    do throws(ProcessFailure) {
      let cpu = settings.cpus.first
      let process = try LineProcess(executable, patience: settings.patience, cpu: cpu)
      let types: [String]
      (competitor, types) = try CompetitorDescription.ask(process)
      claims[executable] = types
      guard has(types) else { return nil }
      let worker = try Competitor(process, task, pool, cpu: cpu).worker
      return Entry(
        competitor: competitor, checkedWorker: CheckedWorker(worker, isPlantedWrong: false),
        worker: worker)
    } catch {
      // One that does not describe itself names no types.
      if competitor.isUnknown, task.claims != nil { return nil }
      return Entry(competitor: competitor, reason: error.reason)
    }
  }
}
