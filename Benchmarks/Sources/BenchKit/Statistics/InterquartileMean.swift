// A mean that outliers do not move, for many resamples of one list.

/// The interquartile mean of resamples of a list: about as precise as the mean, and outliers do not
/// move it.
struct InterquartileMean {
  private let sorted: [Double]
  /// The position in the list of each element of `sorted`.
  private let order: [Int]

  init(_ values: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    (self.order, sorted) = (order, order.map { values[$0] })
  }

  /// - Parameter counts: How often the resample has each element; their sum is the length of the
  ///   list.
  func middle(_ counts: [Int]) -> Double {
    let cut = sorted.count / 4
    var (passed, sum) = (0, 0.0)
    for index in sorted.indices {
      let (from, to) = (passed, passed + counts[order[index]])
      passed = to
      sum += sorted[index] * Double(max(0, min(to, sorted.count - cut) - max(from, cut)))
    }
    return sum / Double(sorted.count - 2 * cut)
  }
}
