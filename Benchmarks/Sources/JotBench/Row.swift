// One line of the result: an engine at a scenario, on a number of threads.

/// What was measured; figures are nil where a wrong answer voids the row, or nothing can be said.
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
  /// Of single operations, the clock's own reading (some 20 ns) included; of a batch its tokens'
  /// share. Nil for work in another process.
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
  /// Hits of the cache for an operation; nil where there is no cache.
  public var hitRatio: Double?
  /// Whether every answer was the expected one, and every bad token refused for its reason.
  public var answerChecked: Bool

  static let columns = [
    "scenario", "engine", "threads", "ns_per_op", "mad_ns", "p50_ns", "p99_ns", "p999_ns",
    "samples", "ops_per_second", "allocations_per_op", "ratio_to_openssl", "ratio_low",
    "ratio_high", "scaling", "answer_checked", "token_bytes", "hit_ratio",
  ]

  /// The row's cells, in the order of the columns; nil is an empty cell.
  var cells: [(name: String, text: String?, isText: Bool)] {
    let texts: [String?] = [
      scenario, engine, "\(threads)", Figure.text(nsPerOp), Figure.text(madNs), Figure.text(p50Ns),
      Figure.text(p99Ns), Figure.text(p999Ns), "\(samples)", Figure.text(opsPerSecond),
      Figure.text(allocationsPerOp), Figure.ratio(ratioToOpenssl), Figure.ratio(ratioLow),
      Figure.ratio(ratioHigh), Figure.ratio(scaling), "\(answerChecked)",
      "\(tokenBytes)", Figure.ratio(hitRatio),
    ]
    return zip(Self.columns, texts).enumerated().map { ($1.0, $1.1, $0 < 2) }
  }

  /// A copy without figures: an answer was wrong, so none of them means anything.
  func voided() -> Row {
    Row(
      scenario: scenario, engine: engine, threads: threads, tokenBytes: tokenBytes,
      isOversubscribed: isOversubscribed, samples: samples, answerChecked: false)
  }
}

/// Numbers as they are written in records: as many digits as mean something.
enum Figure {
  /// Four significant digits at least, no exponent.
  static func text(_ value: Double?) -> String? {
    guard let value else { return nil }
    let digits = value == 0 ? 0 : max(0, 3 - Int(log10Floor(abs(value))))
    return fixed(value, min(digits, 4))
  }

  static func ratio(_ value: Double?) -> String? { value.map { fixed($0, 3) } }

  /// Rounds to `digits` places after the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let units = Int64((value * scale).rounded())
    guard digits > 0 else { return "\(units)" }
    let (whole, rest) = (units.magnitude / UInt64(scale), units.magnitude % UInt64(scale))
    let tail = String(rest)
    return (units < 0 ? "-" : "") + "\(whole)."
      + String(repeating: "0", count: digits - tail.count) + tail
  }

  private static func log10Floor(_ value: Double) -> Double {
    var (rest, places) = (value, 0.0)
    while rest >= 10 { (rest, places) = (rest / 10, places + 1) }
    while rest < 1 { (rest, places) = (rest * 10, places - 1) }
    return places
  }
}
