import JotCore
import Testing

@Suite("JSONWriter")
struct JSONWriterTests {
  @Test(
    "escapes as CPython's json.dumps does",
    arguments: [
      ("", #""""#), ("plain text of more than eight", #""plain text of more than eight""#),
      ("\"\\/", #""\"\\/""#), ("\u{8}\u{c}\n\r\t", #""\b\f\n\r\t""#),
      ("\u{0}\u{1f}\u{7f}", #""\u0000\u001f\u007f""#), ("é€", #""\u00e9\u20ac""#),
      ("🗡", #""\ud83d\udde1""#), ("\u{2028}\u{fffd}\u{10ffff}", #""\u2028\ufffd\udbff\udfff""#),
      ("seven77\u{7f}seven77é", #""seven77\u007fseven77\u00e9""#),
    ])
  func escapes(text: String, expected: String) {
    #expect(written { $0.string(Array(text.utf8).span, into: &$1) } == expected)
  }

  @Test("escapes exactly the characters that need it, at each offset in a word")
  func places() {
    for byte in UInt8(0)..<0x80 {
      // Three paths: short strings in words, then overlapping words, then blocks.
      for (length, offset) in [3, 11, 37].flatMap({ length in (0..<length).map { (length, $0) } }) {
        var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        text[offset] = byte
        let expected = text.map { character -> String in
          switch character {
          case 0x22, 0x5c: return "\\\(Character(UnicodeScalar(character)))"
          case 8: return "\\b"
          case 9: return "\\t"
          case 10: return "\\n"
          case 12: return "\\f"
          case 13: return "\\r"
          case 0x20..<0x7f: return String(UnicodeScalar(character))
          default:
            let hex = String(character, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
          }
        }
        #expect(written { $0.string(text.span, into: &$1) } == "\"\(expected.joined())\"")
      }
    }
  }

  @Test("copies plain strings of every length, and writes no further")
  func plain() {
    for length in 0...130 {
      let text = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      let quoted = "\"\(String(decoding: text, as: UTF8.self))\""
      #expect(written { $0.string(text.span, into: &$1) } == quoted)
      var buffer = [UInt8](repeating: 0xa5, count: length + 9)
      var json = JSONWriter()
      do {
        var span = buffer.mutableSpan
        json.string(text.span, into: &span)
      }
      #expect(json.count == length + 2 && buffer[(length + 2)...].allSatisfy { $0 == 0xa5 })
    }
  }

  @Test(
    "writes whole numbers",
    arguments: [
      0, 1, -1, 9, 10, 99, 100, 1_767_225_600, 99_999_999, 100_000_000, 999_999_999,
      1_000_000_000, 9_999_999_999, 10_000_000_000, -1_767_225_600, 1_020_304_050, 9_080_706_050,
      .max, .min, -10, 1_000_000_000_000_000_000,
    ])
  func integers(value: Int64) {
    #expect(written { $0.integer(value, into: &$1) } == "\(value)")
  }

  @Test("puts commas between values only")
  func commas() {
    let text = written { json, span in
      json.open(UInt8(ascii: "{"), into: &span)
      for name in ["a", "b"] {
        json.name(Array(name.utf8).span, into: &span)
        json.open(UInt8(ascii: "["), into: &span)
        json.integer(1, into: &span)
        json.string(Array("x".utf8).span, into: &span)
        json.open(UInt8(ascii: "{"), into: &span)
        json.close(UInt8(ascii: "}"), into: &span)
        json.verbatim(Array("1.50".utf8).span, into: &span)
        json.close(UInt8(ascii: "]"), into: &span)
      }
      json.close(UInt8(ascii: "}"), into: &span)
    }
    #expect(text == #"{"a":[1,"x",{},1.50],"b":[1,"x",{},1.50]}"#)
  }

  @Test("writes names of every length like strings, with comma and colon, and no further")
  func names() {
    var names = (0...12).map { [UInt8]("abcdefghijkl".utf8.prefix($0)) }
    for length in 1...5 {
      for offset in 0..<length {
        for byte in UInt8(0)..<0x80 {
          var name = [UInt8](repeating: UInt8(ascii: "z"), count: length)
          name[offset] = byte
          names.append(name)
        }
      }
    }
    names += ["é", "aé", "éa", "né", "€", "a€", "🗡"].map { Array($0.utf8) }
    for name in names {
      let quoted = written { $0.string(name.span, into: &$1) }
      let text = written { json, span in
        json.open(UInt8(ascii: "{"), into: &span)
        for _ in 0..<2 {
          json.name(name.span, into: &span)
          json.integer(1, into: &span)
        }
        json.close(UInt8(ascii: "}"), into: &span)
      }
      #expect(text == "{\(quoted):1,\(quoted):1}")
      // From capacity 0 to more than a word beyond the text, with a comma and without.
      for comma in [0, 1] {
        let whole = Array("\(comma == 0 ? "" : "1,")\(quoted):".utf8)
        for capacity in 0...whole.count + 12 {
          let isRight = writes(whole, in: capacity) { json, span in
            if comma == 1 { json.integer(1, into: &span) }
            json.name(name.span, into: &span)
          }
          if !isRight { Issue.record("\(quoted), comma \(comma), capacity \(capacity)") }
        }
      }
    }
  }

  @Test("writes numbers after a comma, at every capacity, and no further")
  func integersInRooms() {
    for value in [0, -7, 999_999_999, 1_000_000_000, 1_767_225_600, 9_999_999_999, 10_000_000_000] {
      let whole = Array("\(value),\(value)".utf8)
      for capacity in 0...whole.count + 12 {
        let isRight = writes(whole, in: capacity) { json, span in
          json.integer(Int64(value), into: &span)
          json.integer(Int64(value), into: &span)
        }
        #expect(isRight, "\(value), capacity \(capacity)")
      }
    }
  }

  @Test("copies encoded values of every length, and writes no further")
  func verbatim() {
    for length in 0...130 {
      let text = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      for spare in [-1, 0, 9] where length + spare >= 0 {
        #expect(writes(text, in: length + spare) { $0.verbatim(text.span, into: &$1) })
      }
    }
  }

  @Test("counts what does not fit and never writes beyond the capacity")
  func short() {
    let string = Array("abcdefghijé🗡".utf8)
    let whole = Array(#""abcdefghij\u00e9\ud83d\udde1",-1234"#.utf8)
    for capacity in 0...24 {
      let isRight = writes(whole, in: capacity) { json, span in
        json.string(string.span, into: &span)
        json.integer(-1234, into: &span)
      }
      #expect(isRight, "\(capacity) bytes")
    }
  }

  private func written(_ body: (inout JSONWriter, inout MutableSpan<UInt8>) -> Void) -> String {
    var buffer = [UInt8](repeating: 0, count: 512)
    var span = buffer.mutableSpan
    var writer = JSONWriter()
    body(&writer, &span)
    return String(decoding: buffer[..<writer.count], as: UTF8.self)
  }

  /// Whether `body` counts `whole` in `capacity` bytes, writes it if it fits, and writes nothing
  /// beyond the capacity or its own text.
  private func writes(
    _ whole: [UInt8], in capacity: Int, _ body: (inout JSONWriter, inout MutableSpan<UInt8>) -> Void
  ) -> Bool {
    var buffer = [UInt8](repeating: 0xa5, count: max(capacity, whole.count) + 24)
    var writer = JSONWriter()
    do {
      var all = buffer.mutableSpan
      var span = all._mutatingExtracting(first: capacity)
      body(&writer, &span)
    }
    return writer.count == whole.count
      && buffer[min(capacity, whole.count)...].allSatisfy { $0 == 0xa5 }
      && (capacity < whole.count || Array(buffer[..<whole.count]) == whole)
  }
}
