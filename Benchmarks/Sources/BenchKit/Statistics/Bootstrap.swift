// How sure a median is, asked of the measurements themselves (Efron 1979).

/// Medians of what might have been measured: sessions drawn with replacement, in them blocks of
/// neighbouring slices (Künsch 1989), since neither sessions nor neighbours are all alike.
package struct Bootstrap {
  private let slices: Slices
  private let sorted: [Double]
  private let rank: [Int]
  private let block: Int

  /// - Parameters:
  ///   - slices: At least one.
  ///   - block: Slices drawn together; nil for as many as hang together.
  package init(_ slices: Slices, block: Int? = nil) {
    precondition(!slices.isEmpty, "something was measured")
    self.slices = slices
    let order = slices.values.indices.sorted { slices.values[$0] < slices.values[$1] }
    sorted = order.map { slices.values[$0] }
    var rank = [Int](repeating: 0, count: order.count)
    for (place, index) in order.enumerated() { rank[index] = place }
    self.rank = rank
    self.block = block ?? slices.blockLength
  }

  package static let draws = 1000

  /// Returns a median for each of `draws` draws.
  package func medians(
    draws: Int = Bootstrap.draws, _ generator: inout some RandomNumberGenerator
  ) -> [Double] {
    let ranges = slices.ranges
    var counts = [Int](repeating: 0, count: sorted.count)
    return (0..<draws).map { _ in
      for place in counts.indices { counts[place] = 0 }
      var drawn = 0
      for _ in ranges {
        let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
        let length = min(block, range.count)
        for _ in 0..<((range.count + length - 1) / length) {
          // Around the end to the start: every slice is drawn as often as any other.
          var place = Int.random(in: range, using: &generator)
          for _ in 0..<length {
            counts[rank[place]] += 1
            place += 1
            if place == range.upperBound { place = range.lowerBound }
          }
          drawn += length
        }
      }
      return median(counts, drawn)
    }
  }

  private func median(_ counts: [Int], _ drawn: Int) -> Double {
    var (place, passed) = (0, counts[0])
    while passed <= (drawn - 1) / 2 {
      place += 1
      passed += counts[place]
    }
    let low = sorted[place]
    while passed <= drawn / 2 {
      place += 1
      passed += counts[place]
    }
    return (low + sorted[place]) / 2
  }

  /// The 95 % interval of the median.
  package static func interval(_ slices: Slices, seed: UInt64 = 1) -> ClosedRange<Double> {
    var generator = Seeded(seed)
    return middle(Bootstrap(slices).medians(&generator))
  }

  /// What 95 of a hundred draws lie in.
  package static func middle(_ draws: [Double]) -> ClosedRange<Double> {
    let sorted = draws.sorted()
    let last = Double(sorted.count - 1)
    return sorted[Int((last * 0.025).rounded(.down))]...sorted[Int((last * 0.975).rounded(.up))]
  }
}
