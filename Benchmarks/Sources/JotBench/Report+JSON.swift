// A record's JSON, schema jot-bench/1: Schema.json says what is in it.
import Foundation

extension Report {
  /// The schema's name and version; a change that an older reader would misread makes another.
  public static let schema = "jot-bench/1"

  /// All of the record: a line for the machine, and one for each row.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func text(_ value: some Encodable) -> String {
      // Everything in it is a text or a finite number.
      String(decoding: (try? encoder.encode(value)) ?? Data(), as: UTF8.self)
    }
    return """
      {"schema":\(text(Self.schema)),"command":\(text(command)),
      "date":\(text(date.formatted(.iso8601))),"partial":\(isPartial),
      "machine":\(text(machine)),
      "noise":\(text(noise)),
      "rows":[
      \(rows.map { text($0) }.joined(separator: ",\n"))
      ]}

      """
  }

  /// Reads a record's JSON.
  ///
  /// - Throws: what is wrong with it, in a line.
  public init(json: Data) throws(BenchError) {
    struct Version: Decodable { let schema: String }
    let stored: Stored
    do {
      let version = try JSONDecoder().decode(Version.self, from: json)
      guard version.schema == Self.schema else {
        throw BenchError.unusable(
          "schema \(version.schema): this jot-bench reads \(Self.schema) alone")
      }
      stored = try JSONDecoder().decode(Stored.self, from: json)
    } catch let error as BenchError {
      throw error
    } catch let error as DecodingError {
      throw .unusable("no record of jot-bench: \(Self.line(error))")
    } catch {
      throw .unusable("no record of jot-bench")
    }
    guard let date = try? Date(stored.date, strategy: .iso8601) else {
      throw .unusable("no record of jot-bench: the date is \(stored.date)")
    }
    self.init(stored, date)
  }

  private struct Stored: Decodable {
    let command: String
    let date: String
    let partial: Bool
    let machine: Machine
    let noise: Noise
    let rows: [Row]
  }

  private init(_ stored: Stored, _ date: Date) {
    (command, self.date, isPartial) = (stored.command, date, stored.partial)
    (machine, noise, rows) = (stored.machine, stored.noise, stored.rows)
  }

  private static func line(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(place(context.codingPath)) is of another type"
    case .dataCorrupted(let context):
      "\(place(context.codingPath)): \(context.debugDescription)"
    @unknown default: "it can't be read"
    }
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
    return (lines + [""] + Figure.wrapped("This machine: \(noise.words).")).joined(separator: "\n")
      + "\n"
  }
}
