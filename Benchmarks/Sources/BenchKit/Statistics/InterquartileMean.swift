// A mean that outliers do not move, for many resamples of one list.

/// The mean of the middle half of what was drawn: about as sharp as the mean, and no session that went
/// wrong moves it.
struct InterquartileMean {
  private let sorted: [Double]
  /// At each place of `sorted`, which session it is.
  private let order: [Int]

  init(_ values: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    (self.order, sorted) = (order, order.map { values[$0] })
  }

  /// - Parameter counts: How often each session was drawn; as often in all as there are sessions.
  func middle(_ counts: [Int]) -> Double {
    let cut = sorted.count / 4
    var (passed, sum) = (0, 0.0)
    for place in sorted.indices {
      let (from, to) = (passed, passed + counts[order[place]])
      passed = to
      sum += sorted[place] * Double(max(0, min(to, sorted.count - cut) - max(from, cut)))
    }
    return sum / Double(sorted.count - 2 * cut)
  }
}
