import JotCore
import TestSupport
import Testing

@Suite("JSONScanner")
struct JSONScannerTests {
  @Test(
    "names each offence and its offset",
    arguments: [
      ("", .notAnObject(0)), ("  ", .notAnObject(2)), ("[]", .notAnObject(0)),
      ("1", .notAnObject(0)), ("\u{feff}{}", .notAnObject(0)), ("{", .syntax(1)),
      ("{}x", .syntax(2)), ("{}{}", .syntax(2)), ("{} \u{0c}", .syntax(3)),
      (#"{"a":1,}"#, .syntax(7)), (#"{,"a":1}"#, .syntax(1)), (#"{"a":1 "b":2}"#, .syntax(7)),
      (#"{"a" 1}"#, .syntax(5)), (#"{a:1}"#, .syntax(1)), (#"{'a':1}"#, .syntax(1)),
      (#"{"a":}"#, .syntax(5)), (#"{"a":NaN}"#, .syntax(5)), (#"{"a":Infinity}"#, .syntax(5)),
      (#"{"a":01}"#, .syntax(5)), (#"{"a":-01}"#, .syntax(6)), (#"{"a":+1}"#, .syntax(5)),
      (#"{"a":.5}"#, .syntax(5)), (#"{"a":1.}"#, .syntax(7)), (#"{"a":1e}"#, .syntax(7)),
      (#"{"a":1e+}"#, .syntax(8)), (#"{"a":-}"#, .syntax(6)), (#"{"a":0x1}"#, .syntax(6)),
      (#"{"a":tru}"#, .syntax(5)), (#"{"a":nulll}"#, .syntax(9)), (#"{"a":[1,]}"#, .syntax(8)),
      (#"{"a":[,1]}"#, .syntax(6)), (#"{"a":[1}"#, .syntax(7)), (#"{"a":{"b":1]}"#, .syntax(11)),
      (#"{"a":{1:2}}"#, .syntax(6)), (#"{"a":{"b":1,}}"#, .syntax(12)),
      ("{\"a\":\"\n\"}", .syntax(6)), ("{\"a\":\"\0\"}", .syntax(6)), (#"{"a":"\x"}"#, .syntax(6)),
      (#"{"a":"\u12g4"}"#, .syntax(10)), (#"{"a":"\u12"}"#, .syntax(10)), (#"{"a":"b"#, .syntax(7)),
      (#"{"a":"\ud800"}"#, .encoding(6)), (#"{"a":"\udc00"}"#, .encoding(6)),
      (#"{"a":"\ud800\u0041"}"#, .encoding(6)), (#"{"a":"\udc00\ud800"}"#, .encoding(6)),
      (#"{"a":"\ud800x"}"#, .encoding(6)), (#"{"a":1,"a":2}"#, .duplicateName(8)),
      (#"{"a":1,"\u0061":2}"#, .duplicateName(8)), (#"{"\u0061":1,"a":2}"#, .duplicateName(13)),
      (#"{"":1,"":2}"#, .duplicateName(7)), (#"{"x":[{"a":1,"b":{},"a":2}]}"#, .duplicateName(21)),
      (#"{"\ud83d\ude00":1,"😀":2}"#, .duplicateName(19)),
    ] as [(String, JSONError)])
  func refuses(text: String, error: JSONError) {
    #expect(throws: error) { try members(Array(text.utf8)) }
  }

  @Test(
    "refuses bytes that are not UTF-8 (RFC 3629)",
    arguments: [
      [0x80], [0xc0, 0xaf], [0xc1, 0x81], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80],
      [0xf0, 0x80, 0x80, 0xaf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff],
      [0xe2, 0x82], [0xc3], [0xf0, 0x9f, 0x98],
    ] as [[UInt8]])
  func encoding(bytes: [UInt8]) {
    let (head, tail) = (Array(#"{"a":""#.utf8), Array(#""}"#.utf8))
    #expect(throws: JSONError.encoding(6)) { try members(head + bytes + tail) }
  }

  @Test("accepts the same name in different objects")
  func sameNames() throws {
    let text = #"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"c":{"b":1,"a":[]}}"#
    #expect(try members(Array(text.utf8)).count == 3)
  }

  @Test("limits depth, digits and members, each exactly")
  func bounds() throws {
    func nested(_ open: String, _ close: String, _ depth: Int) -> [UInt8] {
      let inner = String(repeating: open, count: depth - 1)
      return Array(
        (#"{"a":"# + inner + "1" + String(repeating: close, count: depth - 1) + "}").utf8)
    }
    for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
      #expect(try members(nested(open, close, 128)).count == 1)
      #expect(throws: JSONError.self) { try members(nested(open, close, 129)) }
    }
    for text in ["1", "1.", "1e", "-1"] {
      let digits = 4300 - (text.count == 1 || text == "-1" ? 1 : 1)
      let number = text + String(repeating: "0", count: digits)
      #expect(try members(Array("{\"a\":\(number)}".utf8)).count == 1)
      #expect(throws: JSONError.tooManyDigits(5)) {
        try members(Array("{\"a\":\(number)0}".utf8))
      }
    }
    let many = { (count: Int) in
      Array("{\((0..<count).map { "\"n\($0)\":[{}]" }.joined(separator: ","))}".utf8)
    }
    #expect(try members(many(64), limit: 64).count == 64)
    #expect(throws: JSONError.self) { try members(many(65), limit: 64) }
  }

  @Test("throws before it reads anything if the workspace is one byte short")
  func workspace() throws {
    let text = Array(#"{"a":1}"#.utf8)
    let needed = text.count + JSONScanner.workspaceLength(forText: text.count)
    var buffer = text + [UInt8](repeating: 0, count: needed - text.count - 1)
    let before = buffer
    #expect(throws: JSONError.workspaceTooSmall) {
      var span = buffer.mutableSpan
      var scanner = JSONScanner(seed: 1)
      try scanner.open(&span, count: text.count)
    }
    #expect(buffer == before)
  }

  @Test("refuses each truncation of a document")
  func truncations() {
    let text = Array(
      #" {"a\n":[1.5e+3,{"b":"\ud83d\ude00é"},[],{}],"c":true,"d":null,"e":false} "#.utf8)
    #expect((try? members(text))?.count == 4)
    for length in 0..<(text.count - 1) {
      #expect((try? members(Array(text[..<length]))) == nil, "\(length) bytes")
    }
  }

  @Test(
    "agrees with the oracle on strings of every length around a word, each odd byte at each offset")
  func words() {
    for length in 0...40 {
      for offset in 0..<max(1, length) {
        for odd in [
          "\"", "\\", "\\n", "\u{1f}", "é", "€", "😀", "\u{7f}", "\\u00e9", "\\ud83d\\ude00",
        ] {
          var string = Array(repeating: "x", count: length)
          if length > 0 { string[offset] = odd }
          agree(Array("{\"\(string.joined())\":\"\(string.joined())\"}".utf8))
        }
      }
    }
  }

  @Test("agrees with the oracle on random documents and their mutations")
  func differential() {
    var generator = Seeded(seed: 11)
    let specials = Array("{}[]\",:\\u0123e+-.tfn \n\u{80}".utf8) + [0, 0xff, 0xc3, 0xed]
    for _ in 0..<4000 {
      var text = Array(document(&generator, depth: 0).utf8)
      agree(text)
      for _ in 0..<4 where !text.isEmpty {
        let offset = Int.random(in: 0..<text.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: text[offset] = specials.randomElement(using: &generator)!
        case 1: text.insert(specials.randomElement(using: &generator)!, at: offset)
        case 2: text.remove(at: offset)
        default: text[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        agree(text)
      }
    }
  }

  @Test("takes linear time, not quadratic, whatever the names")
  func linear() throws {
    let prefix = String(repeating: "p", count: 60)
    let shapes: [(Int) -> String] = [
      { "\"\($0)\":0" }, { "\"\(prefix)\($0)\":0" }, { "\"\\u0061\($0)\":0" },
      { "\"o\($0)\":{\"\":0}" },
    ]
    for shape in shapes {
      func time(_ count: Int) throws -> Duration {
        let text = Array("{\((0..<count).map(shape).joined(separator: ","))}".utf8)
        let times = try (0..<5).map { _ in
          var found = 0
          let time = try CPUTime.measure { found = try members(text).count }
          #expect(found == count)
          return time
        }
        return try #require(times.min())
      }
      let (small, large) = (try time(4000), try time(16000))
      #expect(large < small * 12, "\(small) for 4,000, \(large) for 16,000")
    }
  }

  @Test("an attacker can't choose names of different objects that collide in the table")
  func collisions() throws {
    // Each object's name is its number, so that the two cancel if a hash only XORs them.
    func text(_ names: (UInt32) -> UInt32) -> [UInt8] {
      let objects = (1...30_000 as ClosedRange<UInt32>).map { number -> String in
        let bytes = (0..<3).map { UInt8(truncatingIfNeeded: names(number) >> (8 * $0)) }
        let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }
        return isPlain ? "{\"\(String(decoding: bytes, as: UTF8.self))\":0}" : "{}"
      }
      return Array("{\"a\":[\(objects.joined(separator: ","))]}".utf8)
    }
    func time(_ text: [UInt8]) throws -> Duration {
      try (0..<5).map { _ in try CPUTime.measure { _ = try members(text) } }.min()!
    }
    let (chosen, plain) = (try time(text { 0x404040 ^ $0 }), try time(text { _ in 0x404040 }))
    #expect(chosen < plain * 8, "\(chosen) for chosen names, \(plain) for one name")
  }

  private func agree(_ text: [UInt8]) {
    let expected = JSONOracle.members(text)
    for fill in [0x00, 0x22, 0x30, 0x5c, 0xff] as [UInt8] {
      let found = try? members(text, fill: fill)
      #expect(found == expected, "\(String(decoding: text, as: UTF8.self)), filled with \(fill)")
    }
  }
}

/// Returns the members that the scanner finds, with garbage after the text.
func members(
  _ text: [UInt8], limit: Int = .max, fill: UInt8 = 0xa5
) throws(JSONError) -> [JSONOracle.Member] {
  var buffer = text
  buffer += [UInt8](repeating: fill, count: JSONScanner.workspaceLength(forText: text.count))
  var found: [JSONMember] = []
  var names: [[UInt8]] = []
  do {
    var span = buffer.mutableSpan
    var scanner = JSONScanner(memberLimit: limit, seed: UInt64(fill) &* 0x9e37_79b9_7f4a_7c15)
    try scanner.open(&span, count: text.count)
    while let member = try scanner.next(&span) {
      found.append(member)
      var bytes = JSONStringBytes(member.name)
      var name: [UInt8] = []
      while let byte = bytes.next(span) { name.append(byte) }
      names.append(name)
    }
  }
  return zip(found, names).map { member, name in
    // A raw string value includes its quotes.
    let quotes = member.value.kind == .string ? 1 : 0
    return JSONOracle.Member(
      name: name, value: Array(text[(member.value.start - quotes)..<(member.value.end + quotes)]))
  }
}

/// A random document, valid or nearly so.
private func document(_ generator: inout Seeded, depth: Int) -> String {
  func pick(_ texts: [String]) -> String { texts.randomElement(using: &generator)! }
  func value(_ depth: Int) -> String {
    switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &generator) {
    case 0:
      return pick(["0", "-0", "12", "1.5", "-3e+7", "1E-2", "123456789012345678901234567890"])
    case 1: return pick(["true", "false", "null"])
    case 2, 3, 4: return string()
    case 5: return document(&generator, depth: depth + 1)
    default:
      let elements = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(depth + 1) }
      return "[\(elements.joined(separator: pick([",", " , "])))]"
    }
  }
  func string() -> String {
    let parts = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
      pick(["a", "bc", "exp", "\\n", "\\u0061", "é", "😀", "\\ud83d\\ude00", "\\/", "x y", "\\\""])
    }
    return "\"\(parts.joined())\""
  }
  let members = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
    "\(string())\(pick([":", " : "]))\(value(depth))"
  }
  return "{\(pick(["", " "]))\(members.joined(separator: pick([",", ",\n"])))}"
}
