// One line of the result: an engine at a scenario, on a number of threads.

/// What was measured. Values are nil if a wrong answer voids the row, or if they are not known.
public struct Row: Sendable, Equatable {
  public let scenario: String
  public let engine: String
  public let threads: Int
  /// Characters of a token or a text: the median.
  public let tokenBytes: Int
  /// Whether there were more threads than CPUs.
  public let isOversubscribed: Bool
  /// Threads × time ÷ operations: the median of the slices, and the median distance from it.
  public var nsPerOp: Double?
  public var madNs: Double?
  /// Of single operations, including some 20 ns for the clock; of a batch, the share of each
  /// operation. Nil if another process does the work.
  public var p50Ns: Double?
  public var p99Ns: Double?
  public var p999Ns: Double?
  /// Slices.
  public var samples: Int
  public var opsPerSecond: Double?
  /// Calls of the C allocator for each operation, frees included.
  public var allocationsPerOp: Double?
  /// Time over the engine openssl's in the same round: the median, and its 95 % interval.
  public var ratioToOpenssl: Double?
  public var ratioLow: Double?
  public var ratioHigh: Double?
  /// Throughput over one thread's, divided by what a loop in registers gains: 1 is ideal.
  public var scaling: Double?
  /// Cache hits for each operation; nil without a cache.
  public var hitRatio: Double?
  /// Whether every answer was the expected one, and every bad token refused for its reason.
  public var answerChecked: Bool
  /// What was too short to be checked or known; nil if nothing was.
  public var note: String?
  /// What each slice took for an operation, in nanoseconds, in the order in which they were run.
  public var slices = Slices()
  /// Each slice's time over the engine openssl's in the same round; none for openssl itself.
  public var ratioSlices = Slices()
  /// The bootstrap 95 % interval of ``nsPerOp``.
  public var lowNs: Double?
  public var highNs: Double?
  public var latency: Latency?
  /// Cycles of the time-stamp counter, which ticks at one rate whatever the CPU's is.
  public var cyclesPerOp: Double?

  /// A row without its results.
  public init(
    scenario: String, engine: String, threads: Int, tokenBytes: Int, isOversubscribed: Bool,
    samples: Int, answerChecked: Bool
  ) {
    (self.scenario, self.engine, self.threads) = (scenario, engine, threads)
    (self.tokenBytes, self.isOversubscribed) = (tokenBytes, isOversubscribed)
    (self.samples, self.answerChecked) = (samples, answerChecked)
  }

  /// A copy without values: an answer was wrong, so that they mean nothing.
  func voided() -> Row {
    Row(
      scenario: scenario, engine: engine, threads: threads, tokenBytes: tokenBytes,
      isOversubscribed: isOversubscribed, samples: samples, answerChecked: false)
  }
}
