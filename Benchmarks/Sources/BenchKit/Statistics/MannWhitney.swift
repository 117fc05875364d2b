// The Mann-Whitney U test: do two lists come from the same distribution?
import Foundation

/// The two-sided test of Mann and Whitney (1947).
struct MannWhitney {
  /// Pairs in which the first list's value is the greater; an equal pair is half of one.
  let u: Double
  /// The chance of a U at least as far from its middle if there is no difference.
  ///
  /// Exact for two short lists without ties; otherwise by the normal approximation, corrected for
  /// ties and continuity.
  let p: Double

  init(_ first: [Double], _ second: [Double]) {
    guard !first.isEmpty, !second.isEmpty else {
      (u, p) = (0, 1)
      return
    }
    let ranks = Ranks(first + second)
    let (n, m) = (Double(first.count), Double(second.count))
    u = ranks.middle[..<first.count].reduce(0, +) - n * (n + 1) / 2
    let greater = max(u, n * m - u)
    if ranks.ties == 0, first.count <= Self.short, second.count <= Self.short {
      p = Self.exact(Int(greater), first.count, second.count)
    } else {
      let total = n + m
      let variance = n * m / 12 * (total + 1 - ranks.ties / (total * (total - 1)))
      // All values are equal.
      guard variance > 0 else {
        p = 1
        return
      }
      let z = (greater - n * m / 2 - 0.5) / variance.squareRoot()
      p = min(1, erfc(z / 2.0.squareRoot()))
    }
  }

  /// The longest list for which the distribution is counted exactly.
  static let short = 12

  /// The share of all orders of n + m values in which U is at least as far from its middle as
  /// `least`.
  private static func exact(_ least: Int, _ n: Int, _ m: Int) -> Double {
    // Dynamic programming. ways[i][u]: orders with this U of i values of the first list and those
    // added of the second. The largest value is either of the first list, above all added ones, or
    // of the second.
    var ways = (0...n).map { _ in [1] + [Double](repeating: 0, count: n * m) }
    for added in 1...m {
      for i in 1...n {
        for u in stride(from: added, through: n * m, by: 1) { ways[i][u] += ways[i - 1][u - added] }
      }
    }
    let all = ways[n].reduce(0, +)
    return min(1, 2 * ways[n][least...].reduce(0, +) / all)
  }
}
