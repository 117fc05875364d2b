// A list in few numbers.

/// The median of a list, and how far its values scatter.
public struct Summary: Sendable, Equatable {
  public let median: Double
  /// The median distance from the median.
  public let deviation: Double

  /// - Precondition: `values` is not empty.
  public init(_ values: [Double]) {
    let sorted = values.sorted()
    let middle = Summary.median(of: sorted)
    median = middle
    deviation = Summary.median(of: sorted.map { abs($0 - middle) }.sorted())
  }

  /// The 95 % interval of the median by the sign test: fast, for independent values. Nil for fewer
  /// than 12.
  static func intervalByRank(of sorted: [Double]) -> ClosedRange<Double>? {
    guard sorted.count >= 12 else { return nil }
    let (half, reach) = (Double(sorted.count) / 2, 0.98 * Double(sorted.count).squareRoot())
    let low = max(0, Int((half - reach).rounded(.down)) - 1)
    return sorted[low]...sorted[sorted.count - 1 - low]
  }

  private static func median(of sorted: [Double]) -> Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
