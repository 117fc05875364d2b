// One row of an A/B: a scenario on a number of threads, and what became of it.

public struct ABRow: Sendable, Equatable {
  public enum Verdict: String, Sendable, Codable {
    case faster, slower
    case same = "no difference"
    case noisy = "too noisy to tell"
    /// AFTER can't do what BEFORE can: it answers wrongly, dies or hangs.
    case broken
    /// One side has not the scenario, or BEFORE can't do it.
    case untold = "nothing to compare"
  }

  public let scenario: String
  public let threads: Int
  public var sessions: [ABSession] = []
  /// Nanoseconds of CPU time for one operation, the median of the sessions' medians.
  public var beforeNs: Double?
  public var afterNs: Double?
  /// The reference engine's; nil where it has no part.
  public var referenceNs: Double?
  public internal(set) var estimate: ABEstimate?
  /// Holm's p, for all rows that were compared.
  public internal(set) var adjusted: Double?
  public internal(set) var verdict = Verdict.untold
  /// Why there is nothing to compare, or what is broken.
  public var reason: String?

  /// The scenario, and its threads where they are several.
  var name: String { threads == 1 ? scenario : "\(scenario), \(threads) threads" }

  /// The share that a verdict of one build differs by without any change of the code: smaller ones say
  /// that these programs differ, and not why.
  static let placement = 0.02

  /// Whether AFTER is worse by more than `threshold`, or broken.
  public func isRegression(over threshold: Double) -> Bool {
    verdict == .broken || verdict == .slower && (estimate?.change ?? 0) > threshold
  }
}

extension [ABRow] {
  /// Decides all rows at once: each more row makes one of them by chance more likely.
  ///
  /// A row is faster or slower where hardly any draw of its sessions has a control that differs by as
  /// much. Where that is not so, it has no difference if one of `threshold` would have been told.
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
