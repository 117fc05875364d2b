// The time-stamp counter's rate: it ticks evenly, so a time in nanoseconds says its cycles.

/// Counts the counter's cycles beside the clock's nanoseconds, from its making on.
struct CycleCounter {
  private let start = (cycles: Time.cycles, nanoseconds: Time.now)

  /// Cycles in a nanosecond; nil where there is no such counter, or too little time has gone.
  var perNanosecond: Double? {
    let (cycles, nanoseconds) = (Time.cycles, Time.now)
    guard start.cycles > 0, cycles > start.cycles, nanoseconds > start.nanoseconds + 1_000_000
    else { return nil }
    return Double(cycles - start.cycles) / Double(nanoseconds - start.nanoseconds)
  }
}
