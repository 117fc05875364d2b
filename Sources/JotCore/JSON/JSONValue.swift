// What JSONScanner hands out: places in the text, no copies. Each is one machine word, so that it
// travels in registers: as structs of fields they cost a quarter of a verify in stalled reloads.

/// The kind of a JSON value.
public enum JSONKind: UInt8, Sendable {
  case string = 1
  case number, array, object, `true`, `false`, null
}

/// A value in the text: its kind, where it begins and ends, and whether a string has escapes.
public struct JSONValue: Sendable {
  // From the lowest bit: start (30), end (30), kind (3), escaped (1). A value has a kind, so 0 is
  // none.
  @usableFromInline package let bits: UInt64

  @_noAllocation @inlinable @inline(__always)
  package init(bits: UInt64) { self.bits = bits }

  /// No value: half the size of an optional.
  package static var absent: JSONValue { @_noAllocation @inlinable get { JSONValue(bits: 0) } }

  @usableFromInline package var isAbsent: Bool { @_noAllocation @inlinable get { bits == 0 } }

  /// Bytes that a text may have: places have 30 bits.
  static var maximumText: Int { @_noAllocation get { 1 << 30 - 1 } }

  @_noAllocation @inlinable @inline(__always)
  init(_ kind: JSONKind, _ start: Int, _ end: Int, isEscaped: Bool = false) {
    bits =
      UInt64(truncatingIfNeeded: start) | UInt64(truncatingIfNeeded: end) << 30
      | UInt64(kind.rawValue) << 60 | (isEscaped ? 1 << 63 : 0)
  }

  public var kind: JSONKind {
    @_noAllocation @inlinable get {
      JSONKind(rawValue: UInt8(truncatingIfNeeded: bits >> 60 & 7)) ?? .null
    }
  }

  // Compared as bits: the way through `kind` costs two switches.
  @usableFromInline package var isNumber: Bool {
    @_noAllocation @inlinable get { bits >> 60 & 7 == 2 }
  }
  @usableFromInline package var isArray: Bool {
    @_noAllocation @inlinable get { bits >> 60 & 7 == 3 }
  }
  @usableFromInline package var isString: Bool {
    @_noAllocation @inlinable get { bits >> 60 & 7 == 1 }
  }
  @usableFromInline package var isNull: Bool {
    @_noAllocation @inlinable get { bits >> 60 & 7 == 7 }
  }

  /// Where the value begins; a string's quotes are left out.
  public var start: Int { @_noAllocation @inlinable get { Int(bits & 0x3fff_ffff) } }

  /// Where the value ends.
  public var end: Int { @_noAllocation @inlinable get { Int(bits >> 30 & 0x3fff_ffff) } }

  /// Where the value lies in the text.
  public var range: Range<Int> { @_noAllocation @inlinable get { start..<end } }

  /// The value at a place that lies `distance` bytes further on.
  func moved(by distance: Int) -> JSONValue {
    JSONValue(kind, start + distance, end + distance, isEscaped: bits >> 63 != 0)
  }

  /// The value as a string, where ``kind`` says that it is one.
  public var string: JSONString? {
    @_noAllocation @inlinable get { isString ? JSONString(self) : nil }
  }
}

/// A string in the text, without its quotes.
public struct JSONString: Sendable {
  @usableFromInline let value: JSONValue

  @_noAllocation @inlinable @inline(__always)
  init(_ value: JSONValue) { self.value = value }

  @_noAllocation @inlinable @inline(__always)
  init(start: Int, end: Int, isEscaped: Bool) {
    value = JSONValue(.string, start, end, isEscaped: isEscaped)
  }

  /// A string that may have escapes, known to be good.
  package init(in range: Range<Int>) {
    self.init(start: range.lowerBound, end: range.upperBound, isEscaped: true)
  }

  /// Where the characters between the quotes begin and end.
  public var start: Int { @_noAllocation @inlinable get { value.start } }
  public var end: Int { @_noAllocation @inlinable get { value.end } }
  public var range: Range<Int> { @_noAllocation @inlinable get { start..<end } }

  /// Whether a backslash stands in them.
  public var isEscaped: Bool { @_noAllocation @inlinable get { value.bits >> 63 != 0 } }

  /// Returns the string as one word if it has up to seven bytes, escapes resolved: the bytes from
  /// the lowest on, the length in the highest. Returns 0 for the empty string and for longer ones.
  @_noAllocation @inlinable @inline(__always)
  package func packed(_ buffer: borrowing MutableSpan<UInt8>) -> UInt64 {
    if isEscaped { return packedEscaped(buffer) }
    let length = UInt64(end - start)
    guard length < 8 else { return 0 }
    // Behind every text lies the scanner's workspace, so a whole word can be read.
    return buffer.word(at: start) & (1 << (8 * length) &- 1) | length << 56
  }

  @_noAllocation @usableFromInline
  func packedEscaped(_ buffer: borrowing MutableSpan<UInt8>) -> UInt64 {
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

/// A member of an object.
public struct JSONMember: Sendable {
  public let name: JSONString
  public let value: JSONValue

  @_noAllocation @inlinable @inline(__always)
  init(name: JSONString, value: JSONValue) { (self.name, self.value) = (name, value) }
}

/// The elements of an array that ``JSONScanner`` has read: strings are handed out, the first other
/// element ends the walk. It needs no byte behind the array; in bytes that are not the array's it ends
/// all the same, and inside them.
package struct JSONStrings {
  @usableFromInline var at: Int

  /// - Precondition: `array` is an array, read from the same bytes that ``next(_:)`` is given.
  @_noAllocation @inlinable
  package init(_ array: JSONValue) { at = array.start + 1 }

  /// What stands next in the array.
  package enum Element {
    case string(JSONString)
    case other
    case end
  }

  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> Element {
    var byte = buffer.byteOrZero(at: at)
    while JSONScanner.isSpace(byte) || byte == UInt8(ascii: ",") {
      at += 1
      byte = buffer.byteOrZero(at: at)
    }
    if byte == UInt8(ascii: "]") { return .end }
    guard byte == UInt8(ascii: "\"") else { return .other }
    let start = at + 1
    var escaped = false
    at = start
    while true {
      skipPlain(buffer)
      switch buffer.byteOrZero(at: at) {
      case UInt8(ascii: "\""):
        at += 1
        return .string(JSONString(start: start, end: at - 1, isEscaped: escaped))
      case UInt8(ascii: "\\"):
        escaped = true
        at += 2
      case 0: return .other
      default: at += 1
      }
    }
  }

  /// Moves on to what is odd for the scanner, which is a place to look at here too: a quote, or an
  /// escape. Stops earlier where fewer than eight bytes are left.
  @_noAllocation @inline(__always)
  private mutating func skipPlain(_ buffer: borrowing MutableSpan<UInt8>) {
    while at <= buffer.count - 8 {
      let odd = JSONScanner.oddBytes(buffer.word(at: at))
      if odd != 0 {
        at += odd.trailingZeroBitCount / 8
        return
      }
      at += 8
      if let place = buffer.firstOdd(from: at) {
        at = place
        return
      }
    }
  }
}
