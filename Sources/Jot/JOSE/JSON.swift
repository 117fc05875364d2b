// JSON as a value, for claims that are written or read by name. Not used on a token's fast path.

/// A JSON value; numbers are exact, members keep their order. Values are equal if their texts are
/// equal byte for byte.
public enum JSON: Sendable, Hashable {
  /// The literal `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number that fits 64 bits.
  case integer(Int64)
  /// Any other number, in RFC 8259 §6's syntax.
  case number(Number)
  /// A string, its escapes resolved.
  case string(String)
  /// An array's elements.
  case array([JSON])
  /// An object's members, in the text's order.
  case object([Member])

  /// A number, stored as text.
  public struct Number: Sendable, Hashable {
    /// The number in RFC 8259 §6's syntax, as it was read or will be written.
    public let text: String

    init(text: String) { self.text = text }

    /// Makes a number from a finite double, with its shortest text; nil for infinities and NaN.
    public init?(_ value: Double) {
      guard value.isFinite else { return nil }
      text = value.description
    }
  }

  /// A member of an object.
  public struct Member: Sendable {
    /// The member's name, its escapes resolved.
    public let name: String
    /// The member's value.
    public let value: JSON

    /// Makes a member.
    public init(_ name: String, _ value: JSON) { (self.name, self.value) = (name, value) }
  }

  /// The value of the member `name` of an object, or nil.
  ///
  /// Names are compared as bytes.
  public subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  /// The value as a string, or nil.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The value as a whole number, or nil.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The value as a Boolean, or nil.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The value as a double, rounded to its precision, or nil; nil also if it is too large.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): Double(value.text).flatMap { $0.isFinite ? $0 : nil }
    default: nil
    }
  }
  /// The value's elements, or nil.
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

  /// The JSON text of this value as PyJWT writes it: no spaces, ASCII only.
  public var text: String { String(decoding: utf8, as: UTF8.self) }

  /// Whether both have the same JSON text, byte for byte.
  // Swift's own comparison treats canonically equivalent strings as equal.
  public static func == (left: JSON, right: JSON) -> Bool { left.utf8 == right.utf8 }
  /// Hashes the JSON text.
  public func hash(into hasher: inout Hasher) { hasher.combine(utf8) }

  /// The text's bytes.
  var utf8: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 256)
    while true {
      var span = bytes.mutableSpan
      var writer = JSONWriter()
      write(&writer, &span)
      let count = writer.count
      if count <= bytes.count { return Array(bytes[..<count]) }
      bytes = [UInt8](repeating: 0, count: count)
    }
  }

  func write(_ writer: inout JSONWriter, _ buffer: inout MutableSpan<UInt8>) {
    switch self {
    case .null: writer.verbatim(Array("null".utf8).span, into: &buffer)
    case .bool(let value): writer.verbatim(Array("\(value)".utf8).span, into: &buffer)
    case .integer(let value): writer.integer(value, into: &buffer)
    case .number(let value): writer.verbatim(Array(value.text.utf8).span, into: &buffer)
    case .string(let value): writer.string(Array(value.utf8).span, into: &buffer)
    case .array(let elements):
      writer.open(UInt8(ascii: "["), into: &buffer)
      for element in elements { element.write(&writer, &buffer) }
      writer.close(UInt8(ascii: "]"), into: &buffer)
    case .object(let members):
      writer.open(UInt8(ascii: "{"), into: &buffer)
      for member in members {
        writer.name(Array(member.name.utf8).span, into: &buffer)
        member.value.write(&writer, &buffer)
      }
      writer.close(UInt8(ascii: "}"), into: &buffer)
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByFloatLiteral
{
  /// Makes a string from a literal.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Makes a whole number from a literal.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// Makes a Boolean from a literal.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes `null` from the literal `nil`.
  public init(nilLiteral: ()) { self = .null }
  /// Makes an array from a literal.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// Makes an object from a dictionary literal, in its order; duplicate names are not removed.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member($0, $1) })
  }
  /// Makes a number from a literal.
  ///
  /// - Precondition: The number is finite.
  public init(floatLiteral value: Double) {
    guard let number = Number(value) else { preconditionFailure("a JSON number is finite") }
    self = .number(number)
  }
}
