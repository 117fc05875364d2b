// A record's JSON, schema jot-bench/2 (see Schema.json).
import Foundation

extension Report {
  /// The schema's name and version. A change that an older reader would misread makes a new
  /// version.
  public static let schema = "jot-bench/2"
  /// The schemas that can be read. Version 1 has another name for a session.
  static let readable = [schema, "jot-bench/1"]

  /// The whole record: a line for the machine, and one for each row.
  public var json: String {
    """
    {"schema":\(RecordJSON.line(Self.schema)),"command":\(RecordJSON.line(command)),
    "date":\(RecordJSON.line(date)),"partial":\(isPartial),
    "machine":\(RecordJSON.line(machine)),
    "noise":\(RecordJSON.line(noise)),
    "rows":\(RecordJSON.lines(rows))}

    """
  }

  /// Reads a record's JSON.
  ///
  /// - Throws: What is wrong with it, in a line.
  public init(json: Data) throws(BenchError) {
    self = try RecordJSON.read(Self.self, schemas: Self.readable, json)
  }
}

extension Report: Decodable {
  private enum Key: String, CodingKey { case command, date, partial, machine, noise, rows }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    command = try values.decode(String.self, forKey: .command)
    date = try values.decode(Date.self, forKey: .date)
    isPartial = try values.decode(Bool.self, forKey: .partial)
    machine = try values.decode(Machine.self, forKey: .machine)
    noise = try values.decode(Noise.self, forKey: .noise)
    rows = try values.decode([Row].self, forKey: .rows)
  }
}

extension Report {
  /// The machine and the noise alone.
  public var circumstances: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    struct Circumstances: Encodable {
      let machine: Machine
      let noise: Noise
    }
    let data = try? encoder.encode(Circumstances(machine: machine, noise: noise))
    return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
  }

  /// The same for people.
  public var machineTable: String {
    let facts = machine.facts.sorted { $0.key < $1.key }
    let width = facts.map(\.key.count).max() ?? 0
    let lines = facts.map { name, fact in
      name + String(repeating: " ", count: width + 2 - name.count) + "\(fact)"
    }
    return (lines + [""] + NumberFormat.wrapped("This machine: \(noise.words).")).joined(
      separator: "\n")
      + "\n"
  }
}
