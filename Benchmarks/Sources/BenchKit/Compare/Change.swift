// One row in two records: faster, slower, or no visible difference.

/// How a row changed.
public struct Change: Sendable, Equatable {
  public enum Verdict: String, Sendable, Codable {
    case faster, slower
    case same = "no difference"
    /// A run was noisy, or the machine changed by more than the row.
    case noisy = "too noisy to tell"
    /// An answer was wrong in the second record alone.
    case broken = "wrong answers"
    /// A row is void, or its child process died.
    case notComparable = "nothing to compare"
  }

  public let scenario: String
  public let engine: String
  public let threads: Int
  /// Whether ratios to openssl were compared: the machine's drift cancels in them.
  public let isRelative: Bool
  /// Medians, in nanoseconds or as the ratio to openssl.
  public let before: Double?
  public let after: Double?
  /// The second's time over the first's, less 1, and its 95 % interval.
  public let change: Double?
  public let low: Double?
  public let high: Double?
  /// The p of the Mann-Whitney test on blocks of slices.
  public let p: Double?
  /// The same after Holm's correction for all compared rows.
  public internal(set) var adjusted: Double?
  /// The difference of two runs of one program on this machine: smaller changes are not reported.
  public internal(set) var floor: Double
  public internal(set) var verdict: Verdict

  /// The level of significance.
  static let significance = 0.05

  init(_ before: Row, _ after: Row) {
    (scenario, engine, threads) = (after.scenario, after.engine, after.threads)
    let isRelative = !before.ratioSlices.isEmpty && !after.ratioSlices.isEmpty
    self.isRelative = isRelative
    let (first, second) =
      isRelative ? (before.ratioSlices, after.ratioSlices) : (before.slices, after.slices)
    floor = Noise.least
    guard before.answerChecked, after.answerChecked, !first.isEmpty, !second.isEmpty else {
      (self.before, self.after, change, low, high, p) = (nil, nil, nil, nil, nil, nil)
      verdict = before.answerChecked && !after.answerChecked ? .broken : .notComparable
      return
    }
    let medians = (Summary(first.values).median, Summary(second.values).median)
    (self.before, self.after, change) = (medians.0, medians.1, medians.1 / medians.0 - 1)
    var generator = Seeded(1)
    let resampled = zip(
      Bootstrap(first).medians(&generator), Bootstrap(second).medians(&generator)
    ).map { $1 / $0 - 1 }
    let interval = Bootstrap.middle(resampled)
    (low, high) = (interval.lowerBound, interval.upperBound)
    p = MannWhitney(first.blocks, second.blocks).p
    verdict = .same
  }

  /// Decides: the change is significant, and its whole interval lies beyond the floor.
  mutating func decide() {
    guard let low, let high, let adjusted else { return }
    if adjusted >= Change.significance {
      verdict = .same
    } else if low > floor {
      verdict = .slower
    } else if high < -floor {
      verdict = .faster
    } else {
      verdict = .same
    }
  }

  /// About the smallest change that would have been reported.
  public var visible: Double? {
    guard let low, let high else { return nil }
    return floor + (high - low) / 2
  }
}
