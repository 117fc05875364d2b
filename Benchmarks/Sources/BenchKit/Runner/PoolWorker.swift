// What a pool's threads run.

/// What a thread of a pool runs: every batch's answers are compared with the expected sum.
package protocol PoolWorker: AnyObject, Sendable {
  /// Whether all is as it must be before a slice: off the clock.
  func isSound() -> Bool
  /// Runs `count` operations and returns whether their answers were right.
  func run(_ count: Int) -> Bool
  /// Nanoseconds of all runs so far by another process's clock; nil where the work is done here.
  var nanosecondsElsewhere: UInt64? { get }
}
