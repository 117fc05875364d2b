// What JSONScanner returns: offsets in the text, no copies. Each is one machine word and stays in
// registers: as structs of fields they cost a quarter of a verify in store-forwarding stalls.

/// The kind of a JSON value.
public enum JSONKind: UInt8, Sendable {
  /// A string.
  case string = 1
  /// A number.
  case number
  /// An array.
  case array
  /// An object.
  case object
  /// The literal `true`.
  case `true`
  /// The literal `false`.
  case `false`
  /// The literal `null`.
  case null
}

/// A value in the text: its kind, where it begins and ends, and whether a string has escapes.
public struct JSONValue: Sendable {
  // From the lowest bit: start (30), end (30), kind (3), escaped (1). Every value has a kind, so 0
  // means no value.
  @usableFromInline package let bits: UInt64

  @_noAllocation @inlinable @inline(__always)
  package init(bits: UInt64) { self.bits = bits }

  /// No value; half the size of an Optional.
  package static var absent: JSONValue { @_noAllocation @inlinable get { JSONValue(bits: 0) } }

  @usableFromInline package var isAbsent: Bool { @_noAllocation @inlinable get { bits == 0 } }

  /// The most bytes in a text: an offset has 30 bits, as in a token.
  static var maximumText: Int { @_noAllocation get { CompactJWS.maximumLength } }

  @_noAllocation @inlinable @inline(__always)
  init(_ kind: JSONKind, _ start: Int, _ end: Int, isEscaped: Bool = false) {
    bits =
      UInt64(truncatingIfNeeded: start) | UInt64(truncatingIfNeeded: end) << 30
      | UInt64(kind.rawValue) << 60 | (isEscaped ? 1 << 63 : 0)
  }

  /// The kind of the value.
  public var kind: JSONKind {
    @_noAllocation @inlinable get {
      JSONKind(rawValue: UInt8(truncatingIfNeeded: bits >> 60 & 7)) ?? .null
    }
  }

  // Compares bits: going through `kind` costs two switches.
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

  /// Where the value begins; a string's quotes are excluded.
  public var start: Int { @_noAllocation @inlinable get { Int(bits & 0x3fff_ffff) } }

  /// Where the value ends; a string's quotes are excluded.
  public var end: Int { @_noAllocation @inlinable get { Int(bits >> 30 & 0x3fff_ffff) } }

  /// The range of the value in the text.
  public var range: Range<Int> { @_noAllocation @inlinable get { start..<end } }

  /// Returns the value moved by `distance` bytes.
  func moved(by distance: Int) -> JSONValue {
    JSONValue(kind, start + distance, end + distance, isEscaped: bits >> 63 != 0)
  }

  /// The value as a string, or nil if it is not one.
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

  /// A valid string that may have escapes.
  package init(in range: Range<Int>) {
    self.init(start: range.lowerBound, end: range.upperBound, isEscaped: true)
  }

  /// The offset of the first character between the quotes.
  public var start: Int { @_noAllocation @inlinable get { value.start } }
  /// The offset behind the last character between the quotes.
  public var end: Int { @_noAllocation @inlinable get { value.end } }
  /// The range of the characters between the quotes.
  public var range: Range<Int> { @_noAllocation @inlinable get { start..<end } }

  /// Whether they contain a backslash.
  public var isEscaped: Bool { @_noAllocation @inlinable get { value.bits >> 63 != 0 } }

  /// Returns a string of up to seven bytes, escapes resolved, as one word: the bytes from the
  /// lowest on, the length in the highest. Returns 0 for the empty string and for longer ones.
  @_noAllocation @inlinable @inline(__always)
  package func packed(_ buffer: borrowing MutableSpan<UInt8>) -> UInt64 {
    if isEscaped { return packedEscaped(buffer) }
    let length = UInt64(end - start)
    guard length < 8 else { return 0 }
    // The scanner's workspace is behind every text, so a whole word can be read.
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
@usableFromInline package struct JSONMember: Sendable {
  @usableFromInline package let name: JSONString
  @usableFromInline package let value: JSONValue

  @_noAllocation @inlinable @inline(__always)
  init(name: JSONString, value: JSONValue) { (self.name, self.value) = (name, value) }
}
