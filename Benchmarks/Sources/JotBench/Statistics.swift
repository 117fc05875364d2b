// Medians, and how sure they are.

/// What a list of measurements says.
public struct Summary: Sendable, Equatable {
  public let median: Double
  /// The median distance from the median.
  public let deviation: Double
  /// The 95 % interval of the median, by order statistics.
  public let low: Double
  public let high: Double

  /// - Precondition: `values` is not empty.
  public init(_ values: [Double]) {
    let sorted = values.sorted()
    let middle = Summary.median(of: sorted)
    median = middle
    deviation = Summary.median(of: sorted.map { abs($0 - middle) }.sorted())
    // The number of values below the true median is binomial: its normal approximation says which
    // values enclose it. Few values enclose it with less certainty; then the outermost are given.
    let half = 1.96 * Double(sorted.count).squareRoot() / 2
    let place = Double(sorted.count) / 2
    low = sorted[max(0, Int((place - half).rounded(.down)))]
    high = sorted[min(sorted.count - 1, Int((place + half).rounded(.up)))]
  }

  private static func median(of sorted: [Double]) -> Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

/// A small seeded generator (SplitMix64): the same pool and order each time.
public struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  public init(_ seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
