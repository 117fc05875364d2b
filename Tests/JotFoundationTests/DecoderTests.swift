import Foundation
import JotFoundation
import Testing

/// Jot's decoder beside Foundation's: the same values, and the same kinds and paths of errors.
@Suite("VerifiedClaims.decode")
struct DecoderTests {
  /// Expects the same outcome of both decoders for a member `v` of this type.
  private func compare<T: Decodable & Equatable>(
    _ type: T.Type, _ texts: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for text in texts {
      let payload = #"{"a":1,"v":\#(text),"z":"end"}"#
      let (jot, foundation) = (
        try Coding.jot(One<T>.self, payload), Coding.foundation(One<T>.self, payload)
      )
      #expect(
        jot.agrees(with: foundation), "\(type) from \(text): \(jot), \(foundation)",
        sourceLocation: sourceLocation)
      // Optional, in an array and in a dictionary.
      for payload in [#"{"v":[\#(text)]}"#, #"{"v":[null,\#(text),null]}"#] {
        #expect(
          try Coding.jot(One<[T?]>.self, payload)
            .agrees(with: Coding.foundation(One<[T?]>.self, payload)),
          "\(type) from \(payload)", sourceLocation: sourceLocation)
        #expect(
          try Coding.jot(One<[T]>.self, payload)
            .agrees(with: Coding.foundation(One<[T]>.self, payload)),
          "\(type) from \(payload)", sourceLocation: sourceLocation)
      }
      for named in [#"{"v":{"x":\#(text)}}"#, #"{"v":{"5":\#(text)}}"#] {
        #expect(
          try Coding.jot(One<[String: T]>.self, named)
            .agrees(with: Coding.foundation(One<[String: T]>.self, named)),
          "\(type) from \(named)", sourceLocation: sourceLocation)
      }
      #expect(
        try Coding.jot(Maybe<T>.self, payload)
          .agrees(with: Coding.foundation(Maybe<T>.self, payload)),
        "\(type)? from \(text)", sourceLocation: sourceLocation)
    }
    for payload in ["{}", #"{"v":null}"#, #"{"w":1}"#] {
      #expect(
        try Coding.jot(One<T>.self, payload)
          .agrees(with: Coding.foundation(One<T>.self, payload)),
        "\(type) from \(payload)", sourceLocation: sourceLocation)
      #expect(
        try Coding.jot(Maybe<T>.self, payload)
          .agrees(with: Coding.foundation(Maybe<T>.self, payload)),
        "\(type)? from \(payload)", sourceLocation: sourceLocation)
    }
  }

  struct One<T: Decodable & Equatable>: Decodable, Equatable { let v: T }
  struct Maybe<T: Decodable & Equatable>: Decodable, Equatable { let v: T? }

  static let others = [
    #""text""#, "true", "false", "null", "[]", "[1]", "{}", #"{"x":1}"#, "1", "1.5",
  ]
  static let numbers =
    [
      "0", "-0", "1", "-1", "7", "127", "128", "-128", "-129", "255", "256", "32767", "32768",
      "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
      "9007199254740991", "9007199254740993", "9223372036854775807", "9223372036854775808",
      "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
      "18446744073709551616", "99999999999999999999", "1.0", "1.5", "-2.50", "1e3", "1E+2", "15e-1",
      "10e-1", "0.0", "-0.0", "1e18", "1e19", "1e20", "1e40", "12345678.0",
      "1.7976931348623157e308", "1e400", "-1e400", "5e-324", "0.1", "3.14159", "1e22",
      "1e23", "123456789012345678", "0.30000000000000004", "123456789.123456789", "1e0",
      "3.4028235e38", "3.5e38", "1e-50", "16777217", "0.000001", "100000000000000000000000.5",
    ]

  @Test("reads whole numbers exactly as Foundation's decoder does, or refuses them as it does")
  func integers() throws {
    try compare(Int.self, Self.numbers + Self.others)
    try compare(Int8.self, Self.numbers + Self.others)
    try compare(Int16.self, Self.numbers)
    try compare(Int32.self, Self.numbers)
    try compare(Int64.self, Self.numbers)
    try compare(UInt.self, Self.numbers + Self.others)
    try compare(UInt8.self, Self.numbers)
    try compare(UInt16.self, Self.numbers)
    try compare(UInt32.self, Self.numbers)
    try compare(UInt64.self, Self.numbers)
  }

  @Test("never rounds a whole number, and has those of 128 bits")
  func exact() throws {
    // Foundation's decoder rounds these to 1 and 0.
    for number in ["1.0000000000000000000001", "1e-400"] {
      let payload = #"{"v":\#(number)}"#
      #expect(try Coding.jot(One<Int>.self, payload) == .error("dataCorrupted", ["v"]))
    }
    let most = Int128.max
    #expect(try Coding.claims(#"{"v":\#(most)}"#).decode(One<Int128>.self).v == most)
    #expect(try Coding.claims(#"{"v":\#(Int128.min)}"#).decode(One<Int128>.self).v == .min)
    #expect(try Coding.claims(#"{"v":\#(UInt128.max)}"#).decode(One<UInt128>.self).v == .max)
    #expect(
      try Coding.jot(One<Int128>.self, #"{"v":\#(UInt128.max)}"#)
        == .error("dataCorrupted", ["v"]))
    let zeros = String(repeating: "0", count: 4000)
    #expect(try Coding.claims(#"{"v":1\#(zeros)e-4000}"#).decode(One<Int>.self).v == 1)
    #expect(try Coding.claims(#"{"v":0.\#(zeros)1e4001}"#).decode(One<Int>.self).v == 1)
    #expect(
      try Coding.jot(One<Int>.self, #"{"v":1e99999999999999999999}"#)
        == .error("dataCorrupted", ["v"]))
  }

  @Test("rounds other numbers once, as Foundation's decoder does")
  func floats() throws {
    try compare(Double.self, Self.numbers + Self.others + ["1e-400"])
    try compare(Float.self, Self.numbers + Self.others)
    // Foundation's decoder refuses this one.
    #expect(try Coding.claims(#"{"v":0e5}"#).decode(One<Double>.self).v == 0)
    let zero = try Coding.claims(#"{"v":-0.0}"#).decode(One<Double>.self).v
    #expect(zero == 0 && zero.sign == .minus)
  }

  @Test("reads strings and literals as Foundation's decoder does")
  func strings() throws {
    let texts = [
      #""""#, #""a""#, #""ü🔑 日本語""#, #""\"\\\/\b\f\n\r\t""#, #""\u00e9\ud83d\udd11\u0000""#,
      #""a long text of more than thirty-two bytes, without anything special in it""#,
      #""ein langer Text mit vielen Umlauten: äöü ÄÖÜ ß äöü, und \"Zitaten\" darin""#,
      #""\u0041\\u0042 \\""#, #""[{\"a\":1}]""#,
    ]
    try compare(String.self, texts + Self.others)
    try compare(Bool.self, Self.others)
    try compare([String].self, Self.others + [#"["a","b"]"#, #"["a",1]"#, #"["a",null]"#, "[[]]"])
    try compare([Int].self, Self.others + ["[1,2,3]", #"[1,"2"]"#, "[1,null]", "[1.5]"])
    try compare([String: Int].self, Self.others + [#"{"a":1,"b":2}"#, #"{"a":{}}"#])
    try compare([Int: String].self, Self.others + [#"{"1":"a","-2":"b"}"#, #"{"x":"a"}"#])
    try compare(Set<String>.self, Self.others + [#"["a","a"]"#])
  }

  enum Role: String, Codable { case editor, reader }
  enum Level: Int, Codable {
    case low = 1
    case high
  }
  enum Shape: Codable, Equatable {
    case point
    case circle(radius: Double)
    case path([Int], closed: Bool)
  }
  struct Wrapped: Codable, Equatable, RawRepresentable { let rawValue: Double }

  @Test("reads enumerations and wrapped values as Foundation's decoder does")
  func enumerations() throws {
    try compare(Role.self, Self.others + [#""editor""#, #""\u0065ditor""#])
    try compare(Level.self, Self.others + ["1", "2", "2.0", "3"])
    try compare(Wrapped.self, Self.others + ["2.5"])
    try compare(
      Shape.self,
      Self.others + [
        #"{"point":{}}"#, #"{"circle":{"radius":2}}"#, #"{"circle":{"radius":"2"}}"#,
        #"{"path":{"_0":[1,2],"closed":true}}"#, #"{"path":{"_0":[1,"2"],"closed":true}}"#,
        #"{"point":{},"circle":{"radius":2}}"#, #"{"circle":{}}"#, #"{"other":{}}"#,
      ])
  }

  class Base: Decodable {
    var name: String
    private enum CodingKeys: String, CodingKey { case name }
  }
  final class Derived: Base {
    var level: Int
    private enum CodingKeys: String, CodingKey { case level }
    required init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      level = try container.decode(Int.self, forKey: .level)
      try super.init(from: container.superDecoder())
    }
  }
  final class Flat: Base {
    var level: Int
    private enum CodingKeys: String, CodingKey { case level }
    required init(from decoder: any Decoder) throws {
      level = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .level)
      try super.init(from: decoder)
    }
  }

  @Test("reads a superclass from the same object, or from its member super")
  func inheritance() throws {
    func names<T: Base>(
      _ type: T.Type, _ payload: String
    ) throws -> (Outcome<String>, Outcome<String>) {
      (
        Outcome { try Coding.claims(payload).decode(type).name },
        Outcome { try JSONDecoder.claims.decode(type, from: Data(payload.utf8)).name }
      )
    }
    for payload in [
      #"{"level":1,"super":{"name":"a"}}"#, #"{"super":{"name":"a"},"level":1}"#, #"{"level":1}"#,
      #"{"level":1,"super":null}"#, #"{"level":1,"super":{"name":1}}"#, #"{"level":1,"super":[]}"#,
    ] {
      let (jot, foundation) = try names(Derived.self, payload)
      #expect(jot == foundation, "\(payload)")
    }
    for payload in [#"{"level":1,"name":"a"}"#, #"{"name":"a","level":1}"#, #"{"level":1}"#] {
      let (jot, foundation) = try names(Flat.self, payload)
      #expect(jot == foundation, "\(payload)")
    }
  }

  /// Reads the containers by hand, in an order of its own.
  struct ByHand: Decodable, Equatable {
    var log: [String] = []
    enum Key: String, CodingKey { case a, b, c, missing }

    init(from decoder: any Decoder) throws {
      let outer = try decoder.container(keyedBy: Key.self)
      log.append(outer.allKeys.map(\.stringValue).sorted().joined())
      let hasNil = try outer.decodeNil(forKey: .b)
      log.append("\(outer.contains(.a)) \(outer.contains(.missing)) \(hasNil)")
      var array = try outer.nestedUnkeyedContainer(forKey: .c)
      let object = try outer.nestedContainer(keyedBy: Key.self, forKey: .a)
      log.append("\(array.count ?? -1) \(array.currentIndex) \(array.isAtEnd)")
      log.append(Self.path(array.codingPath))
      log.append("\(try array.decode(Int.self)) \(try object.decode(Int8.self, forKey: .c))")
      log.append("\(try array.decodeNil()) \(try array.decodeNil())")
      let inner = try array.nestedContainer(keyedBy: Key.self)
      log.append("\(Self.path(inner.codingPath)) \(try object.decode(UInt16.self, forKey: .a))")
      var deep = try array.nestedUnkeyedContainer()
      log.append("\(try deep.decode(String.self)) \(try inner.decode(Float.self, forKey: .a))")
      let parent = try array.superDecoder()
      log.append("\(Self.path(parent.codingPath)) \(try String(from: parent))")
      let isNull = try object.superDecoder(forKey: .b).singleValueContainer().decodeNil()
      log.append("\(array.currentIndex) \(array.isAtEnd) \(isNull)")
      log.append(Self.refusal { _ = try array.decode(Bool.self) })
      log.append(Self.refusal { _ = try deep.nestedUnkeyedContainer() })
      log.append(Self.refusal { _ = try outer.decodeNil(forKey: .missing) })
      log.append(Self.refusal { _ = try outer.nestedContainer(keyedBy: Key.self, forKey: .c) })
      log.append("\(try outer.decodeIfPresent(Int.self, forKey: .b) ?? -1)")
    }

    private static func path(_ keys: [any CodingKey]) -> String {
      keys.map(\.stringValue).joined(separator: "/")
    }

    private static func refusal(_ body: () throws -> Void) -> String { "\(Outcome(body))" }
  }

  @Test("containers that are read by hand, in any order, say what Foundation's say")
  func byHand() throws {
    for payload in [
      #"{"a":{"a":7,"b":null,"c":-3},"b":null,"c":[1,null,{"a":2.5},["x"],"end"]}"#,
      #"{ "c" : [ 1 , null , { "a" : 2.5 } , [ "x" ] , "end" ] , "b" : null , "#
        + #""a" : { "c" : -3, "b":null, "a" : 7 } }"#,
    ] {
      let (jot, foundation) = (
        try Coding.jot(ByHand.self, payload), Coding.foundation(ByHand.self, payload)
      )
      #expect(jot == foundation)
      guard case .value(let value) = jot else {
        Issue.record("\(jot)")
        continue
      }
      #expect(value.log.count == 15)
    }
  }

  @Test("names are compared as bytes, their escapes resolved; members may be in any order")
  func names() throws {
    struct Names: Decodable, Equatable {
      let composed: Int, decomposed: Int, quote: Int, empty: Int, long: Int
      enum CodingKeys: String, CodingKey {
        case composed = "\u{e9}"
        case decomposed = "e\u{301}"
        case quote = "a\"b\\"
        case empty = ""
        case long = "a name of more than sixteen bytes, and of more than thirty-two"
      }
    }
    let members = [
      #""\u00e9":1"#, #""e\u0301":2"#, #""a\"b\\":3"#, #"""  :  4"#,
      #""a name of more than sixteen bytes, and of more than thirty-two":5"#, #""a\"b":9"#,
      #""a":9"#,
    ]
    for turn in 0..<members.count {
      let turned = Array(members[turn...] + members[..<turn])
      for order in [turned, turned.reversed()] as [[String]] {
        let names = try Coding.claims("{\(order.joined(separator: ", "))}").decode(Names.self)
        let numbers: [Int] = [
          names.composed, names.decomposed, names.quote, names.empty, names.long,
        ]
        #expect(numbers == [1, 2, 3, 4, 5])
      }
    }
    #expect(
      try Coding.jot(Names.self, #"{"e\u0301":2}"#) == .error("keyNotFound \u{e9}", []))
  }

  @Test("an object of many members is read, in order, backwards and by all its keys")
  func many() throws {
    let count = 2000
    let members = (0..<count).map { #""name \#($0)":{"value":[\#($0)]}"# }
    struct Value: Decodable { let value: [Int] }
    for order in [members, members.reversed()] {
      let claims = try Coding.claims("{\(order.joined(separator: ","))}")
      let all = try claims.decode([String: Value].self)
      #expect(all.count == count)
      for index in 0..<count { #expect(all["name \(index)"]?.value == [index]) }
    }
  }

  @Test("what the verifier refuses is refused before anything is decoded")
  func strictness() throws {
    let texts = [
      #"{"v":1,"v":2}"#, #"{"v":1,"\u0076":2}"#, #"{"x":{"a":1,"a":2},"v":1}"#, #"{"v":01}"#,
      #"{"v":1,}"#, #"{"v":+1}"#, #"{"v":1.}"#, #"{"v":NaN}"#, #"{"v":"\ud800"}"#, #"{"v":'a'}"#,
      #"{"v":1}x"#, "[1]", #""v""#, "", #"{"v":1\#(String(repeating: "0", count: 4300))}"#,
      #"{"v":\#(String(repeating: "[", count: 128))\#(String(repeating: "]", count: 128))}"#,
      "\u{feff}{\"v\":1}", #"{"v":tru}"#, "{\"v\":\"\n\"}",
    ]
    let notUTF8 = Array(#"{"v":""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8)
    for payload in texts.map({ Array($0.utf8) }) + [notUTF8] {
      do {
        _ = try Coding.claims(payload).decode(One<Int>.self)
        Issue.record("\(String(decoding: payload, as: UTF8.self))")
      } catch let error as JWTError {
        #expect(error.code == .claimsInvalid)
      }
    }
    let deep = String(repeating: "[", count: 127) + String(repeating: "]", count: 127)
    struct Deep: Decodable {
      init(from decoder: any Decoder) throws {
        var array = try decoder.unkeyedContainer()
        while !array.isAtEnd { _ = try array.decode(Deep.self) }
      }
    }
    struct Holder: Decodable { let v: Deep }
    _ = try Coding.claims(#"{"v":\#(deep)}"#).decode(Holder.self)
  }

  @Test("a decoder or a container that outlives its call goes on reading its own value")
  func outlives() throws {
    final class Kept: Decodable {
      let decoder: any Decoder
      let container: KeyedDecodingContainer<ByHand.Key>
      init(from decoder: any Decoder) throws {
        self.decoder = decoder
        container = try decoder.container(keyedBy: ByHand.Key.self)
      }
    }
    let claims = try Coding.claims(#"{"v":[{"a":1},{"a":2},{"a":3}]}"#)
    struct All: Decodable { let v: [Kept] }
    let all = try claims.decode(All.self)
    #expect(try all.v.map { try $0.container.decode(Int.self, forKey: .a) } == [1, 2, 3])
    #expect(all.v.map { $0.decoder.codingPath.map(\.stringValue) }[2] == ["v", "Index 2"])
  }
}
