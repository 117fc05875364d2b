// A strict one-pass scanner for a JSON object (RFC 8259), without a tree and without recursion.
//
//   next: name ":" value, at the top level; a container is walked to its end
//   walk: a loop over the innermost container; the stack behind the text lists the enclosing ones

/// A pull scanner for the members of one JSON object.
///
/// Text and workspace share one buffer: the text first, then ``workspaceLength(forText:)`` bytes.
/// Strict: UTF-8 is validated; a name may occur only once in an object, at any depth (RFC 7519 §4
/// permits refusing duplicates); escapes are decoded in names and values; lone surrogates and a
/// byte order mark are refused; depth, digits and members are limited. Names are compared as bytes,
/// after their escapes are resolved: there is no Unicode normalization.
///
/// - Complexity: O(n) for a whole text, for any names, because the seed is secret.
@usableFromInline package struct JSONScanner {
  /// The deepest nesting of containers, the top-level object included.
  @usableFromInline package static var maximumDepth: Int { @_noAllocation @inlinable get { 128 } }
  /// The most digits in one number, fraction and exponent included; CPython's default limit.
  package static var maximumDigits: Int { @_noAllocation get { 4300 } }

  @usableFromInline let seed: UInt64
  @usableFromInline let memberLimit: Int
  /// Where the text ends.
  @usableFromInline var end = 0
  /// Slots of the table of names, a power of two.
  @usableFromInline var slots = 0
  @usableFromInline var position = 0
  @usableFromInline var members = 0
  @usableFromInline var objects: UInt64 = 1
  @usableFromInline var depth = 0

  /// Start of the stack: after the text and a word of zeros, which ends every loop.
  var stack: Int { @_noAllocation get { end + 8 } }
  /// Start of the table of names: after the stack.
  var table: Int { @_noAllocation get { stack + 8 * Self.maximumDepth } }

  /// Returns the bytes that a scan of `count` bytes of text needs behind the text, at most.
  ///
  /// A straight line, because every token's scratch is compared with it: the table has no more than
  /// `max(8, count / 2)` slots of 8 bytes.
  @_noAllocation @inlinable @inline(__always)
  package static func workspaceLength(forText count: Int) -> Int {
    8 + 8 * maximumDepth + 64 + 4 * count
  }

  /// - Parameters:
  ///   - memberLimit: The most members in the text, nested ones included.
  ///   - seed: Secret; it prevents a sender from choosing names that collide.
  @_noAllocation @inlinable @inline(__always)
  package init(memberLimit: Int = .max, seed: UInt64) {
    (self.memberLimit, self.seed) = (memberLimit, seed)
  }

  /// Opens the object in `buffer[start..<start + count]`.
  ///
  /// - Parameters:
  ///   - buffer: At least `count + workspaceLength(forText: count)` bytes from `start` on.
  ///   - start: Where the text begins; all offsets count from the start of the buffer.
  ///   - count: Bytes of text; the text must end below 2³⁰.
  /// - Throws: ``JSONError``.
  // Not an initializer: it would build a scanner and copy it, and the copy would stall on stores.
  @_noAllocation
  package mutating func open(
    _ buffer: inout MutableSpan<UInt8>, from start: Int = 0, count: Int
  ) throws(JSONError) {
    guard start >= 0, count >= 0, start <= JSONValue.maximumText - count else {
      preconditionFailure("a text below 1 GiB")
    }
    slots = Self.slots(forText: count)
    end = start + count
    guard buffer.count - end >= Self.workspaceLength(forText: count) else {
      throw .workspaceTooSmall
    }
    (position, members, objects, depth) = (start, 0, 1, 0)
    // No JSON text continues after a zero byte, in or out of a string: no other end check needed.
    buffer.store(0, at: end)
    buffer.clear(table..<table + 8 * slots)
    skipSpace(buffer)
    guard buffer[position] == UInt8(ascii: "{") else { throw .notAnObject(position) }
    position += 1
    depth = 1
  }

  /// Returns the next member of the top-level object, or nil after the last. Nil means that the
  /// whole text was read and is exactly one object.
  @_noAllocation
  package mutating func next(_ buffer: inout MutableSpan<UInt8>) throws(JSONError) -> JSONMember? {
    guard depth > 0 else { return nil }
    skipSpace(buffer)
    if buffer[position] == UInt8(ascii: "}") {
      // A trailing comma was refused below, where a name is required after it.
      position += 1
      depth = 0
      skipSpace(buffer)
      guard position == end else { throw .syntax(position) }
      return nil
    }
    if members > 0 {
      guard buffer[position] == UInt8(ascii: ",") else { throw .syntax(position) }
      position += 1
      skipSpace(buffer)
    }
    let name = try name(&buffer, in: 0)
    let value = try value(&buffer)
    return JSONMember(name: name, value: value)
  }

  /// Reads a name, its colon and the space around them; records the name in the table.
  @_noAllocation @inline(__always)
  private mutating func name(
    _ buffer: inout MutableSpan<UInt8>, in object: UInt64
  ) throws(JSONError) -> JSONString {
    guard buffer[position] == UInt8(ascii: "\"") else { throw .syntax(position) }
    members += 1
    guard members <= memberLimit else { throw .tooManyMembers(position) }
    let name = try string(buffer)
    try note(name, in: object, &buffer)
    skipSpace(buffer)
    guard buffer[position] == UInt8(ascii: ":") else { throw .syntax(position) }
    position += 1
    skipSpace(buffer)
    return name
  }

  /// Reads the value at `position`; a container is read to its end.
  @_noAllocation @inline(__always)
  private mutating func value(_ buffer: inout MutableSpan<UInt8>) throws(JSONError) -> JSONValue {
    let start = position
    switch buffer[position] {
    case UInt8(ascii: "\""):
      return try string(buffer).value
    case UInt8(ascii: "{"):
      try walk(&buffer)
      return JSONValue(.object, start, position)
    case UInt8(ascii: "["):
      try walk(&buffer)
      return JSONValue(.array, start, position)
    default:
      let kind = try scalar(buffer)
      return JSONValue(kind, start, position)
    }
  }

  /// Walks the container at `position` to its end.
  ///
  /// For each open container, the stack holds 0 for an array and the object's number for an object,
  /// so that equal names in different objects don't collide in the table.
  @_noAllocation
  private mutating func walk(_ buffer: inout MutableSpan<UInt8>) throws(JSONError) {
    let outer = depth
    repeat {
      // Here begins a value, or the first member or element of a container just opened.
      var opened = false
      switch buffer[position] {
      case UInt8(ascii: "{"):
        try push(objects, &buffer)
        objects += 1
        opened = true
      case UInt8(ascii: "["):
        try push(0, &buffer)
        opened = true
      case UInt8(ascii: "\""):
        _ = try string(buffer)
      default:
        _ = try scalar(buffer)
      }
      // Close what ends here; a comma leads to the next member or element.
      while true {
        skipSpace(buffer)
        let object = buffer.word(at: stack + 8 * (depth - 1))
        let byte = buffer[position]
        if byte == (object == 0 ? UInt8(ascii: "]") : UInt8(ascii: "}")) {
          position += 1
          depth -= 1
          if depth == outer { return }
          opened = false
          continue
        }
        if !opened {
          guard byte == UInt8(ascii: ",") else { throw .syntax(position) }
          position += 1
          skipSpace(buffer)
        }
        if object != 0 { _ = try name(&buffer, in: object) }
        break
      }
    } while true
  }

  @_noAllocation @inline(__always)
  private mutating func push(
    _ object: UInt64, _ buffer: inout MutableSpan<UInt8>
  ) throws(JSONError) {
    guard depth < Self.maximumDepth else { throw .tooDeep(position) }
    buffer.store(object, at: stack + 8 * depth)
    depth += 1
    position += 1
  }

  /// Reads a number, `true`, `false` or `null`.
  @_noAllocation
  private mutating func scalar(
    _ buffer: borrowing MutableSpan<UInt8>
  ) throws(JSONError) -> JSONKind {
    switch buffer[position] {
    case UInt8(ascii: "t"):
      try literal(buffer, 0x6575_7274, 4)
      return .true
    case UInt8(ascii: "f"):
      try literal(buffer, 0x65_736c_6166, 5)
      return .false
    case UInt8(ascii: "n"):
      try literal(buffer, 0x6c6c_756e, 4)
      return .null
    default:
      try number(buffer)
      return .number
    }
  }

  /// Reads a literal, given as its bytes, the first in the lowest bits.
  @_noAllocation @inline(__always)
  private mutating func literal(
    _ buffer: borrowing MutableSpan<UInt8>, _ bytes: UInt64, _ length: Int
  ) throws(JSONError) {
    guard buffer.word(at: position) & (1 << (8 * UInt64(length)) - 1) == bytes else {
      throw .syntax(position)
    }
    position += length
  }

  /// Reads a number by RFC 8259 §6: no leading zero, no bare point, no plus before it.
  @_noAllocation
  private mutating func number(_ buffer: borrowing MutableSpan<UInt8>) throws(JSONError) {
    let start = position
    if buffer[position] == UInt8(ascii: "-") { position += 1 }
    var total = try digits(buffer)
    if total > 1, buffer[position - total] == UInt8(ascii: "0") {
      throw .syntax(position - total)
    }
    if buffer[position] == UInt8(ascii: ".") {
      position += 1
      total += try digits(buffer)
    }
    if buffer[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      let sign = buffer[position]
      if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      total += try digits(buffer)
    }
    guard total <= Self.maximumDigits else { throw .tooManyDigits(start) }
  }

  /// Reads one or more digits and returns how many.
  @_noAllocation @inline(__always)
  private mutating func digits(_ buffer: borrowing MutableSpan<UInt8>) throws(JSONError) -> Int {
    let start = position
    while buffer[position] &- UInt8(ascii: "0") < 10 { position += 1 }
    guard position > start else { throw .syntax(position) }
    return position - start
  }

  @_noAllocation @inline(__always)
  private mutating func skipSpace(_ buffer: borrowing MutableSpan<UInt8>) {
    while Self.isSpace(buffer[position]) { position += 1 }
  }

  @_noAllocation @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool {
    byte <= 0x20 && (1 as UInt64) << UInt64(byte) & 0x1_0000_2600 != 0
  }
}

/// Why a text is refused; each case has the offset of the error.
@nonexhaustive
public enum JSONError: Error, Equatable, Sendable {
  /// The text is not an object.
  case notAnObject(Int)
  /// The text violates RFC 8259's grammar.
  case syntax(Int)
  /// The bytes are not UTF-8, or an escaped surrogate is unpaired.
  case encoding(Int)
  /// The object already has this name.
  case duplicateName(Int)
  /// Containers are nested deeper than the limit.
  case tooDeep(Int)
  /// A number has more digits than the limit.
  case tooManyDigits(Int)
  /// The text has more members than the limit.
  case tooManyMembers(Int)
  /// The caller's buffer is shorter than text and workspace; nothing was read.
  case workspaceTooSmall
}
