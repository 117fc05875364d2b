#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The time that this thread has spent on a CPU, and no other: a busy machine does not change it.
public struct CPUTime {
  private let start = Self.nanoseconds

  public init() {}

  /// The time since this value was made, on the same thread.
  public var elapsed: Duration { .nanoseconds(Self.nanoseconds - start) }

  /// The time that `body` takes.
  public static func measure(_ body: () throws -> Void) rethrows -> Duration {
    let time = CPUTime()
    try body()
    return time.elapsed
  }

  private static var nanoseconds: Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
