// JSON of records: a line for each row, and errors in one line.
import Foundation

enum RecordJSON {
  /// A value in one line, with sorted keys.
  static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    // A record has texts and finite numbers only.
    return String(decoding: (try? encoder.encode(value)) ?? Data(), as: UTF8.self)
  }

  /// A value over several lines, for programs that read the output.
  ///
  /// - Precondition: Its numbers are finite.
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
  /// - Throws: What is wrong with it, in a line.
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
    func name(of path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(name(of: context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(name(of: context.codingPath)) is of another type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "the file is not JSON" : "\(name(of: context.codingPath)): \(context.debugDescription)"
    @unknown default: "it can't be read"
    }
  }
}

extension KeyedDecodingContainer {
  /// Reads a number that can be drawn and written: from 0 to 1e15 (as nanoseconds, eleven days).
  func figure(_ key: Key) throws -> Double {
    try sound(try decode(Double.self, forKey: key), key)
  }

  /// The same, or null.
  func figureOrNull(_ key: Key) throws -> Double? {
    try decode(Double?.self, forKey: key).map { try sound($0, key) }
  }

  /// Reads numbers that can be divided by: from 1e-15 to 1e15.
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
