// JSON as all records have it: written in lines, and read with what is wrong in a line.
import Foundation

enum RecordJSON {
  /// A value in one line, its names sorted.
  static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    // Everything in a record is a text or a finite number.
    return String(decoding: (try? encoder.encode(value)) ?? Data(), as: UTF8.self)
  }

  /// A value over several lines, for programs that read what is printed.
  ///
  /// - Precondition: its figures are finite.
  static func pretty(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    } catch {
      preconditionFailure("a figure is finite: \(error)")
    }
  }

  /// Values in an array, a line each.
  static func lines(_ values: [some Encodable]) -> String {
    "[\n\(values.map { line($0) }.joined(separator: ",\n"))\n]"
  }

  /// Reads a record of one of the schemas, the newest first.
  ///
  /// - Throws: what is wrong with it, in a line.
  static func read<Record: Decodable>(
    _ type: Record.Type, schemas: [String], _ json: Data
  ) throws(BenchError) -> Record {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      let version = try decoder.decode(Version.self, from: json).schema
      guard schemas.contains(version) else {
        let what = version.hasPrefix("jot-bench-ab/") ? ", which is what `ab` prints" : ""
        throw BenchError.unusable("its schema is \(version.short)\(what); \(schemas[0]) is needed")
      }
      return try decoder.decode(type, from: json)
    } catch let error as BenchError {
      throw error
    } catch let error as DecodingError {
      throw .unusable("not a record of jot-bench: \(line(error))")
    } catch {
      throw .unusable("not a record of jot-bench")
    }
  }

  private struct Version: Decodable { let schema: String }

  private static func line(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(place(context.codingPath)) is of another type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "the file is not JSON" : "\(place(context.codingPath)): \(context.debugDescription)"
    @unknown default: "it can't be read"
    }
  }
}

extension KeyedDecodingContainer {
  /// Reads a figure that can be drawn and written: from 0 to 1e15, which as a time is eleven days.
  func figure(_ key: Key) throws -> Double {
    try sound(try decode(Double.self, forKey: key), key)
  }

  /// The same where null stands for a figure that there is not.
  func figureOrNull(_ key: Key) throws -> Double? {
    try decode(Double?.self, forKey: key).map { try sound($0, key) }
  }

  /// Reads figures that can be divided by: none is 0, nor so small that a quotient has no end.
  func figures(_ key: Key) throws -> [Double] {
    try decode([Double].self, forKey: key).map { figure in
      guard figure >= 1e-15 else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: self, debugDescription: "figures from 1e-15 to 1e15 are needed")
      }
      return try sound(figure, key)
    }
  }

  private func sound(_ figure: Double, _ key: Key) throws -> Double {
    guard figure >= 0, figure <= 1e15 else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "a figure from 0 to 1e15 is needed")
    }
    return figure
  }

  /// Reads a count from `least` to 1e9.
  func count(_ key: Key, least: Int) throws -> Int {
    let count = try decode(Int.self, forKey: key)
    guard (least...1_000_000_000).contains(count) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "a number from \(least) to 1e9 is needed")
    }
    return count
  }
}
