import JotCore
import TestSupport
import Testing

/// The kernel that reads plain payloads, against JSONScanner as its oracle.
@Suite("ClaimValues.readPlain and HeaderValues.readPlain")
struct RegisteredMembersTests {
  @Test(
    "reads every plain object",
    arguments: [
      "{}", "{ }", #"{"sub":"a"}"#, #"{"sub":"","aud":[],"exp":0}"#,
      #"{"iss":"i","sub":"s","aud":["a","b"],"jti":"j","exp":1767225600,"nbf":1,"iat":12345678}"#,
      #"{ "exp" : 123456789012345 , "aud" : [ "a" , [ { } ] ] , "x" : -1.5e+10 }"#,
      #"{"a":true,"b":false,"c":null,"d":{"a":1,"b":{"a":[{},[],{"a":0}]}},"exp":7}"#,
      #"{"email_verified":true,"email_verified2":1,"email_verifie":0,"exp":99999999}"#,
      #"{"sub":1,"exp":"no","aud":{"aud":1,"exp":2},"iat":null,"nbf":[],"jti":true}"#,
      #"{"sub":"a\"b","jti":"\\","iss":"\\\"","name":"Zoë \u00eb \ud83d\ude00","exp":7}"#,
      #"{"sub":"é","a":"€𝄞","ü":1,"u":2,"aud":["Ł","\/\b\f\n\r\t"]}"#,
      #"{"zoneinfo":"Europe/Berlin","zoneinfp":1,"zoneinf":2,"":3,"a":{"":4}}"#,
    ])
  func accepts(text: String) throws {
    try requireKernel()
    for start in [0, 1, 31, 64] {
      #expect(plain(Array(text.utf8), start) == scanned(Array(text.utf8), start))
      #expect(plain(Array(text.utf8), start) != nil)
    }
  }

  @Test(
    "leaves objects that are not plain, and invalid JSON, to the scanner",
    arguments: [
      "", "{", "}", "[]", "{}}", "{},", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a" 1}"#,
      #"{"a":1 "b":2}"#, #"{"a":01}"#, #"{"a":-}"#, #"{"a":1.}"#, #"{"a":1e}"#, #"{"a":+1}"#,
      #"{"a":tru}"#, #"{"a":truex}"#, #"{"a":nul}"#, #"{"a":[1,]}"#, #"{"a":[1}"#,
      #"{"a":{"b":1]}"#,
      #"{"a":1,"a":2}"#, #"{"exp":1,"exp":1}"#, #"{"d":{"a":1,"a":2}}"#, #"{"exp":01}"#,
      #"{"d":[{"a":1},{"b":1,"b":1}]}"#, #"{"a":"b}"#, #"{"a":"b"c"}"#, #"{"a\u0062":1}"#,
      #"{"a":"\x"}"#, "{\n}", "{\"a\":\"\u{1}\"}", #"{"a":"\ud800"}"#, #"{"a":"\udc00\ud800"}"#,
      #"{"a":"\u12g4"}"#, #"{"a":"\u00"}"#, #"{"a":"b\"}"#, #"{"a":\"b"}"#, #"{"é":1,"é":2}"#,
      "{é}",
      #"{"\u0061":1,"a":1}"#, #" {"a":1}"#, #"{"exp":1.5}"#,
      #"{"exp":1e3}"#, #"{"exp":-1}"#, #"{"exp":1234567890123456}"#,
      #"{"longername":1,"longername":2}"#,
      #"{"abcdefghi":1,"abcdefghj":2,"abcdefghi":3}"#,
    ])
  func declines(text: String) throws {
    try requireKernel()
    #expect(plain(Array(text.utf8), 0) == nil)
  }

  @Test("agrees with the scanner at every length")
  func agreesAtEveryLength() throws {
    try requireKernel()
    for length in Array(0...260) + [900, 1023, 1024, 2000, 4095, 4096, 5900] {
      for filler in ["x", "{", ":", ",", "]", "0", " "] {
        let value = String(repeating: filler, count: length)
        let text = Array(#"{"sub":"\#(value)","exp":1767225600,"n":[1,"\#(value)"]}"#.utf8)
        #expect(plain(text, 0) != nil)
        #expect(plain(text, 0) == scanned(text, 0))
      }
    }
    let most = Array(#"{"sub":"\#(String(repeating: "x", count: 12_288 - 10))"}"#.utf8)
    #expect(most.count == 12_288 && plain(most, 0) == scanned(most, 0))
    #expect(plain(most, 0) != nil)
    #expect(plain(Array(#"{"sub":"\#(String(repeating: "x", count: 12_279))"}"#.utf8), 0) == nil)
  }

  @Test("supports 32 names and 64 containers, and no more")
  func limits() throws {
    try requireKernel()
    for (names, fits) in [(32, true), (33, false)] {
      let members = (0..<names).map { #""n\#($0)":\#($0)"# }.joined(separator: ",")
      #expect((plain(Array("{\(members)}".utf8), 0) != nil) == fits)
    }
    for (depth, fits) in [(63, true), (64, false)] {
      let text =
        #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        + "}"
      #expect((plain(Array(text.utf8), 0) != nil) == fits)
    }
  }

  @Test("leaves every number that is too long for the scanner to it, at any position")
  func numberLength() throws {
    try requireKernel()
    for (start, next) in [("", ""), ("1.", ""), ("1e", ""), ("-", ""), ("1e+", ""), ("1", ".0e0")] {
      for length in Array(4_290...4_310) + [8_000, 12_000] {
        let number = start + String(repeating: "1", count: length) + next
        for text in [#"{"a":\#(number)}"#, #"{"a":[0,{"b": \#(number) }]}"#] {
          let values = plain(Array(text.utf8), 0)
          #expect(values == nil || values == scanned(Array(text.utf8), 0), "\(start), \(length)")
          #expect(values != nil || number.count > 4_300)
        }
        let header = Array(#"{"alg":"a","a":\#(number)}"#.utf8)
        #expect(self.header(header, 0) == nil || scannedHeader(header, 0) != nil)
      }
    }
  }

  @Test("accepts nothing that the scanner refuses, and reads the same values, whatever the bytes")
  func agreesOnMutations() throws {
    try requireKernel()
    var generator = Seeded(seed: 4)
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"", " ", "0", "1", "9", "-", ".", "e", "a", "exp", "\"exp\":",
      "\"sub\":", "true", "false", "null", "\\", "\u{7f}", "\n", "{\"a\":", "12345678", "\\\"",
      "\\u00e9", "\\ud83d\\ude00", "é", "𝄞", "\\\\",
    ].map { Array($0.utf8) }
    let base = Array(
      #"{"iss":"https://i.example","sub":"7e0c","aud":["a","b"],"exp":1767225600,"iat":17,"x":{"y":[1,{}]}}"#
        .utf8)
    var accepted = 0
    for _ in 0..<40_000 {
      var text = base
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let offset = Int.random(in: 0..<text.count, using: &generator)
        let end = min(text.count, offset + Int.random(in: 0...3, using: &generator))
        let piece = pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        text.replaceSubrange(
          offset..<end, with: Bool.random(using: &generator) ? piece : [])
      }
      // Insert bytes that are not UTF-8.
      if Int.random(in: 0..<8, using: &generator) == 0 {
        text[Int.random(in: 0..<text.count, using: &generator)] = UInt8.random(
          in: 0x80...0xff, using: &generator)
      }
      if let values = plain(text, 3) {
        accepted += 1
        #expect(values == scanned(text, 3), "\(String(decoding: text, as: UTF8.self))")
      }
    }
    // The mutations are mild enough that some texts stay valid.
    #expect(accepted > 1000)
  }

  @Test(
    "a cached shape accepts nothing that the scanner refuses, whichever byte differs",
    arguments: [
      #"{"sub":"7e0c","aud":["a","b"],"exp":1767225600}"#,
      #"{"exp":12,"n":[10,2],"m":-10,"f":1.5,"g":1e5,"t":true,"z":null,"o":{"a":"b","c":0}}"#,
      #"{ "iat" : 1 , "x" : [ ] , "y" : { } , "nbf" : 123456789012345, "jti" : "" }"#,
      #"{"name":"Zoë","sub":"é","exp":1234567890,"pad":"ooooooooooooooooooooooooooooooooo"}"#,
    ])
  func shapes(text: String) throws {
    try requireKernel()
    let base = Array(text.utf8)
    let bytes = Array("019a\"\\ ,:{}[]-.eEtn".utf8) + [0x00, 0x1f, 0x7f, 0x80, 0xc3, 0xff]
    for start in [0, 5] {
      for offset in base.indices {
        for byte in bytes {
          // Two equal texts cache the shape; then one byte differs.
          for _ in 0..<2 { #expect(once(base, start) != nil) }
          var other = base
          other[offset] = byte
          if let values = once(other, start) {
            #expect(values == scanned(other, start), "\(String(decoding: other, as: UTF8.self))")
          }
        }
      }
      // Lengths too: a byte more, a byte less.
      for offset in base.indices {
        for _ in 0..<2 { #expect(once(base, start) != nil) }
        var longer = base
        longer.insert(base[offset], at: offset)
        var shorter = base
        shorter.remove(at: offset)
        for other in [longer, shorter] {
          if let values = once(other, start) { #expect(values == scanned(other, start)) }
        }
      }
    }
  }

  @Test("the same for texts around the longest that has a shape", arguments: [4095, 4096, 4097])
  func longShapes(length: Int) throws {
    try requireKernel()
    let front = #"{"sub":"7e0c","exp":1767225600,"n":[10,2,-3.5e1,null],"o":{"name":""#
    let back = #""},"last":105}"#
    let pad = String(repeating: "o", count: length - front.utf8.count - back.utf8.count)
    let base = Array((front + pad + back).utf8)
    let bytes = Array("019a\"\\ ,:{}[]-.eEtn".utf8) + [0x00, 0x80, 0xc3]
    let offsets =
      Array(0..<front.utf8.count) + Array(stride(from: 100, to: length, by: 397))
      + Array(length - back.utf8.count - 2..<length)
    for offset in offsets {
      for byte in bytes {
        for _ in 0..<2 { #expect(once(base, 0) != nil) }
        var other = base
        other[offset] = byte
        if let values = once(other, 0) { #expect(values == scanned(other, 0), "\(offset)") }
      }
    }
  }

  private func once(_ text: [UInt8], _ start: Int) -> [UInt64]? {
    var buffer = [UInt8](repeating: 0x31, count: start) + text
    buffer += [UInt8](repeating: 0x31, count: JSONScanner.workspaceLength(forText: text.count))
    var span = buffer.mutableSpan
    var values = RegisteredMembers()
    let plain = values.readPlainPayload(&span, from: start, count: text.count)
    return plain.isRead ? words(values) : nil
  }

  @Test(
    "reads the offsets of a header's parameters",
    arguments: [
      #"{"alg":"HS256","typ":"JWT"}"#,
      #"{"kid":"2026-01","alg":"RS256","crit":["exp"],"b64":true}"#,
      #"{ "alg" : 1, "cty" : null, "x5t" : "x", "jwk" : {"kid":"no","alg":"no"}, "typ":[] }"#,
      #"{"exp":"01","nbf":-1,"iat":1.5,"criT":0,"crit":{}}"#, #"{"alg":"a","alg":"a"}"#,
      #"{"alg":"ab"}"#, #"{"alg":"a""#,
    ])
  func headers(text: String) throws {
    try requireKernel()
    var buffer = Array(text.utf8)
    let count = buffer.count
    buffer += [UInt8](repeating: 0x31, count: JSONScanner.workspaceLength(forText: count))
    var span = buffer.mutableSpan
    var plain = RegisteredMembers()
    let isPlain = plain.readPlainHeader(&span, from: 0, count: count)
    guard let (members, _) = members(of: Array(text.utf8), 0) else {
      #expect(!isPlain)
      return
    }
    guard !text.contains("\\") else {
      #expect(!isPlain)
      return
    }
    #expect(isPlain)
    for (index, name) in Self.parameters.enumerated() {
      let (value, scanned) = (plain[index], members[name])
      #expect(value.isAbsent == (scanned == nil))
      #expect(value.isAbsent || value.range == scanned?.range && value.kind == scanned?.kind)
    }
  }

  @Test(
    "a header's cached shape accepts nothing that the scanner refuses, and no payload",
    arguments: [
      #"{"alg":"HS256","kid":"2026-01","typ":"JWT"}"#,
      #"{"kid":"","b64":1234567890123456789012,"crit":12,"alg":"a"}"#,
      #"{"exp":1767225600,"alg":"RS256","sub":"s"}"#,
    ])
  func headerShapes(text: String) throws {
    try requireKernel()
    let base = Array(text.utf8)
    for start in [0, 5] {
      for offset in base.indices {
        for byte in Array("019a\"\\ ,:{}[]-.e".utf8) + [0x00, 0x80, 0xff] {
          // Two equal texts cache the shape; then a payload of the same bytes; then one byte
          // differs.
          for _ in 0..<2 { #expect(header(base, start) == scannedHeader(base, start)) }
          if let values = once(base, start) { #expect(values == scanned(base, start)) }
          var other = base
          other[offset] = byte
          if let values = header(other, start) {
            #expect(
              values == scannedHeader(other, start), "\(String(decoding: other, as: UTF8.self))")
          }
        }
      }
    }
  }

  private func header(_ text: [UInt8], _ start: Int) -> [UInt64]? {
    var buffer = [UInt8](repeating: 0x31, count: start) + text
    buffer += [UInt8](repeating: 0x31, count: JSONScanner.workspaceLength(forText: text.count))
    var span = buffer.mutableSpan
    var values = RegisteredMembers()
    guard values.readPlainHeader(&span, from: start, count: text.count) else { return nil }
    return Self.parameters.indices.map { word(values[$0]) }
  }

  private func scannedHeader(_ text: [UInt8], _ start: Int) -> [UInt64]? {
    guard let (members, _) = members(of: text, start) else { return nil }
    return Self.parameters.map { word(members[$0] ?? .absent) }
  }

  /// The names in the order of the kernels' indices.
  private static let parameters = ["alg", "typ", "kid", "cty", "crit", "b64"]
  private static let claims = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]

  private func requireKernel() throws {
    guard CPUFeature.avx2.isAvailable else { try skip("not on this CPU") }
  }

  /// The words of the registered claims, and the seconds of the times.
  private func plain(_ text: [UInt8], _ start: Int) -> [UInt64]? {
    var values = RegisteredMembers()
    var nothing: [UInt8] = []
    var none = nothing.mutableSpan
    var plain = values.readPlainPayload(&none, from: 0, count: 0)
    // Bytes after the text that could continue it: digits extend a number, quotes end a string.
    for fill in [UInt8(ascii: "1"), UInt8(ascii: "\""), UInt8(ascii: "}")] {
      var buffer = [UInt8](repeating: fill, count: start) + text
      buffer += [UInt8](repeating: fill, count: JSONScanner.workspaceLength(forText: text.count))
      var span = buffer.mutableSpan
      values = RegisteredMembers()
      plain = values.readPlainPayload(&span, from: start, count: text.count)
      guard plain.isRead else { return nil }
    }
    // The summary of the claims must agree with the claims.
    let texts = [values[0], values[1], values[6]]
    let times = [values[3], values[4], values[5]]
    #expect(
      plain.isTyped
        == (texts.allSatisfy { $0.isAbsent || $0.isString }
          && times.allSatisfy { $0.isAbsent || $0.isNumber }))
    for index in Self.claims.indices {
      let value = values[index]
      #expect((plain.present >> UInt8(index) & 1 == 1) == (!value.isAbsent && !value.isNull))
    }
    return words(values)
  }

  private func scanned(_ text: [UInt8], _ start: Int) -> [UInt64]? {
    guard case (let members, var buffer)? = members(of: text, start) else { return nil }
    let span = buffer.mutableSpan
    var values = RegisteredMembers()
    for (name, value) in members {
      guard let index = Self.claims.firstIndex(of: name) else { continue }
      values[index] = value
      if (3...5).contains(index), value.kind == .number {
        values.setSeconds(value.integer(span) ?? -1, at: index)
      }
    }
    return words(values)
  }

  /// The members that the scanner reads, by raw name, and the buffer that their ranges refer to;
  /// nil if it refuses the text.
  private func members(
    of text: [UInt8], _ start: Int
  ) -> (members: [String: JSONValue], buffer: [UInt8])? {
    var buffer = [UInt8](repeating: 0x31, count: start) + text
    buffer += [UInt8](repeating: 0x31, count: JSONScanner.workspaceLength(forText: text.count))
    var members: [String: JSONValue] = [:]
    do {
      var span = buffer.mutableSpan
      var scanner = JSONScanner(seed: 5)
      try scanner.open(&span, from: start, count: text.count)
      while let member = try scanner.next(&span) {
        let name = String(decoding: (member.name.range).map { span[$0] }, as: UTF8.self)
        members[name] = member.value
      }
    } catch { return nil }
    return (members, buffer)
  }

  private func words(_ values: RegisteredMembers) -> [UInt64] {
    Self.claims.indices.map { word(values[$0]) }
      + (3...5).map { UInt64(values.seconds(at: $0)) }
  }

  private func word(_ value: JSONValue) -> UInt64 {
    value.isAbsent
      ? 0
      : UInt64(value.start) | UInt64(value.end) << 30 | UInt64(value.kind.rawValue) << 60
        | (value.string?.isEscaped == true ? 1 << 63 : 0)
  }
}
