// Two records, row by row.

/// What changed from one record to another.
///
/// A row is faster or slower if three conditions hold. The Mann-Whitney test on blocks of slices is
/// significant after Holm's correction. The bootstrap interval of the change does not contain 0.
/// And that interval lies beyond the floor, by which two runs of one program differ. Each alone is
/// fooled: slices of one run are not independent, and two runs differ by more than their slices do.
///
/// Two runs see a machine in two states, which statistics can't correct. There is no verdict if
/// either run is noisy, and no change is reported that is smaller than the change of openssl's own
/// times or of the probe. `ab` measures both builds in one run instead.
public struct Comparison: Sendable {
  public let before: Report
  public let after: Report
  public private(set) var changes: [Change]
  /// Rows of one record alone.
  public let onlyBefore: [String]
  public let onlyAfter: [String]
  /// How much openssl's own times changed: the median of its rows.
  public let drift: Double?
  /// How much the best time of the probe changed: by other work that lasted for a whole run, or by
  /// the clock rate.
  public let coreDrift: Double?

  /// - Parameter again: One more record of the first program, for the floor.
  public init(_ before: Report, _ after: Report, again: Report? = nil) {
    (self.before, self.after) = (before, after)
    let pairs = Self.pairs(before, after)
    // The reference is part of every ratio.
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
      let hasVerdict = changes[index].verdict != .same
      if isNoisy || hasVerdict && moved > abs(changes[index].change ?? 0) {
        changes[index].verdict = .noisy
      }
    }
  }

  /// Whether one of the runs is noisy.
  public var isNoisy: Bool { [before, after].contains { $0.noise.verdict == .noisy } }

  /// Whether no row has a verdict.
  public var hasNoVerdict: Bool {
    changes.allSatisfy { [.noisy, .notComparable].contains($0.verdict) }
  }

  private static let yardstick = "openssl"

  /// Facts that must be equal and are not: the name, and both values.
  public static func differences(
    _ first: Machine, _ second: Machine
  ) -> [(name: String, first: MachineFact, second: MachineFact)] {
    [
      "cpu", "family", "model", "cores", "cgroup_quota", "os", "virtual", "governor", "turbo",
      "smt",
      "numa", "openssl", "swift",
    ].filter { first[$0] != second[$0] }.map { ($0, first[$0], second[$0]) }
  }

  /// Rows that are slower by more than `threshold`, or answer wrongly now.
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

  /// The floor of a row is the maximum of: one per cent; how much the halves of either run differ,
  /// for this row and as the median of rows of its kind; and how much two runs of the first program
  /// differ.
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
