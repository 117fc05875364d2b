// The members of an object that JSONScanner has found good, once more and without a workspace: for a
// claim that is asked for by name.

/// Walks the members of an object in a text.
///
/// Of other bytes than a scanner has read, or of a buffer that ends too soon, it hands out some members
/// or none: their places lie inside of the buffer all the same.
package struct JSONMembers {
  private var at: Int

  /// - Parameter start: Where an object begins that ``JSONScanner`` has read, or spaces before it.
  @_noAllocation
  package init(from start: Int) { at = start }

  /// Returns the next member, or nil at the end.
  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> JSONMember? {
    skip(UInt8(ascii: ","), or: UInt8(ascii: "{"), buffer)
    guard buffer.byte(at: at) == UInt8(ascii: "\""), let name = skipString(buffer)?.string else {
      return nil
    }
    skip(UInt8(ascii: ":"), or: UInt8(ascii: ":"), buffer)
    guard let value = skipValue(buffer) else { return nil }
    return JSONMember(name: name, value: value)
  }

  /// Moves over spaces and these bytes.
  @_noAllocation @inline(__always)
  private mutating func skip(
    _ one: UInt8, or other: UInt8, _ buffer: borrowing MutableSpan<UInt8>
  ) {
    while true {
      let byte = buffer.byte(at: at)
      guard byte == one || byte == other || JSONScanner.isSpace(byte) else { return }
      at += 1
    }
  }

  /// Moves behind the string that begins here; nil where it does not end.
  @_noAllocation
  private mutating func skipString(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue? {
    let start = at + 1
    var isEscaped = false
    at = start
    while true {
      switch buffer.byte(at: at) {
      case UInt8(ascii: "\""):
        at += 1
        return JSONValue(.string, start, at - 1, isEscaped: isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        at += 2
      case 0: return nil
      default: at += 1
      }
    }
  }

  /// Moves behind the value that begins here; nil where there is none, or it does not end.
  @_noAllocation
  private mutating func skipValue(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue? {
    let start = at
    let kind: JSONKind
    switch buffer.byte(at: at) {
    case UInt8(ascii: "\""): return skipString(buffer)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      kind = buffer.byte(at: at) == UInt8(ascii: "{") ? .object : .array
      var depth = 0
      repeat {
        switch buffer.byte(at: at) {
        case UInt8(ascii: "\""):
          guard skipString(buffer) != nil else { return nil }
          continue
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        case 0: return nil
        default: break
        }
        at += 1
      } while depth > 0
    case UInt8(ascii: "t"): (kind, at) = (.true, at + 4)
    case UInt8(ascii: "f"): (kind, at) = (.false, at + 5)
    case UInt8(ascii: "n"): (kind, at) = (.null, at + 4)
    default:
      kind = .number
      while true {
        let byte = buffer.byte(at: at)
        guard byte > 0x20, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") else { break }
        at += 1
      }
    }
    return at > start && at <= buffer.count ? JSONValue(kind, start, at) : nil
  }
}
