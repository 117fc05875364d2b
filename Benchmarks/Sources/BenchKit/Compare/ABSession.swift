// What one session of two builds says of a row.
import Foundation

/// What one session says of a row: medians of its rounds' ratios, as logarithms, from which all has gone that
/// the machine did to both sides of a round.
public struct ABSession: Sendable, Equatable, Codable {
  /// AFTER over BEFORE's two processes: the mean of a median for each.
  public let change: Double
  /// BEFORE's second process over its first.
  public let control: Double
  /// As `change`, but by the clock on the wall.
  public let wall: Double
  public let rounds: Int
}

extension ABSession {
  /// Round by round: BEFORE's first process, its second, and AFTER's.
  typealias Times = (before: [Double], control: [Double], after: [Double])

  /// Two processes at a time, never one against the mean of two: disturbances only add, more often to one
  /// of two than to one, so that equal builds would differ.
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
