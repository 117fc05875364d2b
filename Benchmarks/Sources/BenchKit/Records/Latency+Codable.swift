// Latencies as a record's JSON has them.

extension Latency: Codable {
  private enum Key: String, CodingKey { case p50, p90, p99, p999, p9999, max, buckets }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    (p50, p90, p99) = (try values.figure(.p50), try values.figure(.p90), try values.figure(.p99))
    (p999, p9999) = (try values.figure(.p999), try values.figure(.p9999))
    max = try values.figure(.max)
    buckets = try values.decode([[UInt64]].self, forKey: .buckets).map { pair in
      guard pair.count == 2, pair.allSatisfy({ $0 <= 1_000_000_000_000_000 }) else {
        throw DecodingError.dataCorruptedError(
          forKey: .buckets, in: values, debugDescription: "a bucket is a time and a count, to 1e15")
      }
      return Bucket(nanoseconds: pair[0], count: pair[1])
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    let figures: [(Key, Double)] = [
      (.p50, p50), (.p90, p90), (.p99, p99), (.p999, p999), (.p9999, p9999), (.max, max),
    ]
    for (key, figure) in figures { try values.encode(figure, forKey: key) }
    try values.encode(buckets.map { [$0.nanoseconds, $0.count] }, forKey: .buckets)
  }
}
