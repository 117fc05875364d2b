// One row of `ab`: a scenario on a number of threads, and its verdict.

public struct ABRow: Sendable, Equatable {
  public enum Verdict: String, Sendable, Codable {
    case faster, slower
    case same = "no difference"
    case noisy = "too noisy to tell"
    /// AFTER answers wrongly, dies or hangs, and BEFORE does not.
    case broken
    /// One side lacks the scenario, or BEFORE fails.
    case notComparable = "nothing to compare"
  }

  public let scenario: String
  public let threads: Int
  public var sessions: [ABSession] = []
  /// Nanoseconds of CPU time of one operation: the median of the sessions' medians.
  public var beforeNs: Double?
  public var afterNs: Double?
  /// The same of the reference engine; nil if it can't do this.
  public var referenceNs: Double?
  public internal(set) var estimate: ABEstimate?
  /// p after Holm's correction for all compared rows.
  public internal(set) var adjusted: Double?
  public internal(set) var verdict = Verdict.notComparable
  /// Why there is no verdict, or what is broken.
  public var reason: String?

  /// The scenario, and the number of threads if it is not 1.
  var name: String { threads == 1 ? scenario : "\(scenario), \(threads) threads" }

  /// The linker alone changes a time by this share: a smaller change says that the programs differ,
  /// not why.
  static let placement = 0.02

  /// Whether AFTER is worse by more than `threshold`, or broken.
  public func isRegression(over threshold: Double) -> Bool {
    verdict == .broken || verdict == .slower && (estimate?.change ?? 0) > threshold
  }
}

extension [ABRow] {
  /// Decides all rows together, corrected for their number.
  ///
  /// A row is faster or slower if the control differs by as much in hardly any resample. Otherwise
  /// it has no difference if a change of `threshold` would have been visible.
  mutating func decide(threshold: Double) {
    let compared = indices.filter { self[$0].reason == nil }
    for index in compared {
      self[index].estimate = ABEstimate(self[index].sessions, rows: compared.count)
      self[index].verdict = .noisy
    }
    let told = compared.filter { self[$0].estimate != nil }
    for (index, p) in zip(told, Holm.adjusted(told.map { self[$0].estimate!.p })) {
      let estimate = self[index].estimate!
      self[index].adjusted = p
      if p < Change.significance {
        self[index].verdict = estimate.change < 0 ? .faster : .slower
      } else {
        self[index].verdict = estimate.visible <= threshold ? .same : .noisy
      }
    }
  }
}
