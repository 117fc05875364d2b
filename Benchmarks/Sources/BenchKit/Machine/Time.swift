// The monotonic clock, and the CPU's time-stamp counter.
internal import CBench

/// The monotonic clock, and the CPU's counter.
package enum Time {
  package static var now: UInt64 { bench_now() }
  /// The CPU's time-stamp counter; 0 if it has none.
  package static var cycles: UInt64 { bench_cycles() }
}
