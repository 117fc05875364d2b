// Estimates a row's change from its sessions, its interval, and the smallest detectable change.
import Foundation

/// A change with its interval, and the difference of two processes of one program.
///
/// Sessions are resampled, not rounds. All rounds of a session share positions in memory, which
/// change a ratio more than the machine does: rounds add little to the median of their session.
public struct ABEstimate: Sendable, Equatable {
  /// As shares: 0.02 is 2 % more time.
  public let change: Double
  public let low: Double
  public let high: Double
  public let control: Double
  public let controlLow: Double
  public let controlHigh: Double
  public let wall: Double
  public let wallLow: Double
  public let wallHigh: Double
  /// The chance that the control differs by as much as the change; two-sided.
  public let p: Double
  /// The smallest change that would have been reported.
  public let visible: Double

  /// The least number of sessions for a verdict.
  static let leastSessions = 8
  static let resamples = 4000

  /// Nil for fewer sessions than a verdict needs.
  ///
  /// - Parameter rows: Rows of the whole run, for the correction.
  init?(_ sessions: [ABSession], rows: Int) {
    guard sessions.count >= Self.leastSessions else { return nil }
    let series = [\ABSession.change, \.control, \.wall].map { value in
      InterquartileMean(sessions.map { $0[keyPath: value] })
    }
    var generator = Seeded(1)
    var resampled: [[Double]] = [[], [], []]
    var counts = [Int](repeating: 0, count: sessions.count)
    for _ in 0..<Self.resamples {
      for index in counts.indices { counts[index] = 0 }
      for _ in sessions { counts[Int.random(in: 0..<sessions.count, using: &generator)] += 1 }
      for index in series.indices { resampled[index].append(series[index].middle(counts)) }
    }
    let (changes, controls, walls) = (resampled[0], resampled[1], resampled[2])
    let once = [Int](repeating: 1, count: sessions.count)
    let all = series[0].middle(once)
    change = exp(all) - 1
    (low, high) = Self.interval(changes)
    control = exp(series[1].middle(once)) - 1
    (controlLow, controlHigh) = Self.interval(controls)
    wall = exp(series[2].middle(once)) - 1
    (wallLow, wallHigh) = Self.interval(walls)
    // In how many resamples the control differs by as much.
    let sign = all < 0 ? -1.0 : 1.0
    let excesses = zip(changes, controls).map { $0 * sign - abs($1) }
    let wrong = excesses.count { $0 <= 0 }
    p = min(1, 2 * Double(wrong + 1) / Double(Self.resamples + 1))
    // How far the excess of a resample falls short of the change. A change larger than nearly all
    // of these would have been reported, at the level that Holm's correction asks of the first row.
    let short = excesses.map { abs(all) - $0 }.sorted()
    let level = 1 - Change.significance / 2 / Double(max(1, rows))
    visible = exp(short[min(short.count - 1, Int(level * Double(short.count)))]) - 1
  }

  private static func interval(_ values: [Double]) -> (Double, Double) {
    let middle = Bootstrap.middle(values)
    return (exp(middle.lowerBound) - 1, exp(middle.upperBound) - 1)
  }
}
