import Foundation
import JotFoundation
import Testing

@Suite("Foundation's types in claims")
struct FoundationTypesTests {
  struct Dates: Codable, Equatable {
    var one: Date
    var maybe: Date?
    var none: Date?
    var list: [Date], maybes: [Date?], named: [String: Date], numbered: [Int: Date]
    var deep: [String: [Inner]]
    struct Inner: Codable, Equatable { var at: Date }
  }

  @Test("a Date is whole seconds since 1970, wherever it stands, in both directions")
  func dates() throws {
    func date(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }
    let value = Dates(
      one: date(1_767_225_600), maybe: date(1), none: nil, list: [date(2), date(3)],
      maybes: [nil, date(4)], named: ["a": date(5)], numbered: [1: date(6)],
      deep: ["x": [Dates.Inner(at: date(7))]])
    let text =
      #"{"one":1767225600,"maybe":1,"list":[2,3],"maybes":[null,4],"named":{"a":5},"#
      + #""numbered":{"1":6},"deep":{"x":[{"at":7}]}}"#
    #expect(try Coding.payload(value) == text)
    #expect(try Coding.claims(text).decode(Dates.self) == value)
    #expect(try Coding.payload(["t": date(1.9)]) == #"{"t":1}"#)
    #expect(try Coding.payload(["t": date(-0.5)]) == #"{"t":-1}"#)
    #expect(
      try Coding.claims(#"{"t":1.5}"#).decode([String: Date].self) == ["t": date(1.5)])
  }

  @Test("a Date that a value's own coding asks for is a NumericDate too")
  func byHand() throws {
    struct Single: Codable, Equatable {
      var date: Date
      init(_ date: Date) { self.date = date }
      init(from decoder: any Decoder) throws {
        date = try decoder.singleValueContainer().decode(Date.self)
      }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(date)
      }
    }
    let value = ["x": Single(Date(timeIntervalSince1970: 5))]
    #expect(try Coding.payload(value) == #"{"x":5}"#)
    #expect(try Coding.claims(#"{"x":5}"#).decode([String: Single].self) == value)
  }

  struct One<T: Codable & Equatable>: Codable, Equatable { var v: T }

  private func same<T: Codable & Equatable>(
    _ type: T.Type, _ texts: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for text in texts {
      let payload = #"{"v":\#(text)}"#
      let jot = try Coding.jot(One<T>.self, payload)
      #expect(
        jot.agrees(with: Coding.foundation(One<T>.self, payload)), "\(type) from \(text)",
        sourceLocation: sourceLocation)
      let list = #"{"v":[\#(text),null]}"#
      #expect(
        try Coding.jot(One<[T?]>.self, list)
          .agrees(with: Coding.foundation(One<[T?]>.self, list)),
        "\(type) from \(list)", sourceLocation: sourceLocation)
      guard case .value(let value) = jot else { continue }
      // Written as Foundation writes it, but for escapes.
      let theirs = try JSONEncoder.claims.encode(value)
      #expect(
        try JSON(object: Coding.payload(value))
          == JSON(object: String(decoding: theirs, as: UTF8.self)),
        "\(type) from \(text)", sourceLocation: sourceLocation)
    }
  }

  @Test("Data, URL, Decimal, UUID and Date are what Foundation's own coders make of them")
  func defaults() throws {
    let others = [#""text""#, "true", "null", "[]", "{}", "1", "-1.5", #""""#, #""a b""#]
    try same(Data.self, others + [#""AQID""#, #""AQI=""#, #""AQI""#, #""-_8=""#, #""\/w==""#])
    try same(URL.self, others + [#""https://example.com/a?b#c""#, #""//x""#, #""http://[""#])
    try same(
      Decimal.self,
      others + ["0.1", "123456789.987654321", "1e10", "-0", "12345678901234567890", "1e-5"])
    try same(
      UUID.self, others + [#""57cbb51a-ab71-4009-8802-3f54b4f2e23c""#, #""57cbb51a""#])
    try same(Date.self, others.filter { $0 != "-1.5" } + ["1767225600", "-5"])
  }

  @Test("a Decimal that is not a number, and a Date beyond 64 bits, are errors with their path")
  func refused() throws {
    func outcome(_ value: some Encodable) -> Outcome<String> {
      Outcome { try Coding.signer.sign(value) }
    }
    #expect(outcome(["x": [Decimal.nan]]) == .error("invalidValue", ["x", "Index 0 (0)"]))
    #expect(
      outcome(["x": Date(timeIntervalSince1970: .infinity)]) == .error("invalidValue", ["x"]))
  }

  @Test("without JotFoundation they are refused, and the error says what to import")
  func absent() async {
    await #expect(processExitsWith: .success) { try FoundationTypesTests.checkAbsent() }
  }

  private struct Plain: Codable, Equatable {
    let sub: String, id: UUID, list: [[Int?]], leaf: [String: Level]
    enum Level: Int, Codable { case one = 1 }
  }

  /// In a process of its own.
  fileprivate static func checkAbsent() throws {
    ForeignTypes.install(nil)
    try expectRefusal(Date(timeIntervalSince1970: 5), "5")
    try expectRefusal(Data([1]), #""AQ==""#)
    try expectRefusal(URL(string: "https://example.com")!, #""https://example.com""#)
    try expectRefusal(Decimal(1), "1")
    // Everything else needs no Foundation.
    let plain = Plain(sub: "x", id: UUID(), list: [[1, nil]], leaf: ["a": .one])
    #expect(try Coding.claims(Coding.payload(plain)).decode(Plain.self) == plain)
  }

  private static func expectRefusal<T: Codable & Equatable>(_ value: T, _ json: String) throws {
    func text(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "nothing was refused"
      } catch {
        return "\(error)"
      }
    }
    let claims = try Coding.claims(#"{"v":\#(json)}"#)
    // More than once, because a type is remembered.
    for _ in 0..<3 {
      for refusal in [
        text { _ = try Coding.signer.sign(["v": [value]]) },
        text { _ = try claims.decode([String: T].self) },
        text { _ = try claims.decode([String: T?].self) },
        text { _ = try claims.decode(One<T>.self) },
      ] { #expect(refusal.contains("import JotFoundation"), "\(refusal)") }
    }
  }

  @Test("verify(_:as:) of a text, a part of one, bytes and a buffer uses Jot's decoder")
  func verifying() throws {
    struct Access: Codable, Equatable { let sub: String, exp: Date }
    let value = Access(sub: "é", exp: Date(timeIntervalSince1970: 4_102_444_800))
    let token = try Coding.signer.sign(value)
    let header = "Bearer " + token
    #expect(try Coding.verifier.verify(token, as: Access.self) == value)
    #expect(try Coding.verifier.verify(header.dropFirst(7), as: Access.self) == value)
    #expect(try Coding.verifier.verify(Array(token.utf8), as: Access.self) == value)
    #expect(try Coding.verifier.verify(Data(token.utf8), as: Access.self) == value)
    let inferred: Access = try Coding.verifier.verify(token).decode()
    #expect(inferred == value)
  }
}
