// What one session of two builds says of a row.
import Foundation

/// One session of a row: medians of its rounds' ratios, as logarithms. What the machine does to
/// both sides of a round cancels in them.
public struct ABSession: Sendable, Equatable, Codable {
  /// AFTER over each of BEFORE's processes: the mean of the two medians.
  public let change: Double
  /// BEFORE's second process over its first.
  public let control: Double
  /// As `change`, but in wall time.
  public let wall: Double
  public let rounds: Int
}

extension ABSession {
  /// By round: the times of BEFORE's first process, of its second, and of AFTER's.
  typealias Times = (before: [Double], control: [Double], after: [Double])

  /// Always one process against one, never against the mean of two: disturbances only add time, and
  /// more often to one of two, so that equal builds would differ.
  init(cpu: Times, wall: Times) {
    func median(_ one: [Double], over other: [Double]) -> Double {
      Summary(zip(one, other).map { log($0) - log($1) }).median
    }
    func change(_ times: Times) -> Double {
      (median(times.after, over: times.before) + median(times.after, over: times.control)) / 2
    }
    self.init(
      change: change(cpu), control: median(cpu.control, over: cpu.before), wall: change(wall),
      rounds: cpu.after.count)
  }
}
