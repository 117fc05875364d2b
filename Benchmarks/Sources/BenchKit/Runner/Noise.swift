// How small a change this run could have told: the run compared with itself.

/// What a run says of its own disturbances.
public struct Noise: Sendable, Equatable {
  public enum Verdict: String, Sendable, Codable { case quiet, noisy, unknown }

  /// By how much two halves of the run differ, as a share: of ten rows, nine differ by no more.
  /// Nil where there was one session alone.
  public let aaChange: Double?
  public let verdict: Verdict
  /// A sentence for people.
  public let words: String

  /// No smaller change is ever told: code that stands elsewhere in memory makes as much.
  static let least = 0.01
  /// Halves that differ by more are noisy.
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
        ? "one session alone: how small a change can be told is not known"
        : "noisy: \(causes.joined(separator: ", "))"
      return
    }
    let halves = "the two halves of the run differ by \(NumberFormat.percent(change))"
    if change > Self.limit {
      verdict = .noisy
      words = "too noisy to tell less than \(told): \(([halves] + causes).joined(separator: ", "))"
    } else if !causes.isEmpty {
      verdict = .noisy
      words = "noisy: \(causes.joined(separator: ", ")); still, \(halves)"
    } else {
      verdict = .quiet
      words = "quiet: \(halves), so changes from \(told) on can be told"
    }
  }

  /// How much the row's even and odd sessions differ; nil with fewer than two.
  static func change(_ row: Row) -> Double? {
    let slices = row.ratioSlices.isEmpty ? row.slices : row.ratioSlices
    let halves = slices.ranges.enumerated()
    let even = halves.filter { $0.offset % 2 == 0 }.flatMap { slices.values[$0.element] }
    let odd = halves.filter { $0.offset % 2 == 1 }.flatMap { slices.values[$0.element] }
    guard !even.isEmpty, !odd.isEmpty else { return nil }
    let (first, second) = (Summary(even).median, Summary(odd).median)
    return max(first, second) / min(first, second) - 1
  }

  /// The change that nine of ten rows do not pass: of those with a ratio, from which the machine's
  /// own drift has gone, if there are such.
  static func change(_ rows: [Row]) -> Double? {
    let related = rows.filter { !$0.ratioSlices.isEmpty }
    let changes = (related.isEmpty ? rows : related).compactMap { change($0) }.sorted()
    guard !changes.isEmpty else { return nil }
    return NumberFormat.rounded(changes[(changes.count * 9 + 9) / 10 - 1], digits: 3)
  }

  /// Whether neighbours left so little of the cores that what was measured alone may be none of it.
  static func isCrowded(_ machine: Machine) -> Bool {
    (machine["crowded_time"].number ?? 0) > 0.8
  }

  /// What was seen that disturbs.
  private static func causes(_ machine: Machine) -> [String] {
    var causes: [String] = []
    if let share = machine["steal_share"].number, share > 0.02 {
      causes.append("the host took \(NumberFormat.percent(share)) of the time")
    }
    if let count = machine["throttled"].number, count > 0 {
      causes.append("a quota stopped it \(NumberFormat.fixed(count, 0)) times")
    }
    if let share = machine["disturbed_rounds"].number, share > 0.5 {
      causes.append("others disturbed \(NumberFormat.percent(share)) of the rounds")
    }
    if Self.isCrowded(machine) {
      let share = NumberFormat.percent(machine["crowded_time"].number ?? 0)
      causes.append("neighbours used the cores for \(share) of the time")
    }
    if let others = machine["foreign_cpus"].number,
      others > 0.25 * (machine["cores"].number ?? 1)
    {
      causes.append("others used \(NumberFormat.fixed(others, 1)) CPUs")
    }
    return causes
  }
}
