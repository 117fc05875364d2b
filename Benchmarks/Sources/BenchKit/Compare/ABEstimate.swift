// What sessions say of a change: how large it is, how sure that is, and what it could have told.
import Foundation

/// A change with its interval, beside what two processes of one program differ by.
///
/// Sessions are drawn anew, with replacement: within one all rounds share the places in memory, which
/// move a ratio more than the machine does, so rounds tell little that their session's median does not.
public struct ABEstimate: Sendable, Equatable {
  /// Shares: 0.02 is 2 % more time.
  public let change: Double
  public let low: Double
  public let high: Double
  public let control: Double
  public let controlLow: Double
  public let controlHigh: Double
  public let wall: Double
  public let wallLow: Double
  public let wallHigh: Double
  /// The chance that the control differs by as much as the change, either way.
  public let p: Double
  /// The smallest change that would have been told.
  public let visible: Double

  /// Sessions without which nothing is told.
  static let leastSessions = 8
  static let draws = 4000

  /// Nil for fewer sessions than tell something.
  ///
  /// - Parameter rows: Of the whole run: more questions make one answer less sure.
  init?(_ sessions: [ABSession], rows: Int) {
    guard sessions.count >= Self.leastSessions else { return nil }
    let series = [\ABSession.change, \.control, \.wall].map { value in
      InterquartileMean(sessions.map { $0[keyPath: value] })
    }
    var generator = Seeded(1)
    var draws: [[Double]] = [[], [], []]
    var counts = [Int](repeating: 0, count: sessions.count)
    for _ in 0..<Self.draws {
      for place in counts.indices { counts[place] = 0 }
      for _ in sessions { counts[Int.random(in: 0..<sessions.count, using: &generator)] += 1 }
      for place in series.indices { draws[place].append(series[place].middle(counts)) }
    }
    let (changes, controls, walls) = (draws[0], draws[1], draws[2])
    let once = [Int](repeating: 1, count: sessions.count)
    let all = series[0].middle(once)
    change = exp(all) - 1
    (low, high) = Self.interval(changes)
    control = exp(series[1].middle(once)) - 1
    (controlLow, controlHigh) = Self.interval(controls)
    wall = exp(series[2].middle(once)) - 1
    (wallLow, wallHigh) = Self.interval(walls)
    // In how many draws the control differs by as much.
    let sign = all < 0 ? -1.0 : 1.0
    let excesses = zip(changes, controls).map { $0 * sign - abs($1) }
    let wrong = excesses.count { $0 <= 0 }
    p = min(1, 2 * Double(wrong + 1) / Double(Self.draws + 1))
    // By how much a draw's excess falls short of the change: a change larger than nearly all of these
    // would have been told. As sure as Holm's correction asks of the first of so many rows.
    let short = excesses.map { abs(all) - $0 }.sorted()
    let level = 1 - Change.significance / 2 / Double(max(1, rows))
    visible = exp(short[min(short.count - 1, Int(level * Double(short.count)))]) - 1
  }

  private static func interval(_ draws: [Double]) -> (Double, Double) {
    let middle = Bootstrap.middle(draws)
    return (exp(middle.lowerBound) - 1, exp(middle.upperBound) - 1)
  }
}
