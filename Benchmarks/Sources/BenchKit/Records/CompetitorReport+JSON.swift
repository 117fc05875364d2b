// The record of competitors as JSON, schema jot-bench-peers/1 (see CompetitorSchema.json).
import Foundation

extension CompetitorReport {
  /// The schema's name and version.
  public static let schema = "jot-bench-peers/1"

  /// The whole record: the machine, a line for each row, and those left out.
  public var json: String {
    """
    {"schema":\(RecordJSON.line(Self.schema)),"date":\(RecordJSON.line(date)),"partial":\(isPartial),
    "machine":\(RecordJSON.line(machine)),
    "rows":\(RecordJSON.lines(rows)),
    "left_out":\(RecordJSON.line(leftOut))}

    """
  }

  /// Reads a record of competitors.
  ///
  /// - Throws: What is wrong with it, in a line.
  public init(json: Data) throws(BenchError) {
    self = try RecordJSON.read(Self.self, schemas: [Self.schema], json)
  }
}

extension CompetitorReport: Decodable {
  private enum Key: String, CodingKey {
    case date, partial, machine, rows
    case leftOut = "left_out"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      machine: try values.decode(Machine.self, forKey: .machine),
      rows: try values.decode([CompetitorRow].self, forKey: .rows),
      leftOut: try values.decode([String].self, forKey: .leftOut),
      date: try values.decode(Date.self, forKey: .date),
      isPartial: try values.decode(Bool.self, forKey: .partial))
  }
}

extension CompetitorRow: Codable {
  private enum Key: String, CodingKey {
    case competitor = "peer"
    case version, language, driven, scenario, samples, reason
    case nanoseconds = "ns_per_op"
    case median = "times_jot"
    case low = "times_low"
    case high = "times_high"
    case isChecked = "answer_checked"
  }

  /// A missing value is null.
  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: Key.self)
    try row.encode(competitor.name, forKey: .competitor)
    try row.encode(competitor.version, forKey: .version)
    try row.encode(competitor.language, forKey: .language)
    try row.encode(competitor.driven, forKey: .driven)
    try row.encode(task.scenario, forKey: .scenario)
    try row.encode(nanoseconds, forKey: .nanoseconds)
    try row.encode(timesJot?.median, forKey: .median)
    try row.encode(timesJot?.low, forKey: .low)
    try row.encode(timesJot?.high, forKey: .high)
    try row.encode(samples, forKey: .samples)
    try row.encode(reason == nil, forKey: .isChecked)
    try row.encode(reason, forKey: .reason)
  }

  public init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Key.self)
    func text(_ key: Key) throws -> String { try row.decode(String.self, forKey: key) }
    let scenario = try text(.scenario)
    guard let task = CompetitorTask.all.first(where: { $0.scenario == scenario }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .scenario, in: row, debugDescription: "competitors are not asked this")
    }
    self.init(
      competitor: CompetitorDescription(
        name: try text(.competitor), version: try text(.version), language: try text(.language),
        driven: try text(.driven)),
      task: task)
    samples = try row.decode(Int.self, forKey: .samples)
    reason = try row.decode(String?.self, forKey: .reason)
    nanoseconds = try row.figureOrNull(.nanoseconds)
    if let median = try row.figureOrNull(.median) {
      timesJot = Times(
        median: median, low: try row.figure(.low), high: try row.figure(.high))
    }
    guard reason == nil ? (nanoseconds ?? 0) > 0 : nanoseconds == nil && timesJot == nil else {
      throw DecodingError.dataCorruptedError(
        forKey: .nanoseconds, in: row, debugDescription: "there is a figure, or else a reason")
    }
  }
}
