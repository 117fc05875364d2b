// Holm's correction for many tests at once.

/// Holm's correction (1979). It bounds the chance that any of the tests errs, not each one's.
enum Holm {
  /// Returns the adjusted p-values, in the order of `p`.
  static func adjusted(_ p: [Double]) -> [Double] {
    var adjusted = p
    var greatest = 0.0
    for (rank, index) in p.indices.sorted(by: { p[$0] < p[$1] }).enumerated() {
      greatest = max(greatest, min(1, Double(p.count - rank) * p[index]))
      adjusted[index] = greatest
    }
    return adjusted
  }
}
