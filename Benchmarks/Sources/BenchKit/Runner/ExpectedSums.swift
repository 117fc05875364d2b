// The sum of any run's expected answers, without adding them up each time.

/// Prefix sums of the answers that operations must give, over and over.
struct ExpectedSums: Sendable {
  /// Sums of the first n answers.
  private let sums: [UInt64]
  var count: Int { sums.count - 1 }

  init(_ answers: [UInt64]) {
    sums = answers.reduce(into: [0]) { $0.append($0[$0.count - 1] &+ $1) }
  }

  /// The sum of `count` answers from `start` on.
  func sum(from start: Int, _ count: Int) -> UInt64 {
    prefix(start + count) &- prefix(start)
  }

  private func prefix(_ count: Int) -> UInt64 {
    sums[self.count] &* UInt64(count / self.count) &+ sums[count % self.count]
  }
}
