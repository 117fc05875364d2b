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

  /// A string that may have escapes, known to be good.
  package init(in range: Range<Int>) {
    (start, end, isEscaped) = (range.lowerBound, range.upperBound, true)
  }

  /// Returns the string as one word if it has up to seven bytes, escapes resolved: the bytes from
  /// the lowest on, the length in the highest. Returns 0 for the empty string and for longer ones.
  @_noAllocation @inline(__always)
  package func packed(_ buffer: borrowing MutableSpan<UInt8>) -> UInt64 {
    if isEscaped { return packedEscaped(buffer) }
    let length = UInt64(end - start)
    guard length < 8 else { return 0 }
    // Behind every text lies the scanner's workspace, so a whole word can be read.
    return buffer.word(at: start) & (1 << (8 * length) &- 1) | length << 56
  }

  @_noAllocation
  private func packedEscaped(_ buffer: borrowing MutableSpan<UInt8>) -> UInt64 {
    var bytes = JSONStringBytes(self)
    var (word, length) = (0 as UInt64, 0 as UInt64)
    while let byte = bytes.next(buffer) {
      guard length < 7 else { return 0 }
      word |= UInt64(byte) << (8 * length)
      length += 1
    }
    return word | length << 56
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

/// The elements of an array that ``JSONScanner`` has read: strings are handed out, the first other
/// element ends the walk.
package struct JSONStrings {
  private var at: Int

  /// - Precondition: `array` is an array, read from the same bytes that ``next(_:)`` is given.
  @_noAllocation
  package init(_ array: JSONValue) { at = array.start + 1 }

  /// What stands next in the array.
  package enum Element {
    case string(JSONString)
    case other
    case end
  }

  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> Element {
    while JSONScanner.isSpace(buffer[at]) || buffer[at] == UInt8(ascii: ",") { at += 1 }
    if buffer[at] == UInt8(ascii: "]") { return .end }
    guard buffer[at] == UInt8(ascii: "\"") else { return .other }
    let start = at + 1
    var escaped = false
    at = start
    while buffer[at] != UInt8(ascii: "\"") {
      if buffer[at] == UInt8(ascii: "\\") {
        escaped = true
        at += 1
      }
      at += 1
    }
    at += 1
    return .string(JSONString(start: start, end: at - 1, isEscaped: escaped))
  }
}
