// The values of consecutive slices, grouped by session.
import Foundation

/// The values of consecutive slices, in one or more sessions.
///
/// Slices of one session share workers, memory and minutes, so they are not independent. Sessions
/// are spread over the whole run.
public struct Slices: Sendable, Equatable {
  public private(set) var values: [Double] = []
  /// Slices in each session.
  public private(set) var sessions: [Int] = []

  public init() {}

  /// - Precondition: The sessions' lengths add up to the number of values, and none is 0.
  public init(_ values: [Double], sessions: [Int]? = nil) {
    (self.values, self.sessions) = (values, sessions ?? (values.isEmpty ? [] : [values.count]))
    precondition(self.sessions.reduce(0, +) == values.count, "the sessions hold all values")
    precondition(self.sessions.allSatisfy { $0 > 0 }, "no session is empty")
  }

  /// Adds a session.
  mutating func append(_ session: [Double]) {
    guard !session.isEmpty else { return }
    values += session
    sessions.append(session.count)
  }

  var isEmpty: Bool { values.isEmpty }

  /// The range of each session's values.
  var ranges: [Range<Int>] {
    var start = 0
    return sessions.map { count in
      defer { start += count }
      return start..<(start + count)
    }
  }

  func map(_ change: (Double) -> Double) -> Slices {
    Slices(values.map(change), sessions: sessions)
  }

  /// Combines the slices pairwise.
  func combined(_ other: Slices, _ combine: (Double, Double) -> Double) -> Slices {
    precondition(sessions == other.sessions, "slices of the same rounds")
    return Slices(zip(values, other.values).map(combine), sessions: sessions)
  }

  /// The integrated autocorrelation time: how many slices say as much as one independent slice. It
  /// is 1 if they are independent.
  ///
  /// The sum of the autocorrelations of the ranks within sessions, up to the first that is not
  /// positive.
  var correlation: Double {
    let ranks = Ranks(values).middle
    let rows = ranges.map { range in
      let mean = ranks[range].reduce(0, +) / Double(range.count)
      return ranks[range].map { $0 - mean }
    }
    let variance = rows.joined().reduce(0) { $0 + $1 * $1 }
    guard variance > 0 else { return 1 }
    var sum = 1.0
    for lag in 1..<max(2, (sessions.max() ?? 0) / 3) {
      var covariance = 0.0
      for row in rows where row.count > lag {
        for index in lag..<row.count { covariance += row[index] * row[index - lag] }
      }
      if covariance <= 0 { break }
      sum += 2 * covariance / variance
    }
    return sum
  }

  /// The length of a block: as many slices as depend on each other, at least the cube root of the
  /// longest session.
  var blockLength: Int {
    guard let longest = sessions.max() else { return 1 }
    let wanted = max(correlation.rounded(.up), cbrt(Double(longest)).rounded(.up))
    return max(1, min(Int(wanted), longest / 4))
  }

  /// The medians of blocks, which are about independent of each other.
  var blocks: [Double] {
    let length = blockLength
    return ranges.flatMap { range in
      let count = max(1, range.count / length)
      return (0..<count).map { block in
        let (from, to) = (range.count * block / count, range.count * (block + 1) / count)
        return Summary(Array(values[range][(range.lowerBound + from)..<(range.lowerBound + to)]))
          .median
      }
    }
  }
}
