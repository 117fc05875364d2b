import Foundation
import JotFoundation
import Testing

/// What no decoder may make a value of, wherever it stands: alone, in an object, in an array.
@Suite("Strict claims")
struct StrictClaimsTests {
  struct One<T: Codable & Equatable>: Codable, Equatable { let v: T }
  struct Inner<T: Codable & Equatable>: Codable, Equatable { let v: [String: [T]] }

  /// Expects that each text is no value of the type, with the error's kind, also where it is nested.
  private func refuse<T: Codable & Equatable>(
    _ type: T.Type, _ texts: [(String, String)], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (text, kind) in texts {
      #expect(
        try Coding.jot(One<T>.self, #"{"v":\#(text)}"#) == .error(kind, ["v"]),
        "\(type) from \(text)", sourceLocation: sourceLocation)
      let nested = try Coding.jot(Inner<T>.self, #"{"v":{"a":[\#(text)]}}"#)
      #expect(
        nested == .error(kind, ["v", "a", "Index 0 (0)"]), "\(type) from [\(text)]",
        sourceLocation: sourceLocation)
    }
  }

  @Test("a number that does not fit, a fraction and another type are no whole number")
  func wholeNumbers() throws {
    let others = [
      ("1.5", "dataCorrupted"), ("1e-1", "dataCorrupted"), ("1e400", "dataCorrupted"),
      ("99999999999999999999", "dataCorrupted"), (#""1""#, "typeMismatch"),
      ("true", "typeMismatch"), ("[1]", "typeMismatch"), ("{}", "typeMismatch"),
      ("null", "valueNotFound"),
    ]
    try refuse(Int.self, others + [("9223372036854775808", "dataCorrupted")])
    try refuse(Int64.self, others + [("-9223372036854775809", "dataCorrupted")])
    try refuse(
      UInt.self, others + [("-1", "dataCorrupted"), ("18446744073709551616", "dataCorrupted")])
    try refuse(Int8.self, others + [("128", "dataCorrupted"), ("-129", "dataCorrupted")])
  }

  @Test("a number beyond a double's range and another type are neither a Double nor a Date")
  func doubles() throws {
    let others = [
      ("1e400", "dataCorrupted"), ("-1e400", "dataCorrupted"), (#""1""#, "typeMismatch"),
      ("true", "typeMismatch"), ("[1]", "typeMismatch"), ("{}", "typeMismatch"),
      ("null", "valueNotFound"),
    ]
    try refuse(Double.self, others)
    try refuse(Date.self, others.filter { $0.1 != "dataCorrupted" })
    for text in ["1e400", "[1]", #""2026-01-01T00:00:00Z""#] {
      guard case .error = try Coding.jot(One<Date>.self, #"{"v":\#(text)}"#) else {
        Issue.record("a Date from \(text)")
        continue
      }
    }
  }

  @Test("a string and a Boolean are of no other type")
  func others() throws {
    try refuse(String.self, [("1", "typeMismatch"), ("null", "valueNotFound")])
    try refuse(Bool.self, [("1", "typeMismatch"), (#""true""#, "typeMismatch")])
  }

  @Test("dates nested and in arrays are whole or fractional seconds, and one bad one refuses all")
  func dates() throws {
    let good = try Coding.claims(#"{"v":{"a":[1, 2.5 ,-3,1e3],"b":[]}}"#)
    let dates = try good.decode(Inner<Date>.self).v
    #expect(dates["a"]?.map(\.timeIntervalSince1970) == [1, 2.5, -3, 1000] && dates["b"] == [])
    let bad = try Coding.jot(Inner<Date>.self, #"{"v":{"a":[1,2,"3"]}}"#)
    #expect(bad == .error("typeMismatch", ["v", "a", "Index 2 (2)"]))
  }

  @Test("an array of scalars is read whole, or its first bad element is named")
  func arrays() throws {
    let payload = #"{"v":[ 1 ,2,3.0 , 4e0 ]}"#
    #expect(try Coding.claims(payload).decode(One<[Int]>.self).v == [1, 2, 3, 4])
    #expect(try Coding.claims(payload).decode(One<[Double]>.self).v == [1, 2, 3, 4])
    #expect(
      try Coding.claims(#"{"v":["\u0061" , "b]\"", ""]}"#).decode(One<[String]>.self).v
        == ["a", "b]\"", ""])
    #expect(try Coding.claims(#"{"v":[ ]}"#).decode(One<[Int]>.self).v == [])
    #expect(
      try Coding.claims(#"{"v":[[1],[],[2,3]]}"#).decode(One<[[Int]]>.self).v
        == [[1], [], [2, 3]])
    for (text, index) in [("[1,2.5,3]", 1), ("[1,2,null]", 2), (#"["1",2]"#, 0), ("[1,[2],3]", 1)] {
      let kind =
        switch text {
        case "[1,2.5,3]": "dataCorrupted"
        case "[1,2,null]": "valueNotFound"
        default: "typeMismatch"
        }
      #expect(
        try Coding.jot(One<[Int]>.self, #"{"v":\#(text)}"#)
          == .error(kind, ["v", "Index \(index) (\(index))"]), "\(text)")
    }
  }

  @Test("a duplicate name and bytes that are no UTF-8 are refused at any depth, before decoding")
  func texts() throws {
    var texts = [
      #"{"v":{"a":[{"x":1,"x":2}]}}"#, #"{"v":{"a":[1],"\u0061":[2]}}"#,
      #"{"v":[[{"e\u0301":1,"é":2,"e\u0301":3}]]}"#,
    ].map { Array($0.utf8) }
    let noUTF8: [[UInt8]] = [
      [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82],
    ]
    for bytes in noUTF8 {
      texts.append(Array(#"{"v":{"a":[""#.utf8) + bytes + Array(#""]}}"#.utf8))
      texts.append(Array(#"{"v":{""#.utf8) + bytes + Array(#"":[]}}"#.utf8))
    }
    for text in texts {
      #expect(throws: JWTError.self, "\(String(decoding: text, as: UTF8.self))") {
        try Coding.claims(text).decode(Inner<String>.self)
      }
    }
  }
}
