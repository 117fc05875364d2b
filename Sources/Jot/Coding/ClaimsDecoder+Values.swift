// What kind a value of a payload is, and why it does not fit.

extension ClaimsDecoder {
  /// The kind of the decoder's own value.
  var kind: JSONKind { kind(at: start) }

  /// The kind of the value that begins at `value`; null if it is absent.
  func kind(at value: Int) -> JSONKind {
    switch text.byte(value) {
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "t"): .true
    case UInt8(ascii: "f"): .false
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    default: .null
    }
  }

  @inline(__always)
  func isNull(at value: Int) -> Bool { text.byte(value) == UInt8(ascii: "n") }

  /// The digits of a number as they are in the payload; nil for a value of another type.
  package var numberText: String? {
    guard kind == .number else { return nil }
    return text.string(start..<text.numberEnd(from: start), isEscaped: false)
  }

  // MARK: - Errors: no value of the payload is in them

  /// Why the value at `value` is not of `type`, or is not there.
  ///
  /// - Parameter key: The value's key in this container; nil for this value itself.
  func failure(_ type: Any.Type, at value: Int, _ key: (any CodingKey)? = nil) -> DecodingError {
    if value < 0, let key { return missing(key) }
    let path = codingPath + (key.map { [$0] } ?? [])
    func context(_ text: String) -> DecodingError.Context {
      DecodingError.Context(codingPath: path, debugDescription: text)
    }
    switch kind(at: value) {
    // A null for a Boolean is a mismatch, as for `JSONDecoder`.
    case .null where type != Bool.self:
      return .valueNotFound(type, context("expected \(type), found null"))
    case .number where type is any Numeric.Type:
      return .dataCorrupted(context("the number is not a value of \(type)"))
    case let kind:
      return .typeMismatch(type, context("expected \(type), found \(Self.name(of: kind))"))
    }
  }

  /// The error of an absent member.
  func missing(_ key: any CodingKey) -> DecodingError {
    .keyNotFound(
      key,
      DecodingError.Context(
        codingPath: codingPath, debugDescription: "there is no member \(key.stringValue)"))
  }

  private static func name(of kind: JSONKind) -> String {
    switch kind {
    case .string: "a string"
    case .number: "a number"
    case .array: "an array"
    case .object: "an object"
    case .true, .false: "a Boolean"
    case .null: "null"
    }
  }
}
