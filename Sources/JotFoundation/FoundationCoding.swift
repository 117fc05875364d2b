// Foundation's types in claims: what Jot's coders do with them once this module is loaded. Dates
// are NumericDates (RFC 7519 §2); the others are what JSONDecoder and JSONEncoder make of them.
import Foundation
import Jot

/// Called by CJotFoundation before the program begins.
@c(jot_foundation_install)
public func _installFoundationCoding() { ForeignTypes.install(FoundationCoding.self) }

/// The coding of `Date`, `URL`, `Data` and `Decimal`.
enum FoundationCoding: ForeignCoding {
  static func knows(_ type: Any.Type) -> Bool {
    type == Date.self || type == URL.self || type == Data.self || type == Decimal.self
  }

  static func areNumbers(_ type: Any.Type) -> Bool { type == Date.self }

  static func value<Value>(_ type: Value.Type, of number: Double) -> Value {
    Date(timeIntervalSince1970: number) as! Value
  }

  static func decode<Value>(_ type: Value.Type, from decoder: ClaimsDecoder) throws -> Value {
    if type == Date.self {
      return Date(timeIntervalSince1970: try decoder.decode(Double.self)) as! Value
    }
    if type == URL.self {
      guard let url = URL(string: try decoder.decode(String.self)) else {
        throw unfit("the string is no URL", decoder)
      }
      return url as! Value
    }
    if type == Data.self {
      guard let data = Data(base64Encoded: try decoder.decode(String.self)) else {
        throw unfit("the string is not base64", decoder)
      }
      return data as! Value
    }
    // The digits themselves; without any, the error that a Double has.
    guard let text = decoder.numberText else {
      return Decimal(try decoder.decode(Double.self)) as! Value
    }
    guard let decimal = Decimal(string: text) else {
      throw unfit("the number is not a value of Decimal", decoder)
    }
    return decimal as! Value
  }

  private static func unfit(_ text: String, _ decoder: ClaimsDecoder) -> DecodingError {
    .dataCorrupted(
      DecodingError.Context(codingPath: decoder.codingPath, debugDescription: text))
  }

  static func number<Value>(_ value: Value) -> Int64? {
    Value.self == Date.self ? (value as! Date).numericDate : nil
  }

  static func encode<Value>(_ value: Value, to encoder: ClaimsEncoder) throws {
    switch value {
    case let date as Date:
      guard let second = date.numericDate else { throw date.isNoClaim(at: encoder.codingPath) }
      encoder.encode(second)
    case let url as URL: encoder.encode(url.absoluteString)
    case let data as Data: encoder.encode(data.base64EncodedString())
    case let decimal as Decimal where decimal.isFinite: encoder.encode(number: decimal.description)
    default:
      throw EncodingError.invalidValue(
        value,
        EncodingError.Context(
          codingPath: encoder.codingPath, debugDescription: "a number of JSON is finite"))
    }
  }
}

extension Date {
  /// The error of a date outside the 64 bits of a NumericDate.
  func isNoClaim(at path: [any CodingKey]) -> EncodingError {
    let claim = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    // The number, not the date: Foundation traps when it describes a date that is not a number.
    return .invalidValue(
      timeIntervalSince1970,
      EncodingError.Context(
        codingPath: path,
        debugDescription: "the claim \(claim) is a date outside the 64 bits of a NumericDate; "
          + "pass one that is finite, or leave the claim out"))
  }
}
