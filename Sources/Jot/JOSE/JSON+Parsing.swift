// Text to JSON values. JSONScanner checks the whole text first, so the reader needs no checks.

extension JSON {
  /// Reads `text`, which must be one strict JSON object (RFC 8259).
  ///
  /// Refuses duplicate names at any depth, unpaired surrogates, more than 128 levels and numbers of
  /// more than 4,300 digits.
  ///
  /// - Throws: ``JSONError``, with the offset of the first error.
  /// - Complexity: O(n).
  public init(object text: String) throws(JSONError) { try self.init(object: Array(text.utf8)) }

  init(object bytes: [UInt8]) throws(JSONError) {
    let members = try JSON.members(bytes, memberLimit: .max)
    self = .object(members)
  }

  /// Reads `text`, which must be one strict JSON value of any kind.
  ///
  /// - Throws: ``JSONError``, as for an object.
  /// - Complexity: O(n).
  public init(value text: String) throws(JSONError) {
    let members = try JSON.members(Array("{\"\":\(text)}".utf8), memberLimit: .max)
    // A text that closes the wrapping object itself would add more members.
    guard members.count == 1 else { throw .syntax(0) }
    self = members[0].value
  }

  static func members(_ bytes: [UInt8], memberLimit: Int) throws(JSONError) -> [Member] {
    let count = bytes.count
    guard count < 1 << 30 else { throw .workspaceTooSmall }
    var buffer = bytes
    buffer.append(
      contentsOf: repeatElement(0, count: JSONScanner.workspaceLength(forText: count)))
    var span = buffer.mutableSpan
    var scanner = JSONScanner(memberLimit: memberLimit, seed: .random(in: .min ... .max))
    try scanner.open(&span, count: count)
    var found = [JSONMember]()
    while let member = try scanner.next(&span) { found.append(member) }
    // The scan does not change the text, only the workspace behind it.
    return found.map { member in
      var reader = JSONReader(bytes: bytes, offset: member.value.start)
      let value: JSON =
        member.value.kind == .string ? .string(reader.string(member.value.range)) : reader.value()
      return Member(reader.string(member.name.range), value)
    }
  }
}

/// Reads text that ``JSONScanner`` has accepted. Recursive: the scanner limits the depth.
struct JSONReader {
  let bytes: [UInt8]
  var offset: Int

  mutating func value() -> JSON {
    skipSpace()
    switch bytes[offset] {
    case UInt8(ascii: "\""): return .string(string())
    case UInt8(ascii: "{"): return .object(object())
    case UInt8(ascii: "["): return .array(array())
    case UInt8(ascii: "t"): return literal(4, .bool(true))
    case UInt8(ascii: "f"): return literal(5, .bool(false))
    case UInt8(ascii: "n"): return literal(4, .null)
    default: return number()
    }
  }

  private mutating func literal(_ length: Int, _ value: JSON) -> JSON {
    offset += length
    return value
  }

  private mutating func number() -> JSON {
    let start = offset
    while offset < bytes.count, "+-.eE0123456789".utf8.contains(bytes[offset]) { offset += 1 }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    // -0 is not the integer 0.
    if let integer = Int64(text), text != "-0" { return .integer(integer) }
    return .number(JSON.Number(text: text))
  }

  private mutating func array() -> [JSON] {
    var elements = [JSON]()
    offset += 1
    while true {
      skipSpace()
      if bytes[offset] == UInt8(ascii: "]") { break }
      if bytes[offset] == UInt8(ascii: ",") { offset += 1 }
      elements.append(value())
    }
    offset += 1
    return elements
  }

  private mutating func object() -> [JSON.Member] {
    var members = [JSON.Member]()
    offset += 1
    while true {
      skipSpace()
      if bytes[offset] == UInt8(ascii: "}") { break }
      if bytes[offset] == UInt8(ascii: ",") { offset += 1 }
      skipSpace()
      let name = string()
      skipSpace()
      offset += 1
      members.append(JSON.Member(name, value()))
    }
    offset += 1
    return members
  }

  /// Reads the string whose opening quote is at `offset`.
  private mutating func string() -> String {
    let start = offset + 1
    offset = start
    while bytes[offset] != UInt8(ascii: "\"") {
      offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
    }
    offset += 1
    return string(start..<offset - 1)
  }

  /// Returns the string in `range`, which excludes the quotes; resolves its escapes.
  func string(_ range: Range<Int>) -> String {
    guard bytes[range].contains(UInt8(ascii: "\\")) else {
      return String(decoding: bytes[range], as: UTF8.self)
    }
    // Copies only the range: a copy of the whole text per string would be quadratic.
    var text = Array(bytes[range])
    let span = text.mutableSpan
    var source = JSONStringBytes(JSONString(in: 0..<range.count))
    var characters = [UInt8]()
    while let byte = source.next(span) { characters.append(byte) }
    return String(decoding: characters, as: UTF8.self)
  }

  private mutating func skipSpace() {
    while [0x20, 0x0a, 0x0d, 0x09].contains(bytes[offset]) { offset += 1 }
  }
}

extension JSONString {
  /// Returns the string with its escapes resolved; for names and other short strings.
  func text(_ buffer: borrowing MutableSpan<UInt8>) -> String {
    var rest = JSONStringBytes(self)
    var bytes: [UInt8] = []
    while let byte = rest.next(buffer) { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
