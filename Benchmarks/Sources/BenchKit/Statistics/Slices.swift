// What was measured, in the order in which it was: slices, in sessions.
import Foundation

/// Figures of slices that follow each other, in one or more sessions.
///
/// Slices of one session share workers, memory and minutes, so they are alike and not independent;
/// sessions are as far apart as the run is long.
public struct Slices: Sendable, Equatable {
  public private(set) var values: [Double] = []
  /// Slices in each session.
  public private(set) var sessions: [Int] = []

  public init() {}

  /// - Precondition: the sessions hold all values; none is empty.
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

  /// Where each session's values lie.
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

  /// Combines slice with slice: both were measured in the same rounds.
  func combined(_ other: Slices, _ combine: (Double, Double) -> Double) -> Slices {
    precondition(sessions == other.sessions, "slices of the same rounds")
    return Slices(zip(values, other.values).map(combine), sessions: sessions)
  }

  /// How many slices, on average, say no more than one that stood alone: 1 if each is independent
  /// of its neighbours.
  ///
  /// The sum of the ranks' autocorrelations within sessions, up to the first that is not positive.
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
        for place in lag..<row.count { covariance += row[place] * row[place - lag] }
      }
      if covariance <= 0 { break }
      sum += 2 * covariance / variance
    }
    return sum
  }

  /// Slices that are taken together: as many as hang together, at least the cube root of a session.
  var blockLength: Int {
    guard let longest = sessions.max() else { return 1 }
    let wanted = max(correlation.rounded(.up), cbrt(Double(longest)).rounded(.up))
    return max(1, min(Int(wanted), longest / 4))
  }

  /// Medians of neighbouring slices, each about independent of the next.
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
