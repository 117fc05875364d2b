// Many questions at once: the more are asked, the likelier chance answers one.

/// Holm's correction (1979): the chance that any of the answers is wrong is kept, not of each.
enum Holm {
  /// Returns the adjusted p-values, in the order of `p`.
  static func adjusted(_ p: [Double]) -> [Double] {
    var adjusted = p
    var greatest = 0.0
    for (place, index) in p.indices.sorted(by: { p[$0] < p[$1] }).enumerated() {
      greatest = max(greatest, min(1, Double(p.count - place) * p[index]))
      adjusted[index] = greatest
    }
    return adjusted
  }
}
