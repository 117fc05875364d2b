// A second walk over text that JSONScanner has accepted: members by name and the elements of an
// array. Needs no workspace.

/// Moves over the values of a text. Reads no byte after the text. On bytes that the scanner has not
/// accepted it still stops, within them.
struct JSONCursor {
  var offset: Int

  @_noAllocation @inline(__always)
  init(at offset: Int) { self.offset = offset }

  /// Moves past spaces and `separator`, and returns the next byte, or 0 at the end of the buffer.
  @_noAllocation @inline(__always)
  mutating func skip(_ separator: UInt8, _ buffer: borrowing MutableSpan<UInt8>) -> UInt8 {
    var byte = buffer.byteOrZero(at: offset)
    while JSONScanner.isSpace(byte) || byte == separator {
      offset += 1
      byte = buffer.byteOrZero(at: offset)
    }
    return byte
  }

  /// Moves past the string whose quote is here; returns absent if the text ends inside it.
  @_noAllocation @inline(__always)
  mutating func string(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue {
    let start = offset + 1
    var isEscaped = false
    offset = start
    while true {
      skipPlain(buffer)
      switch buffer.byteOrZero(at: offset) {
      case UInt8(ascii: "\""):
        offset += 1
        return JSONValue(.string, start, offset - 1, isEscaped: isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        offset += 2
      case 0: return .absent
      default: offset += 1
      }
    }
  }

  /// Moves to the next special byte: a quote, an escape, or one that only must be checked. Stops
  /// earlier if fewer than eight bytes are left.
  @_noAllocation @inline(__always)
  private mutating func skipPlain(_ buffer: borrowing MutableSpan<UInt8>) {
    while offset <= buffer.count - 8 {
      let special = JSONScanner.specialBytes(buffer.word(at: offset))
      if special != 0 {
        offset += special.trailingZeroBitCount / 8
        return
      }
      offset += 8
      if let next = buffer.firstSpecial(from: offset) {
        offset = next
        return
      }
    }
  }

  /// Moves past the value that begins here; returns absent if there is no value or the text ends
  /// inside it.
  @_noAllocation
  mutating func value(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue {
    let start = offset
    let first = buffer.byteOrZero(at: offset)
    switch first {
    case UInt8(ascii: "\""): return string(buffer)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let kind: JSONKind = first == UInt8(ascii: "{") ? .object : .array
      var depth = 0
      repeat {
        switch buffer.byteOrZero(at: offset) {
        case 0: return .absent
        case UInt8(ascii: "\""):
          if string(buffer).isAbsent { return .absent }
          continue
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        offset += 1
      } while depth > 0
      return JSONValue(kind, start, offset)
    case UInt8(ascii: "t"):
      offset += 4
      return JSONValue(.true, start, offset)
    case UInt8(ascii: "f"):
      offset += 5
      return JSONValue(.false, start, offset)
    case UInt8(ascii: "n"):
      offset += 4
      return JSONValue(.null, start, offset)
    default:
      var byte = first
      while byte > 0x20, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}"),
        byte != UInt8(ascii: "]")
      {
        offset += 1
        byte = buffer.byteOrZero(at: offset)
      }
      return offset == start ? .absent : JSONValue(.number, start, offset)
    }
  }
}

/// The members of an object.
package struct JSONMembers {
  private var cursor: JSONCursor

  /// - Precondition: an object that ``JSONScanner`` has read begins at or after `start`, in the
  ///   bytes that ``next(_:)`` is given.
  @_noAllocation
  package init(from start: Int) { cursor = JSONCursor(at: start) }

  /// Returns the next member, or nil at the end.
  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> JSONMember? {
    var byte = cursor.skip(UInt8(ascii: ","), buffer)
    if byte == UInt8(ascii: "{") {
      cursor.offset += 1
      byte = cursor.skip(UInt8(ascii: ","), buffer)
    }
    guard byte == UInt8(ascii: "\""), let name = cursor.string(buffer).string else { return nil }
    _ = cursor.skip(UInt8(ascii: ":"), buffer)
    let value = cursor.value(buffer)
    return value.isAbsent ? nil : JSONMember(name: name, value: value)
  }
}

/// The elements of an array.
package struct JSONElements {
  private var cursor: JSONCursor

  /// - Precondition: `array` is an array, read from the same bytes that ``next(_:)`` is given.
  @_noAllocation
  package init(_ array: JSONValue) { cursor = JSONCursor(at: array.start + 1) }

  /// Returns the next element, or nil at the end; on bytes that are not an array, perhaps an absent
  /// value.
  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue? {
    if cursor.skip(UInt8(ascii: ","), buffer) == UInt8(ascii: "]") { return nil }
    return cursor.value(buffer)
  }
}

/// The elements of an array that should hold strings: the walk ends at the first other element.
package struct JSONStrings {
  private var cursor: JSONCursor

  /// - Precondition: as for ``JSONElements``.
  @_noAllocation
  package init(_ array: JSONValue) { cursor = JSONCursor(at: array.start + 1) }

  /// The kind of the next element.
  package enum Element {
    case string(JSONString)
    case other
    case end
  }

  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> Element {
    let byte = cursor.skip(UInt8(ascii: ","), buffer)
    if byte == UInt8(ascii: "]") { return .end }
    guard byte == UInt8(ascii: "\""), let string = cursor.string(buffer).string else {
      return .other
    }
    return .string(string)
  }
}
