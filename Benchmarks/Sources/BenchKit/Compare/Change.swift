// One row in two records: faster, slower, or no difference that can be told.

/// What became of a row.
public struct Change: Sendable, Equatable {
  public enum Verdict: String, Sendable, Codable {
    case faster, slower
    case same = "no difference"
    /// A run was noisy, or the machine moved by more than the row.
    case noisy = "too noisy to tell"
    /// An answer was wrong in the second record alone.
    case broken = "wrong answers"
    /// There is nothing to compare: a row is void, or of a child process that died.
    case untold = "nothing to compare"
  }

  public let scenario: String
  public let engine: String
  public let threads: Int
  /// Whether times over openssl's were compared, from which the machine's drift has gone.
  public let isRelative: Bool
  /// Medians, in nanoseconds or as the ratio to openssl.
  public let before: Double?
  public let after: Double?
  /// The second's time over the first's, less 1, and its 95 % interval.
  public let change: Double?
  public let low: Double?
  public let high: Double?
  /// Mann and Whitney's p, on blocks of slices.
  public let p: Double?
  /// Holm's, for all rows that were compared.
  public internal(set) var adjusted: Double?
  /// The smallest change that the machine lets be told: what two runs of one program differ by.
  public internal(set) var floor: Double
  public internal(set) var verdict: Verdict

  /// Chances below which a difference is none of chance's.
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
      verdict = before.answerChecked && !after.answerChecked ? .broken : .untold
      return
    }
    let medians = (Summary(first.values).median, Summary(second.values).median)
    (self.before, self.after, change) = (medians.0, medians.1, medians.1 / medians.0 - 1)
    var generator = Seeded(1)
    let draws = zip(
      Bootstrap(first).medians(&generator), Bootstrap(second).medians(&generator)
    ).map { $1 / $0 - 1 }
    let interval = Bootstrap.middle(draws)
    (low, high) = (interval.lowerBound, interval.upperBound)
    p = MannWhitney(first.blocks, second.blocks).p
    verdict = .same
  }

  /// Decides: chance alone would hardly do it, and all of the interval lies beyond the floor.
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

  /// About how large a change would have been told.
  public var visible: Double? {
    guard let low, let high else { return nil }
    return floor + (high - low) / 2
  }
}
