// Medians, and what else is said of a list in few numbers.

/// What a list of measurements says.
public struct Summary: Sendable, Equatable {
  public let median: Double
  /// The median distance from the median.
  public let deviation: Double
  private let values: [Double]

  /// - Precondition: `values` is not empty.
  public init(_ values: [Double]) {
    let sorted = values.sorted()
    let middle = Summary.median(of: sorted)
    median = middle
    deviation = Summary.median(of: sorted.map { abs($0 - middle) }.sorted())
    self.values = values
  }

  /// The bootstrap 95 % interval of the median, of values in the order in which they came.
  public var interval: ClosedRange<Double> { Bootstrap.interval(Slices(values)) }
  public var low: Double { interval.lowerBound }
  public var high: Double { interval.upperBound }

  /// The 95 % interval of the median by ranks alone, as the sign test has it: quick, and of values that
  /// are independent. Nil of fewer than 12.
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
