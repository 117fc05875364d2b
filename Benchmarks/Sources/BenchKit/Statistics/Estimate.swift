// A median and how sure it is.

/// The median of slices, and its 95 % interval.
public struct Estimate: Sendable, Equatable {
  public let median: Double
  public let low: Double
  public let high: Double

  package init(median: Double, low: Double, high: Double) {
    (self.median, self.low, self.high) = (median, low, high)
  }

  /// The estimate from slices in order of time, to six digits, as records have it; nil if there is
  /// none.
  init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let interval = Bootstrap.interval(Slices(values))
    self.init(
      median: NumberFormat.rounded(Summary(values).median),
      low: NumberFormat.rounded(interval.lowerBound),
      high: NumberFormat.rounded(interval.upperBound))
  }
}
