/// A slow reference parser of one strict JSON object: recursive, with a set of names per object.
struct JSONOracle {
  struct Member: Equatable {
    let name: [UInt8]
    let value: [UInt8]
  }

  struct Refused: Error {}

  private let text: [UInt8]
  private var at = 0
  /// The members so far, nested ones included.
  private var count = 0

  /// Returns the top-level members, with escapes resolved in names and values unchanged, or nil for
  /// a text that must be refused or has more members than `limit`, nested ones included.
  static func members(_ text: [UInt8], limit: Int = .max) -> [Member]? {
    // Refuses every byte string that is not UTF-8, also outside of strings.
    guard String(validating: text, as: UTF8.self) != nil else { return nil }
    var oracle = JSONOracle(text: text)
    guard let members = try? oracle.object(depth: 1) else { return nil }
    oracle.space()
    return oracle.at == text.count && oracle.count <= limit ? members : nil
  }

  private init(text: [UInt8]) { self.text = text }

  private var byte: UInt8? { at < text.count ? text[at] : nil }

  private mutating func expect(_ character: Character) throws {
    guard byte == character.asciiValue else { throw Refused() }
    at += 1
  }

  private mutating func space() { while let byte, " \t\n\r".utf8.contains(byte) { at += 1 } }

  private mutating func object(depth: Int) throws -> [Member] {
    guard depth <= 128 else { throw Refused() }
    space()
    try expect("{")
    space()
    var members: [Member] = []
    var names: Set<[UInt8]> = []
    if byte == UInt8(ascii: "}") {
      at += 1
      return []
    }
    while true {
      space()
      let name = try string()
      count += 1
      guard names.insert(name).inserted else { throw Refused() }
      space()
      try expect(":")
      space()
      let start = at
      try value(depth: depth)
      members.append(Member(name: name, value: Array(text[start..<at])))
      space()
      if byte == UInt8(ascii: "}") {
        at += 1
        return members
      }
      try expect(",")
    }
  }

  private mutating func array(depth: Int) throws {
    guard depth <= 128 else { throw Refused() }
    try expect("[")
    space()
    if byte == UInt8(ascii: "]") {
      at += 1
      return
    }
    while true {
      space()
      try value(depth: depth)
      space()
      if byte == UInt8(ascii: "]") {
        at += 1
        return
      }
      try expect(",")
    }
  }

  private mutating func value(depth: Int) throws {
    switch byte {
    case UInt8(ascii: "{"): _ = try object(depth: depth + 1)
    case UInt8(ascii: "["): try array(depth: depth + 1)
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): for character in "true" { try expect(character) }
    case UInt8(ascii: "f"): for character in "false" { try expect(character) }
    case UInt8(ascii: "n"): for character in "null" { try expect(character) }
    default: try number()
    }
  }

  private mutating func number() throws {
    if byte == UInt8(ascii: "-") { at += 1 }
    let whole = try digits()
    if whole.count > 1, whole[0] == UInt8(ascii: "0") { throw Refused() }
    var count = whole.count
    if byte == UInt8(ascii: ".") {
      at += 1
      count += try digits().count
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      at += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
      count += try digits().count
    }
    guard count <= 4300 else { throw Refused() }
  }

  private mutating func digits() throws -> [UInt8] {
    let start = at
    while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
    guard at > start else { throw Refused() }
    return Array(text[start..<at])
  }

  private mutating func string() throws -> [UInt8] {
    try expect("\"")
    var result: [UInt8] = []
    while true {
      guard let byte, byte >= 0x20 else { throw Refused() }
      at += 1
      if byte == UInt8(ascii: "\"") { return result }
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard let kind = self.byte else { throw Refused() }
      at += 1
      switch Character(UnicodeScalar(kind)) {
      case "\"", "\\", "/": result.append(kind)
      case "b": result.append(8)
      case "f": result.append(12)
      case "n": result.append(10)
      case "r": result.append(13)
      case "t": result.append(9)
      case "u":
        var unit = try codeUnit()
        if (0xd800..<0xdc00).contains(unit) {
          try expect("\\")
          try expect("u")
          let low = try codeUnit()
          guard (0xdc00..<0xe000).contains(low) else { throw Refused() }
          unit = 0x10000 + (unit - 0xd800) * 0x400 + low - 0xdc00
        }
        guard let scalar = UnicodeScalar(unit) else { throw Refused() }
        result += Array(String(Character(scalar)).utf8)
      default: throw Refused()
      }
    }
  }

  private mutating func codeUnit() throws -> UInt32 {
    guard at + 4 <= text.count else { throw Refused() }
    let digits = text[at..<at + 4]
    guard digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 }),
      let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw Refused() }
    at += 4
    return unit
  }
}
