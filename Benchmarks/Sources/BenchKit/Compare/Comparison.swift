// Two records, row by row.

/// What changed from one record to another.
///
/// Three things must agree before a row is called faster or slower, since each alone is fooled:
/// slices of a run are alike, and two runs of one program differ by more than their slices do.
/// Mann and Whitney's test on blocks of slices, corrected for the number of rows, says that it was no
/// chance; the bootstrap interval of the change, sessions drawn anew, says how large it is; and all of
/// that interval must lie beyond the floor, by which runs of one program differ.
///
/// Two runs had two machines under them, and no statistics mend that. So there is no verdict where either
/// run called itself noisy, and no change is told that is smaller than what openssl's own times, or a loop
/// that fills a core, moved by from one to the other: `ab` measures both in one run.
public struct Comparison: Sendable {
  public let before: Report
  public let after: Report
  public private(set) var changes: [Change]
  /// Rows of one record alone.
  public let onlyBefore: [String]
  public let onlyAfter: [String]
  /// By how much openssl's own times moved: the median of its rows.
  public let drift: Double?
  /// By how much a loop that fills a core moved, at its best: by others who were there all the time, or by
  /// the clock.
  public let coreDrift: Double?

  /// - Parameter again: One more record of the first program, for the floor.
  public init(_ before: Report, _ after: Report, again: Report? = nil) {
    (self.before, self.after) = (before, after)
    let pairs = Self.pairs(before, after)
    // The yardstick is no question: it is in every ratio.
    changes = pairs.filter { $0.1.engine != Self.yardstick }.map { Change($0, $1) }
    let drifts = pairs.filter { $0.1.engine == Self.yardstick }
      .compactMap { first, second in
        first.nsPerOp.flatMap { first in second.nsPerOp.map { $0 / first - 1 } }
      }
    drift = drifts.isEmpty ? nil : Summary(drifts).median
    coreDrift = Self.coreDrift(before.machine, after.machine)
    onlyBefore = Self.alone(before, after)
    onlyAfter = Self.alone(after, before)
    setFloors(again)
    let tested = changes.indices.filter { changes[$0].p != nil }
    for (index, p) in zip(tested, Holm.adjusted(tested.map { changes[$0].p! })) {
      changes[index].adjusted = p
      changes[index].decide()
      let moved = max(abs(drift ?? 0), abs(coreDrift ?? 0))
      let isTold = changes[index].verdict != .same
      if isNoisy || isTold && moved > abs(changes[index].change ?? 0) {
        changes[index].verdict = .noisy
      }
    }
  }

  /// Whether one of the runs called itself noisy.
  public var isNoisy: Bool { [before, after].contains { $0.noise.verdict == .noisy } }

  /// Whether nothing can be said of any row.
  public var hasNoVerdict: Bool { changes.allSatisfy { [.noisy, .untold].contains($0.verdict) } }

  private static let yardstick = "openssl"

  /// What must be the same on both sides, and is not: name, the first's, the second's.
  public static func differences(
    _ first: Machine, _ second: Machine
  ) -> [(name: String, first: MachineFact, second: MachineFact)] {
    [
      "cpu", "family", "model", "cores", "cgroup_quota", "os", "virtual", "governor", "turbo",
      "smt",
      "numa", "openssl", "swift",
    ].filter { first[$0] != second[$0] }.map { ($0, first[$0], second[$0]) }
  }

  /// Rows that became slower by more than `threshold`, or answer wrongly now.
  public func regressions(over threshold: Double) -> [Change] {
    changes.filter {
      $0.verdict == .broken || $0.verdict == .slower && ($0.change ?? 0) > threshold
    }
  }

  private static func coreDrift(_ first: Machine, _ second: Machine) -> Double? {
    let loops = [first, second].compactMap { $0["core_loop_ns"].number }.filter { $0 > 0 }
    return loops.count == 2 ? loops[1] / loops[0] - 1 : nil
  }

  private static func pairs(_ before: Report, _ after: Report) -> [(Row, Row)] {
    after.rows.compactMap { row in
      before.rows.first { name($0) == name(row) }.map { ($0, row) }
    }
  }

  private static func alone(_ report: Report, _ other: Report) -> [String] {
    let names = Set(other.rows.map(name))
    return report.rows.map(name).filter { !names.contains($0) }
  }

  private static func name(_ row: Row) -> String {
    "\(row.scenario) \(row.engine) \(row.threads)"
  }

  /// The floor of a row is the most of: one per cent; by how much halves of either run differ, in
  /// the middle of the rows measured the same way, and of the row itself; and by how much the first
  /// program's runs do.
  private mutating func setFloors(_ again: Report?) {
    let rows = Self.pairs(before, after)
    let repeated = again.map { again in
      Self.pairs(before, again).filter { $0.1.engine != Self.yardstick }.map { Change($0, $1) }
    }
    for isRelative in [true, false] {
      let alike = rows.filter { pair in
        pair.1.engine != Self.yardstick
          && isRelative == (!pair.0.ratioSlices.isEmpty && !pair.1.ratioSlices.isEmpty)
      }
      let general =
        [alike.map(\.0), alike.map(\.1)].map { rows in
          let changes = rows.compactMap { Noise.change($0) }
          return changes.isEmpty ? 0 : Summary(changes).median
        }.max() ?? 0
      for index in changes.indices where changes[index].isRelative == isRelative {
        let name = { (change: Change) in "\(change.scenario) \(change.engine) \(change.threads)" }
        let own = rows.filter { Self.name($0.1) == name(changes[index]) }
          .flatMap { [Noise.change($0.0), Noise.change($0.1)] }
        let runs = (repeated ?? []).filter { name($0) == name(changes[index]) }
          .map { $0.change.map { abs($0) } }
        changes[index].floor = (own + runs).compactMap { $0 }
          .reduce(max(Noise.least, general)) { max($0, $1) }
      }
    }
  }
}
