// How small a change this run could have shown: the run compared with itself.

/// How much a run was disturbed.
public struct Noise: Sendable, Equatable {
  public enum Verdict: String, Sendable, Codable { case quiet, noisy, unknown }

  /// How much two halves of the run differ, as a share: nine of ten rows differ by no more. Nil
  /// after a single session.
  public let aaChange: Double?
  public let verdict: Verdict
  /// A sentence for people.
  public let words: String

  /// No smaller change is ever reported: the position of code in memory changes a time by as much.
  static let least = 0.01
  /// A run whose halves differ by more is noisy.
  static let limit = 0.02

  public init(_ rows: [Row], _ machine: Machine) {
    let change = Self.change(rows)
    aaChange = change
    let causes = Self.causes(machine)
    let told = NumberFormat.percent(max(Self.least, change ?? 0))
    guard let change else {
      verdict = causes.isEmpty ? .unknown : .noisy
      words =
        causes.isEmpty
        ? "a single session: the smallest visible change is not known"
        : "noisy: \(causes.joined(separator: ", "))"
      return
    }
    let halves = "the two halves of the run differ by \(NumberFormat.percent(change))"
    if change > Self.limit {
      verdict = .noisy
      words = "too noisy for changes below \(told): \(([halves] + causes).joined(separator: ", "))"
    } else if !causes.isEmpty {
      verdict = .noisy
      words = "noisy: \(causes.joined(separator: ", ")); still, \(halves)"
    } else {
      verdict = .quiet
      words = "quiet: \(halves), so changes from \(told) on are visible"
    }
  }

  /// How much the row's even and odd sessions differ; nil for fewer than two.
  static func change(_ row: Row) -> Double? {
    let slices = row.ratioSlices.isEmpty ? row.slices : row.ratioSlices
    let halves = slices.ranges.enumerated()
    let even = halves.filter { $0.offset % 2 == 0 }.flatMap { slices.values[$0.element] }
    let odd = halves.filter { $0.offset % 2 == 1 }.flatMap { slices.values[$0.element] }
    guard !even.isEmpty, !odd.isEmpty else { return nil }
    let (first, second) = (Summary(even).median, Summary(odd).median)
    return max(first, second) / min(first, second) - 1
  }

  /// The difference that nine of ten rows do not exceed. Rows with a ratio count if there are any:
  /// the machine's drift cancels in them.
  static func change(_ rows: [Row]) -> Double? {
    let related = rows.filter { !$0.ratioSlices.isEmpty }
    let changes = (related.isEmpty ? rows : related).compactMap { change($0) }.sorted()
    guard !changes.isEmpty else { return nil }
    return NumberFormat.rounded(changes[(changes.count * 9 + 9) / 10 - 1], digits: 3)
  }

  /// Whether other work used the cores for so long that even the undisturbed part is in doubt.
  static func isCrowded(_ machine: Machine) -> Bool {
    (machine["crowded_time"].number ?? 0) > 0.8
  }

  /// The disturbances that were seen.
  private static func causes(_ machine: Machine) -> [String] {
    var causes: [String] = []
    if let share = machine["steal_share"].number, share > 0.02 {
      causes.append("the host took \(NumberFormat.percent(share)) of the time")
    }
    if let count = machine["throttled"].number, count > 0 {
      causes.append("a quota stopped it \(NumberFormat.fixed(count, 0)) times")
    }
    if let share = machine["disturbed_rounds"].number, share > 0.5 {
      causes.append("other threads disturbed \(NumberFormat.percent(share)) of the rounds")
    }
    if Self.isCrowded(machine) {
      let share = NumberFormat.percent(machine["crowded_time"].number ?? 0)
      causes.append("other work used the cores for \(share) of the time")
    }
    if let others = machine["foreign_cpus"].number,
      others > 0.25 * (machine["cores"].number ?? 1)
    {
      causes.append("other processes used \(NumberFormat.fixed(others, 1)) CPUs")
    }
    return causes
  }
}
