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

  @Test("every character at each place of a word is escaped or not, as the rule says")
  func places() {
    for byte in UInt8(0)..<0x80 {
      // Strings of three, eleven and 37 bytes are copied in words, by steps that overlap, in blocks.
      for (length, place) in [3, 11, 37].flatMap({ length in (0..<length).map { (length, $0) } }) {
        var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        text[place] = byte
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

  @Test("copies plain strings of every length, whole and no further")
  func plain() {
    for length in 0...130 {
      let text = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      let quoted = "\"\(String(decoding: text, as: UTF8.self))\""
      #expect(written { $0.string(text.span, into: &$1) } == quoted)
      var buffer = [UInt8](repeating: 0xa5, count: length + 9)
      var json = JSONWriter()
      do {
        var room = buffer.mutableSpan
        json.string(text.span, into: &room)
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

  @Test("puts commas where they belong")
  func commas() {
    let text = written { json, room in
      json.open(UInt8(ascii: "{"), into: &room)
      for name in ["a", "b"] {
        json.name(Array(name.utf8).span, into: &room)
        json.open(UInt8(ascii: "["), into: &room)
        json.integer(1, into: &room)
        json.string(Array("x".utf8).span, into: &room)
        json.open(UInt8(ascii: "{"), into: &room)
        json.close(UInt8(ascii: "}"), into: &room)
        json.verbatim(Array("1.50".utf8).span, into: &room)
        json.close(UInt8(ascii: "]"), into: &room)
      }
      json.close(UInt8(ascii: "}"), into: &room)
    }
    #expect(text == #"{"a":[1,"x",{},1.50],"b":[1,"x",{},1.50]}"#)
  }

  @Test("writes names of every length and character like strings, with comma and colon, no further")
  func names() {
    var names = (0...12).map { [UInt8]("abcdefghijkl".utf8.prefix($0)) }
    for length in 1...5 {
      for place in 0..<length {
        for byte in UInt8(0)..<0x80 {
          var name = [UInt8](repeating: UInt8(ascii: "z"), count: length)
          name[place] = byte
          names.append(name)
        }
      }
    }
    names += ["é", "aé", "éa", "né", "€", "a€", "🗡"].map { Array($0.utf8) }
    for name in names {
      let quoted = written { $0.string(name.span, into: &$1) }
      let text = written { json, room in
        json.open(UInt8(ascii: "{"), into: &room)
        for _ in 0..<2 {
          json.name(name.span, into: &room)
          json.integer(1, into: &room)
        }
        json.close(UInt8(ascii: "}"), into: &room)
      }
      #expect(text == "{\(quoted):1,\(quoted):1}")
      // From no room at all to more than a word behind it, with a comma and without.
      for comma in [0, 1] {
        let whole = Array("\(comma == 0 ? "" : "1,")\(quoted):".utf8)
        for room in 0...whole.count + 12 {
          let isRight = writes(whole, in: room) { json, span in
            if comma == 1 { json.integer(1, into: &span) }
            json.name(name.span, into: &span)
          }
          if !isRight { Issue.record("\(quoted), comma \(comma), \(room) bytes of room") }
        }
      }
    }
  }

  @Test("writes numbers after a comma, in every room, no further")
  func integersInRooms() {
    for value in [0, -7, 999_999_999, 1_000_000_000, 1_767_225_600, 9_999_999_999, 10_000_000_000] {
      let whole = Array("\(value),\(value)".utf8)
      for room in 0...whole.count + 12 {
        let isRight = writes(whole, in: room) { json, span in
          json.integer(Int64(value), into: &span)
          json.integer(Int64(value), into: &span)
        }
        #expect(isRight, "\(value), \(room) bytes of room")
      }
    }
  }

  @Test("copies prepared values of every length, whole and no further")
  func verbatim() {
    for length in 0...130 {
      let text = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      for spare in [-1, 0, 9] where length + spare >= 0 {
        #expect(writes(text, in: length + spare) { $0.verbatim(text.span, into: &$1) })
      }
    }
  }

  @Test("counts what finds no room and never writes beyond it")
  func short() {
    let string = Array("abcdefghijé🗡".utf8)
    let whole = Array(#""abcdefghij\u00e9\ud83d\udde1",-1234"#.utf8)
    for room in 0...24 {
      let isRight = writes(whole, in: room) { json, span in
        json.string(string.span, into: &span)
        json.integer(-1234, into: &span)
      }
      #expect(isRight, "\(room) bytes")
    }
  }

  private func written(_ body: (inout JSONWriter, inout MutableSpan<UInt8>) -> Void) -> String {
    var buffer = [UInt8](repeating: 0, count: 512)
    var room = buffer.mutableSpan
    var writer = JSONWriter()
    body(&writer, &room)
    return String(decoding: buffer[..<writer.count], as: UTF8.self)
  }

  /// Whether `body` counts `whole` in a buffer's first `room` bytes, writes it where there is the room,
  /// and nothing behind the room or it.
  private func writes(
    _ whole: [UInt8], in room: Int, _ body: (inout JSONWriter, inout MutableSpan<UInt8>) -> Void
  ) -> Bool {
    var buffer = [UInt8](repeating: 0xa5, count: max(room, whole.count) + 24)
    var writer = JSONWriter()
    do {
      var all = buffer.mutableSpan
      var span = all._mutatingExtracting(first: room)
      body(&writer, &span)
    }
    return writer.count == whole.count
      && buffer[min(room, whole.count)...].allSatisfy { $0 == 0xa5 }
      && (room < whole.count || Array(buffer[..<whole.count]) == whole)
  }
}
