// How two builds are measured. Processes of AFTER, of BEFORE twice and of the reference engine take
// turns on the same CPUs, in slices of 5 ms (the reference a quarter), in a random order each round.
// All are restarted about every second, since memory layout affects times more than the machine's
// noise does.
import Foundation

/// Measures two builds and gives their rows.
public struct ABMeasurement {
  private let settings: ABSettings
  private let before: ABSide
  private let after: ABSide
  private let isStopped: @Sendable () -> Bool
  private let progress: @Sendable (_ done: Double, _ what: String) -> Void
  private var generator: Seeded
  /// Whether it was interrupted.
  public private(set) var isPartial = false

  public init(
    _ settings: ABSettings, _ before: ABSide, _ after: ABSide,
    isStopped: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (_ done: Double, _ what: String) -> Void = { _, _ in }
  ) {
    (self.settings, self.before, self.after) = (settings, before, after)
    (self.isStopped, self.progress) = (isStopped, progress)
    generator = Seeded(settings.seed)
  }

  private enum Role: CaseIterable {
    case before, control, after, reference

    var name: String { self == .after ? "AFTER" : self == .reference ? "openssl" : "BEFORE" }
  }

  /// A row, and the size of its slices.
  private struct Entry {
    var row: ABRow
    /// Operations of a slice; slices of the reference are shorter.
    var count = 1
    var referenceCount: Int?
    /// The sessions' medians, in nanoseconds.
    var times: (before: [Double], after: [Double], reference: [Double]) = ([], [], [])
  }

  private struct RoleFailure: Error {
    let role: Role
    let reason: String
  }

  /// Nanoseconds of a slice.
  private static let slice = 5_000_000.0
  /// Warm-up rounds for caches, clocks and contexts.
  private static let warmRounds = 2
  private static let leastRounds = 6
  /// Seconds that a session may take beyond its time, since a round takes 20 ms, or a second on a
  /// busy machine.
  private static let longest = 20.0

  /// Measures everything and returns the rows with their verdicts.
  public mutating func run() throws(BenchError) -> [ABRow] {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "jot-bench-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .unusable("\(folder.path): the folder can't be made")
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    var entries = try rows().map { Entry(row: $0) }
    for index in entries.indices where entries[index].row.reason == nil && !isEnded() {
      progress(0, "\(entries[index].row.scenario), making its tokens")
      prepare(&entries[index], folder.path)
    }
    let measured = entries.indices.filter { entries[$0].row.reason == nil }
    let length = settings.seconds / Double(settings.sessions)
    let start = Time.now
    let budget = settings.seconds * 1e9 * Double(measured.count)
    for session in 0..<settings.sessions {
      // Time ends the run, never the results so far; but a verdict needs a few sessions.
      if Double(Time.now - start) > budget, session >= ABEstimate.leastSessions { break }
      for (position, index) in measured.shuffled(using: &generator).enumerated()
      where entries[index].row.reason == nil && !isEnded() {
        let row = entries[index].row
        progress(
          (Double(session) + Double(position) / Double(measured.count)) / Double(settings.sessions),
          "\(row.scenario), \(row.threads) thread\(row.threads == 1 ? "" : "s"), "
            + "session \(session + 1) of \(settings.sessions)")
        measureSession(&entries[index], folder.path, seconds: length)
      }
    }
    if !isPartial { progress(1, "") }
    var rows = entries.map { entry in
      var row = entry.row
      func median(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : Summary(values).median
      }
      row.beforeNs = median(entry.times.before)
      row.afterNs = median(entry.times.after)
      row.referenceNs = median(entry.times.reference)
      return row
    }
    rows.decide(threshold: settings.threshold)
    return rows
  }

  /// The rows, of scenarios of either side. A scenario of one side alone becomes a row with that
  /// reason.
  private func rows() throws(BenchError) -> [ABRow] {
    let names = (before.scenarios + after.scenarios).uniqued()
    var found: [String] = []
    let standard = settings.standard.filter(names.contains)
    for pattern in settings.scenarios ?? standard {
      let matching = names.filter { Glob(pattern).matches($0) }
      guard !matching.isEmpty else {
        let near = Glob.near(pattern, among: names).joined(separator: ", ")
        throw .usage(
          "--scenario \(pattern): neither side has one\(near.isEmpty ? "" : "; near it: \(near)")")
      }
      found += matching
    }
    if let planted = settings.planted?.scenario, !found.contains(planted) {
      throw .usage("--plant-slowdown \(planted): it is not one of the scenarios")
    }
    return found.uniqued().flatMap { name in
      // A scenario that does not scale is measured on the first number of threads.
      let scales = !settings.unscaled.contains(name)
      return settings.threads.prefix(scales ? .max : 1).map { threads in
        var row = ABRow(scenario: name, threads: threads)
        if !before.scenarios.contains(name) {
          row.reason = "AFTER alone has this scenario"
        } else if !after.scenarios.contains(name) {
          row.reason = "BEFORE alone has this scenario"
        }
        return row
      }
    }
  }

  private mutating func isEnded() -> Bool {
    if isStopped() { isPartial = true }
    return isPartial
  }

  private func start(
    _ role: Role, _ row: ABRow, _ folder: String
  ) throws(RoleFailure) -> ABProcess.Starting {
    let side = role == .after ? after : before
    var arguments = [
      "--scenario", row.scenario, "--engine", role == .reference ? "openssl" : "jot",
      "--threads", "\(row.threads)", "--seed", "\(settings.seed)", "--pools", folder,
    ]
    if row.threads <= settings.cpus.count {
      let cpus = settings.cpus.suffix(row.threads).map { "\($0)" }
      arguments += ["--cpus", cpus.joined(separator: ",")]
    }
    if let planted = settings.planted, role != .reference {
      let share = role == .after ? planted.share : 0
      arguments += ["--plant-slowdown", "\(planted.scenario)=\(share)"]
    }
    do throws(ProcessFailure) {
      return try ABProcess.Starting(
        side.executable, arguments, threads: row.threads, patience: settings.patience,
        isStopped: isStopped)
    } catch {
      throw RoleFailure(role: role, reason: error.reason)
    }
  }

  private func ask<Value>(
    _ role: Role, _ body: () throws(ProcessFailure) -> Value
  ) throws(RoleFailure) -> Value {
    do throws(ProcessFailure) {
      return try body()
    } catch {
      throw RoleFailure(role: role, reason: error.reason)
    }
  }

  /// Makes the inputs, and finds how many operations fill a slice.
  private mutating func prepare(_ entry: inout Entry, _ folder: String) {
    do throws(RoleFailure) {
      // The same number for both, so that neither side's slice is too long.
      entry.count = min(
        try count(.before, entry.row, folder, of: Self.slice),
        try count(.after, entry.row, folder, of: Self.slice))
    } catch {
      // Ctrl-C may have ended the process too, here and below.
      if !isEnded() { fail(&entry, error) }
      return
    }
    // The reference may lack this scenario: then its process ends, and the row has no reference.
    entry.referenceCount = try? count(.reference, entry.row, folder, of: Self.slice / 4)
  }

  private func count(
    _ role: Role, _ row: ABRow, _ folder: String, of slice: Double
  ) throws(RoleFailure) -> Int {
    let starting = try start(role, row, folder)
    let process = try ask(role) { () throws(ProcessFailure) in try ABProcess(starting) }
    var count = process.batchSize
    while true {
      let tried = count
      let time = try ask(role) { () throws(ProcessFailure) in try process.run(tried) }
      let taken = time.cpu * Double(count)
      if taken >= slice / 4 || count >= 100_000_000 {
        let wanted = min(Double(count) * slice / taken, 1e8)
        return max(1, Int(wanted) / process.batchSize) * process.batchSize
      }
      count *= 4
    }
  }

  private func fail(_ entry: inout Entry, _ failure: RoleFailure) {
    entry.row.reason = "\(failure.role.name): \(failure.reason)"
    entry.row.verdict = failure.role == .after ? .broken : .notComparable
  }

  /// Measures a row for one session, with new processes.
  private mutating func measureSession(_ entry: inout Entry, _ folder: String, seconds: Double) {
    do throws(RoleFailure) {
      try measure(&entry, folder, seconds: seconds)
    } catch {
      if !isEnded() { fail(&entry, error) }
    }
  }

  private mutating func measure(
    _ entry: inout Entry, _ folder: String, seconds: Double
  ) throws(RoleFailure) {
    let begin = Time.now
    // The order of starts affects the positions in memory.
    let roles = Role.allCases.filter { $0 != .reference || entry.referenceCount != nil }
      .shuffled(using: &generator)
    var starting: [(Role, ABProcess.Starting)] = []
    for role in roles { starting.append((role, try start(role, entry.row, folder))) }
    var processes: [(role: Role, process: ABProcess)] = []
    for (role, started) in starting {
      processes.append(
        (role, try ask(role) { () throws(ProcessFailure) in try ABProcess(started) }))
    }
    // The same number on both sides, a multiple of both batches.
    let size = processes.filter { $0.role != .reference }.map(\.process.batchSize).reduce(
      1, Self.leastCommonMultiple)
    let count = (entry.count + size - 1) / size * size
    var rounds: [[Role: ABProcess.Time]] = []
    // Nanoseconds that each process was waited for, so that a timeout names the slowest.
    var waited: [Role: UInt64] = [:]
    let limit = Self.longest + 2 * seconds
    var round = 0
    while round < Self.warmRounds + Self.leastRounds
      || Double(Time.now - begin) < seconds * 1e9
    {
      if isEnded() { return }
      guard Double(Time.now - begin) < limit * 1e9 else {
        throw RoleFailure(
          role: waited.max { $0.value < $1.value }?.key ?? .before,
          reason: "no \(Self.leastRounds) rounds within \(Int(limit)) s")
      }
      if round == Self.warmRounds {
        for (role, process) in processes {
          try ask(role) { () throws(ProcessFailure) in try process.begin() }
        }
      }
      var times: [Role: ABProcess.Time] = [:]
      for (role, process) in processes.shuffled(using: &generator) {
        let operations = role == .reference ? entry.referenceCount! : count
        let start = Time.now
        times[role] = try ask(role) { () throws(ProcessFailure) in try process.run(operations) }
        waited[role, default: 0] += Time.now - start
      }
      if round >= Self.warmRounds { rounds.append(times) }
      round += 1
    }
    for (role, process) in processes {
      try ask(role) { () throws(ProcessFailure) in try process.end() }
    }
    func times(_ role: Role, _ time: KeyPath<ABProcess.Time, Double>) -> [Double] {
      rounds.map { $0[role]![keyPath: time] }
    }
    entry.row.sessions.append(
      ABSession(
        cpu: (times(.before, \.cpu), times(.control, \.cpu), times(.after, \.cpu)),
        wall: (times(.before, \.wall), times(.control, \.wall), times(.after, \.wall))))
    func median(_ roles: Role...) -> Double {
      Summary(roles.flatMap { times($0, \.cpu) }).median
    }
    entry.times.before.append(median(.before, .control))
    entry.times.after.append(median(.after))
    if entry.referenceCount != nil { entry.times.reference.append(median(.reference)) }
  }

  private static func leastCommonMultiple(_ one: Int, _ other: Int) -> Int {
    var (a, b) = (one, other)
    while b != 0 { (a, b) = (b, a % b) }
    return one / a * other
  }
}
