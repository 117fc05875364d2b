// The bootstrap (Efron 1979): how sure a median is, from the measurements themselves.

/// Medians of resamples, in two stages: sessions with replacement, and in each session blocks of
/// neighbouring slices (Künsch 1989). Slices of one session, and neighbours in it, depend on each
/// other.
package struct Bootstrap {
  private let slices: Slices
  private let sorted: [Double]
  private let rank: [Int]
  private let block: Int

  /// - Parameters:
  ///   - slices: At least one.
  ///   - block: The length of a block; nil: as many slices as depend on each other.
  package init(_ slices: Slices, block: Int? = nil) {
    precondition(!slices.isEmpty, "something was measured")
    self.slices = slices
    let order = slices.values.indices.sorted { slices.values[$0] < slices.values[$1] }
    sorted = order.map { slices.values[$0] }
    var rank = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { rank[index] = position }
    self.rank = rank
    self.block = block ?? slices.blockLength
  }

  package static let resamples = 1000

  /// Returns the medians of `resamples` resamples.
  package func medians(
    resamples: Int = Bootstrap.resamples, _ generator: inout some RandomNumberGenerator
  ) -> [Double] {
    let ranges = slices.ranges
    var counts = [Int](repeating: 0, count: sorted.count)
    return (0..<resamples).map { _ in
      for index in counts.indices { counts[index] = 0 }
      var total = 0
      for _ in ranges {
        let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
        let length = min(block, range.count)
        for _ in 0..<((range.count + length - 1) / length) {
          // Wraps around, so that every slice is as likely as any other.
          var index = Int.random(in: range, using: &generator)
          for _ in 0..<length {
            counts[rank[index]] += 1
            index += 1
            if index == range.upperBound { index = range.lowerBound }
          }
          total += length
        }
      }
      return median(counts, total)
    }
  }

  private func median(_ counts: [Int], _ total: Int) -> Double {
    var (index, passed) = (0, counts[0])
    while passed <= (total - 1) / 2 {
      index += 1
      passed += counts[index]
    }
    let low = sorted[index]
    while passed <= total / 2 {
      index += 1
      passed += counts[index]
    }
    return (low + sorted[index]) / 2
  }

  /// The 95 % interval of the median.
  package static func interval(_ slices: Slices, seed: UInt64 = 1) -> ClosedRange<Double> {
    var generator = Seeded(seed)
    return middle(Bootstrap(slices).medians(&generator))
  }

  /// The range that holds 95 % of the values.
  package static func middle(_ values: [Double]) -> ClosedRange<Double> {
    let sorted = values.sorted()
    let last = Double(sorted.count - 1)
    return sorted[Int((last * 0.025).rounded(.down))]...sorted[Int((last * 0.975).rounded(.up))]
  }
}
