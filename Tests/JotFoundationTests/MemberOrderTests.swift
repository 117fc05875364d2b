import Foundation
import JotFoundation
import Testing

/// Members in every order, present and absent: the walk of an object begins where a name is missed.
@Suite("The order of members")
struct MemberOrderTests {
  struct Five: Decodable, Equatable {
    let a: Int, b: String?, c: [Int], d: Inner?, e: Bool
    struct Inner: Decodable, Equatable { let x: Int, y: Int? }
  }

  static let members = [
    #""a":1"#, #""b":"two""#, #""c":[3,3]"#, #""d":{"y":5,"x":4}"#, #""e":true"#,
  ]

  /// All orders of some elements.
  static func orders<T>(_ all: [T]) -> [[T]] {
    if all.isEmpty { return [[]] }
    return all.indices.flatMap { index in
      var rest = all
      let first = rest.remove(at: index)
      return orders(rest).map { [first] + $0 }
    }
  }

  @Test("every order and every missing member has the outcome that Foundation's decoder has")
  func everyOrder() throws {
    var refused = 0
    for missing in [nil, 0, 1, 2, 3, 4] as [Int?] {
      var kept = Self.members
      if let missing { kept.remove(at: missing) }
      for order in Self.orders(kept + [#""z":{"a":9,"b":[8]}"#]) {
        for text in [
          "{\(order.joined(separator: ","))}", "{ \(order.joined(separator: " , ")) }",
        ] {
          let (jot, foundation) = (
            try Coding.jot(Five.self, text), Coding.foundation(Five.self, text)
          )
          #expect(jot == foundation, "\(text)")
          if case .error = jot { refused += 1 }
        }
      }
    }
    // Three of five members are required; five and one others stand in 120 orders, each twice.
    #expect(refused == 3 * 120 * 2)
  }

  @Test("all keys are in the object's order, also after a name was missed")
  func keys() throws {
    struct Keys: Decodable {
      let names: [String]
      enum Key: String, CodingKey { case a, b, c, missing }
      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        _ = try container.decode(Int.self, forKey: .b)
        let isThere = container.contains(.missing)
        names = container.allKeys.map(\.stringValue)
        #expect(!isThere)
        #expect(try container.decode(Int.self, forKey: .c) == 3)
        #expect(try container.decode(Int.self, forKey: .a) == 1)
      }
    }
    #expect(try Coding.claims(#"{"a":1,"b":2,"c":3}"#).decode(Keys.self).names == ["a", "b", "c"])
    #expect(try Coding.claims(#"{"c":3,"a":1,"b":2}"#).decode(Keys.self).names == ["c", "a", "b"])
  }

  @Test("a name with a quote or a backslash is only that of a member, never text between members")
  func quotes() throws {
    struct Names: Decodable {
      let found: [Bool]
      init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: AnyKey.self)
        found = ["c", #"a":1,"b"#, #"b":2,"c"#, #"a":1,"b":2,"longer"#, #"d\u0065"#, #"q"q"#]
          .map { object.contains(AnyKey(stringValue: $0)!) }
      }
    }
    let text = #"{"a":1,"b":2,"longer":4,"c":3,"d\u0065":5,"q\"q":6}"#
    let many = (0..<40).map { #","n\#($0)":0"# }.joined()
    for text in [text, text.dropLast() + many + "}"] {
      #expect(
        try Coding.claims(String(text)).decode(Names.self).found
          == [true, false, false, false, false, true])
    }
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  @Test("a member that is escaped or behind forty others is found from anywhere")
  func many() throws {
    struct Two: Decodable, Equatable { let last: Int, first: Int }
    let others = (0..<40).map { #""n\#($0)":[\#($0)]"# }.joined(separator: ",")
    for text in [
      #"{"first":1,\#(others),"last":2}"#, #"{"fir\u0073t":1,\#(others),"l\u0061st":2}"#,
      #"{\#(others),"last":2,"first":1}"#, #"{"last":2,\#(others),"first":1}"#,
    ] { #expect(try Coding.claims(text).decode(Two.self) == Two(last: 2, first: 1)) }
  }
}
