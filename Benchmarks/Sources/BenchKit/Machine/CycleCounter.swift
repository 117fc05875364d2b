// The rate of the time-stamp counter. It is constant, so times convert to cycles.

/// Compares the time-stamp counter with the clock, from its creation on.
struct CycleCounter {
  private let start = (cycles: Time.cycles, nanoseconds: Time.now)

  /// Cycles in a nanosecond; nil without a counter, or if too little time has passed.
  var perNanosecond: Double? {
    let (cycles, nanoseconds) = (Time.cycles, Time.now)
    guard start.cycles > 0, cycles > start.cycles, nanoseconds > start.nanoseconds + 1_000_000
    else { return nil }
    return Double(cycles - start.cycles) / Double(nanoseconds - start.nanoseconds)
  }
}
