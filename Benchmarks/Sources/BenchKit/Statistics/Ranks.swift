// Ranks: for statistics that ignore how far away an outlier is.

/// The ranks of a list's values, from 1. Equal values share their mean rank.
struct Ranks {
  let middle: [Double]
  /// Σ(t³ − t) over the groups of t equal values.
  let ties: Double

  init(_ values: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var middle = [Double](repeating: 0, count: values.count)
    var ties = 0.0
    var first = 0
    while first < order.count {
      var end = first + 1
      while end < order.count, values[order[end]] == values[order[first]] { end += 1 }
      for index in first..<end { middle[order[index]] = Double(first + 1 + end) / 2 }
      let count = Double(end - first)
      ties += count * count * count - count
      first = end
    }
    (self.middle, self.ties) = (middle, ties)
  }
}
