// The members of an object that JSONScanner has found good, once more and without a workspace: for a
// claim that is asked for by name.

/// Walks the members of an object at the front of a text.
package struct JSONMembers {
  private var at: Int

  /// - Precondition: an object that ``JSONScanner`` has read begins at or after `start`, in the bytes
  ///   that ``next(_:)`` is given.
  @_noAllocation
  package init(from start: Int) { at = start }

  /// Returns the next member, or nil at the end.
  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> JSONMember? {
    while JSONScanner.isSpace(buffer[at]) || buffer[at] == UInt8(ascii: ",")
      || buffer[at] == UInt8(ascii: "{")
    {
      at += 1
    }
    guard buffer[at] == UInt8(ascii: "\"") else { return nil }
    let name = skipString(buffer)
    while JSONScanner.isSpace(buffer[at]) || buffer[at] == UInt8(ascii: ":") { at += 1 }
    let value = skipValue(buffer)
    return JSONMember(
      name: JSONString(start: name.start, end: name.end, isEscaped: name.string!.isEscaped),
      value: value)
  }

  /// Moves behind the string that begins here.
  @_noAllocation
  private mutating func skipString(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue {
    let start = at + 1
    var isEscaped = false
    at = start
    while buffer[at] != UInt8(ascii: "\"") {
      let isEscape = buffer[at] == UInt8(ascii: "\\")
      if isEscape { isEscaped = true }
      at += isEscape ? 2 : 1
    }
    at += 1
    return JSONValue(.string, start, at - 1, isEscaped: isEscaped)
  }

  /// Moves behind the value that begins here.
  @_noAllocation
  private mutating func skipValue(_ buffer: borrowing MutableSpan<UInt8>) -> JSONValue {
    let start = at
    switch buffer[at] {
    case UInt8(ascii: "\""): return skipString(buffer)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let kind: JSONKind = buffer[at] == UInt8(ascii: "{") ? .object : .array
      var depth = 0
      repeat {
        switch buffer[at] {
        case UInt8(ascii: "\""):
          _ = skipString(buffer)
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
      while buffer[at] > 0x20, buffer[at] != UInt8(ascii: ","), buffer[at] != UInt8(ascii: "}") {
        at += 1
      }
      return JSONValue(.number, start, at)
    }
  }
}
