// A task that a thread of a WorkerPool runs repeatedly.

/// A task that a thread of a ``WorkerPool`` runs repeatedly.
package protocol PoolWorker: AnyObject, Sendable {
  /// Whether it is ready for a slice and works correctly; off the clock.
  func isSound() -> Bool
  /// Runs `count` operations and returns whether their answers were right.
  func run(_ count: Int) -> Bool
  /// Nanoseconds of all runs so far by another process's clock; nil if this process does the work.
  var nanosecondsInProcess: UInt64? { get }
}
