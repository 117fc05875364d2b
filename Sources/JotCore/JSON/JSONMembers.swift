// The members of an object that JSONScanner has found good, once more and without a workspace: for a
// claim that is asked for by name.

/// Walks the members of an object at the front of a text. It needs no byte behind the text; in other
/// bytes it ends all the same, and inside them.
package struct JSONMembers {
  private var at: Int

  /// - Precondition: an object that ``JSONScanner`` has read begins at or after `start`, in the bytes
  ///   that ``next(_:)`` is given.
  @_noAllocation
  package init(from start: Int) { at = start }

  /// Returns the next member, or nil at the end.
  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> JSONMember? {
    var byte = buffer.byteOrZero(at: at)
    while JSONScanner.isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "{") {
      at += 1
      byte = buffer.byteOrZero(at: at)
    }
    guard byte == UInt8(ascii: "\""), let name = skipString(buffer).string else { return nil }
    byte = buffer.byteOrZero(at: at)
    while JSONScanner.isSpace(byte) || byte == UInt8(ascii: ":") {
      at += 1
      byte = buffer.byteOrZero(at: at)
    }
    let value = skipValue(buffer)
    return value.isAbsent ? nil : JSONMember(name: name, value: value)
  }

  /// Moves behind the string that begins here; absent where the text ends inside it.
  @_noAllocation
  private mutating func skipString(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue {
    let start = at + 1
    var isEscaped = false
    at = start
    while buffer.hasByte(at: at) {
      let byte = buffer[at]
      if byte == UInt8(ascii: "\"") {
        at += 1
        return JSONValue(.string, start, at - 1, isEscaped: isEscaped)
      }
      let isEscape = byte == UInt8(ascii: "\\")
      if isEscape { isEscaped = true }
      at += isEscape ? 2 : 1
    }
    return .absent
  }

  /// Moves behind the value that begins here; absent where there is none or the text ends inside it.
  @_noAllocation
  private mutating func skipValue(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue {
    let start = at
    let first = buffer.byteOrZero(at: at)
    switch first {
    case UInt8(ascii: "\""): return skipString(buffer)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let kind: JSONKind = first == UInt8(ascii: "{") ? .object : .array
      var depth = 0
      repeat {
        switch buffer.byteOrZero(at: at) {
        case 0: return .absent
        case UInt8(ascii: "\""):
          if skipString(buffer).isAbsent { return .absent }
          continue
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        at += 1
      } while depth > 0
      return JSONValue(kind, start, at)
    case UInt8(ascii: "t"):
      at += 4
      return JSONValue(.true, start, at)
    case UInt8(ascii: "f"):
      at += 5
      return JSONValue(.false, start, at)
    case UInt8(ascii: "n"):
      at += 4
      return JSONValue(.null, start, at)
    default:
      var byte = first
      while byte > 0x20, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") {
        at += 1
        byte = buffer.byteOrZero(at: at)
      }
      return at == start ? .absent : JSONValue(.number, start, at)
    }
  }
}
