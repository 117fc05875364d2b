// How long single operations take: percentiles and a histogram.
import Histogram

/// The times of single operations, in nanoseconds; of a batch, the share of each operation.
///
/// Each includes reading the clock, some 20 ns.
public struct Latency: Sendable, Equatable {
  public let p50: Double
  public let p90: Double
  public let p99: Double
  public let p999: Double
  public let p9999: Double
  public let max: Double
  /// Times rounded down to two digits, in ascending order, and how many operations took each.
  public let buckets: [Bucket]

  public struct Bucket: Sendable, Equatable {
    public let nanoseconds: UInt64
    public let count: UInt64
  }

  /// Nil if nothing was timed.
  init?(_ histogram: Histogram<UInt64>) {
    guard histogram.totalCount > 0 else { return nil }
    func at(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) }
    (p50, p90, p99, p999, p9999) = (at(50), at(90), at(99), at(99.9), at(99.99))
    max = Double(histogram.maxRecorded)
    var counts: [UInt64: UInt64] = [:]
    for value in histogram.recordedValues() {
      counts[Self.twoDigits(value.value), default: 0] += value.count
    }
    buckets = counts.sorted { $0.key < $1.key }.map { Bucket(nanoseconds: $0.key, count: $0.value) }
  }

  /// Rounds down to two digits.
  static func twoDigits(_ value: UInt64) -> UInt64 {
    var scale: UInt64 = 1
    while value / scale >= 100 { scale *= 10 }
    return value / scale * scale
  }
}
