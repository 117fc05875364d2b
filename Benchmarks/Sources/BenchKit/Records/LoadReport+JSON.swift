// The record of a server under load as JSON, schema jot-bench-load/1 (see LoadSchema.json).
import Foundation

extension LoadReport {
  /// The schema's name and version.
  public static let schema = "jot-bench-load/1"

  /// The whole record: the machine, the conditions, and a line for each row.
  public var json: String {
    """
    {"schema":\(RecordJSON.line(Self.schema)),"date":\(RecordJSON.line(date)),"partial":\(isPartial),
    "machine":\(RecordJSON.line(machine)),
    "conditions":\(RecordJSON.line(conditions)),
    "rows":\(RecordJSON.lines(rows))}

    """
  }

  /// Reads a record of a server under load.
  ///
  /// - Throws: What is wrong with it, in a line.
  public init(json: Data) throws(BenchError) {
    self = try RecordJSON.read(Self.self, schemas: [Self.schema], json)
  }
}

extension LoadReport: Decodable {
  private enum Key: String, CodingKey { case date, partial, machine, conditions, rows }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      machine: try values.decode(Machine.self, forKey: .machine),
      conditions: try values.decode(LoadConditions.self, forKey: .conditions),
      rows: try values.decode([LoadRow].self, forKey: .rows),
      date: try values.decode(Date.self, forKey: .date),
      isPartial: try values.decode(Bool.self, forKey: .partial))
  }
}

extension LoadRow: Codable {
  private enum Key: String, CodingKey {
    case mode, requests, open
    case cpu = "cpu_us"
    case overBase = "over_base_us"
    case rate = "requests_per_second"
    case rateToBase = "rate_to_base"
    case p50 = "p50_us"
    case p99 = "p99_us"
    case cpuSlices = "cpu_us_slices"
    case rateSlices = "requests_per_second_slices"
  }

  /// A missing value is null.
  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: Key.self)
    try row.encode(mode, forKey: .mode)
    try row.encode(requests, forKey: .requests)
    try row.encode(cpu, forKey: .cpu)
    try row.encode(overBase, forKey: .overBase)
    try row.encode(rate, forKey: .rate)
    try row.encode(rateToBase, forKey: .rateToBase)
    try row.encode(p50, forKey: .p50)
    try row.encode(p99, forKey: .p99)
    try row.encode(cpuSlices, forKey: .cpuSlices)
    try row.encode(rateSlices, forKey: .rateSlices)
    try row.encode(open, forKey: .open)
  }

  public init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Key.self)
    self.init(
      mode: try row.decode(String.self, forKey: .mode),
      requests: try row.count(.requests, least: 1),
      slices: (try row.figures(.cpuSlices), try row.figures(.rateSlices)),
      cpu: (
        try row.decode(Estimate.self, forKey: .cpu),
        try row.decode(Estimate?.self, forKey: .overBase)
      ),
      rate: (
        try row.decode(Estimate.self, forKey: .rate),
        try row.decode(Estimate?.self, forKey: .rateToBase)
      ),
      latency: (try row.figure(.p50), try row.figure(.p99)),
      open: try row.decode(LoadOpenRow?.self, forKey: .open))
  }
}

extension Estimate: Codable {
  private enum Key: String, CodingKey { case median, low, high }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    func number(_ key: Key) throws -> Double {
      let number = try values.decode(Double.self, forKey: key)
      guard abs(number) <= 1e15 else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "a number up to 1e15 is needed")
      }
      return number
    }
    self.init(median: try number(.median), low: try number(.low), high: try number(.high))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(median, forKey: .median)
    try values.encode(low, forKey: .low)
    try values.encode(high, forKey: .high)
  }
}

extension LoadOpenRow: Codable {
  private enum Key: String, CodingKey {
    case rate, requests, unanswered
    case cpu = "cpu_us"
    case overBase = "over_base_us"
    case cpuSlices = "cpu_us_slices"
    case latency = "latency_ns"
    case lateness = "lateness_ns"
  }

  public init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Key.self)
    self.init(
      rate: try row.figure(.rate), requests: try row.count(.requests, least: 1),
      unanswered: try row.count(.unanswered, least: 0),
      cpu: (
        try row.figures(.cpuSlices), try row.decode(Estimate.self, forKey: .cpu),
        try row.decode(Estimate?.self, forKey: .overBase)
      ),
      latency: try row.decode(Latency?.self, forKey: .latency),
      lateness: try row.decode(Latency?.self, forKey: .lateness))
  }

  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: Key.self)
    try row.encode(rate, forKey: .rate)
    try row.encode(requests, forKey: .requests)
    try row.encode(unanswered, forKey: .unanswered)
    try row.encode(cpu, forKey: .cpu)
    try row.encode(overBase, forKey: .overBase)
    try row.encode(cpuSlices, forKey: .cpuSlices)
    try row.encode(latency, forKey: .latency)
    try row.encode(lateness, forKey: .lateness)
  }
}
