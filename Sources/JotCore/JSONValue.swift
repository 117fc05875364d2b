// What JSONScanner hands out: places in the text, no copies.

/// The kind of a JSON value.
public enum JSONKind: UInt8, Sendable {
  case string, number, array, object, `true`, `false`, null
}

/// A string in the text, without its quotes.
public struct JSONString: Sendable {
  /// Where the characters between the quotes begin and end.
  public let start: Int
  public let end: Int
  /// Whether a backslash stands in them.
  public let isEscaped: Bool

  public var range: Range<Int> { @_noAllocation get { start..<end } }

  @_noAllocation
  init(start: Int, end: Int, isEscaped: Bool) {
    (self.start, self.end, self.isEscaped) = (start, end, isEscaped)
  }
}

/// A value in the text.
public struct JSONValue: Sendable {
  public let kind: JSONKind
  /// Where the value begins and ends; a string's quotes are left out.
  public let start: Int
  public let end: Int
  /// Whether a string has a backslash.
  public let isEscaped: Bool

  public var range: Range<Int> { @_noAllocation get { start..<end } }

  /// The value as a string; of use only where ``kind`` says so.
  package var string: JSONString {
    @_noAllocation get { JSONString(start: start, end: end, isEscaped: isEscaped) }
  }

  @_noAllocation
  init(kind: JSONKind, start: Int, end: Int) {
    (self.kind, self.start, self.end, isEscaped) = (kind, start, end, false)
  }

  @_noAllocation
  init(_ string: JSONString) {
    (kind, start, end, isEscaped) = (.string, string.start, string.end, string.isEscaped)
  }
}

/// A member of an object.
public struct JSONMember: Sendable {
  public let name: JSONString
  public let value: JSONValue

  @_noAllocation
  init(name: JSONString, value: JSONValue) { (self.name, self.value) = (name, value) }
}
