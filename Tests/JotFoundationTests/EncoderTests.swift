import Foundation
import JotFoundation
import TestSupport
import Testing

@Suite("Signer.sign of an Encodable")
struct EncoderTests {
  struct Payload: Encodable {
    let zeta = "a/b \"ü🔑\"", alpha = 1, mid: [String: Int] = ["k": -7], list = ["x", "y"]
    let flag = true, number = 0.5, whole = 2.0, big = UInt64.max, none: String? = nil
    let wide = Int128.max
  }

  @Test("members are in the type's order, as Claims write them: no spaces, ASCII, no escaped slash")
  func order() throws {
    let text = try Coding.payload(Payload())
    #expect(
      text == #"{"zeta":"a/b \"\u00fc\ud83d\udd11\"","alpha":1,"mid":{"k":-7},"list":["x","y"],"#
        + #""flag":true,"number":0.5,"whole":2.0,"big":18446744073709551615,"#
        + #""wide":170141183460469231731687303715884105727}"#)
    struct Same: Encodable { let sub: String, aud: [String], exp: Int }
    let claims: Claims = ["sub": "ü", "aud": ["a", "b"], "exp": 4_102_444_800]
    #expect(
      try Coding.signer.sign(Same(sub: "ü", aud: ["a", "b"], exp: 4_102_444_800))
        == Coding.signer.sign(claims))
  }

  @Test("only an object is a payload")
  func objects() throws {
    struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
    struct Wrapper: Encodable {
      let value: [Int: String]
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
      }
    }
    func sign(_ value: some Encodable) throws { _ = try Coding.signer.sign(value) }
    #expect(throws: CodablePayloadError.notAnObject) { try sign([1, 2]) }
    #expect(throws: CodablePayloadError.notAnObject) { try sign("text") }
    #expect(throws: CodablePayloadError.notAnObject) { try sign(5) }
    #expect(throws: CodablePayloadError.notAnObject) { try sign(Int?.none) }
    #expect(throws: CodablePayloadError.notAnObject) { try sign(Date()) }
    #expect(throws: CodablePayloadError.notAnObject) { try sign(Nothing()) }
    #expect(try Coding.payload(Wrapper(value: [3: "x"])) == #"{"3":"x"}"#)
    struct Empty: Encodable {}
    #expect(try Coding.payload(Empty()) == "{}")
    #expect(try Coding.payload(["a": Empty()]) == #"{"a":{}}"#)
    #expect(try Coding.payload(["a": Nothing()]) == #"{"a":{}}"#)
  }

  @Test(
    "a number that is not finite is an error with the claim's path",
    arguments: [Double.infinity, -.infinity, .nan])
  func finite(number: Double) throws {
    struct Inner: Encodable { let list: [Double] }
    struct Outer: Encodable { let inner: [String: Inner] }
    struct Small: Encodable { let value: Float }
    func outcome(_ value: some Encodable) -> Outcome<String> {
      Outcome { try Coding.signer.sign(value) }
    }
    #expect(outcome(["x": number]) == .error("invalidValue", ["x"]))
    #expect(outcome(Small(value: Float(number))) == .error("invalidValue", ["value"]))
    #expect(
      outcome(Outer(inner: ["a": Inner(list: [1, number])]))
        == .error("invalidValue", ["inner", "a", "list", "Index 1 (1)"]))
    #expect(outcome(["x": Optional(number)]) == .error("invalidValue", ["x"]))
  }

  /// Writes what its closure says.
  struct Custom: Encodable {
    enum Key: String, CodingKey { case a, b, c }
    let body: (any Encoder) throws -> Void
    func encode(to encoder: any Encoder) throws { try body(encoder) }
  }

  @Test("a name that an object has twice is refused, at any depth")
  func duplicates() throws {
    let twice = Custom { encoder in
      var container = encoder.container(keyedBy: Custom.Key.self)
      try container.encode(1, forKey: .a)
      try container.encode("x", forKey: .b)
      try container.encode(2, forKey: .a)
    }
    #expect(throws: CodablePayloadError.duplicateName("a")) { try Coding.signer.sign(twice) }
    #expect(throws: CodablePayloadError.duplicateName("a")) {
      try Coding.signer.sign(["deep": ["é": [twice]]])
    }
    struct Odd: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(1, forKey: AnyKey("a\"é"))
        try container.encode(1, forKey: AnyKey("a\"é"))
      }
    }
    #expect(throws: CodablePayloadError.duplicateName("a\"é")) { try Coding.signer.sign(Odd()) }
    // Different bytes are different names.
    let equivalent = ["composed": ["\u{e9}": 1]]
    #expect(try Coding.payload(equivalent) == #"{"composed":{"\u00e9":1}}"#)
  }

  struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ text: String) { stringValue = text }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  @Test("containers that are written in turns are whole, each in its place")
  func turns() throws {
    let value = Custom { encoder in
      var outer = encoder.container(keyedBy: Custom.Key.self)
      var first = outer.nestedContainer(keyedBy: Custom.Key.self, forKey: .a)
      var second = outer.nestedUnkeyedContainer(forKey: .b)
      try second.encode(1)
      try first.encode("x", forKey: .a)
      var third = second.nestedContainer(keyedBy: Custom.Key.self)
      try second.encode(true)
      try third.encode(2, forKey: .c)
      var fourth = second.nestedUnkeyedContainer()
      try first.encodeNil(forKey: .b)
      try outer.encode(2.5, forKey: .c)
      try fourth.encode("deep")
      try String("y").encode(to: second.superEncoder())
      #expect(second.count == 5)
      #expect(fourth.codingPath.map(\.stringValue) == ["b", "Index 3"])
    }
    let text = try Coding.payload(value)
    #expect(text == #"{"a":{"a":"x","b":null},"b":[1,{"c":2},true,["deep"],"y"],"c":2.5}"#)
    func object(_ data: Data) throws -> NSDictionary? {
      try JSONSerialization.jsonObject(with: data) as? NSDictionary
    }
    #expect(try object(JSONEncoder().encode(value)) == object(Data(text.utf8)))
  }

  class Base: Encodable {
    var name = "n"
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      try container.encode(name, forKey: AnyKey("name"))
    }
  }
  final class Nested: Base {
    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      try super.encode(to: container.superEncoder())
      try container.encode(1, forKey: AnyKey("level"))
    }
  }
  final class Flat: Base {
    override func encode(to encoder: any Encoder) throws {
      try super.encode(to: encoder)
      var container = encoder.container(keyedBy: AnyKey.self)
      try container.encode(1, forKey: AnyKey("level"))
    }
  }

  @Test("an encoder is released, whatever containers it had, and if it fails")
  func released() throws {
    final class Seen { var all: [() -> AnyObject?] = [] }
    struct Nested: Encodable {
      let seen: Seen, fails: Bool
      enum Key: String, CodingKey { case a, b, c, d }
      func encode(to encoder: any Encoder) throws {
        func see(_ encoder: any Encoder) {
          weak let object = encoder as AnyObject
          seen.all.append { object }
        }
        see(encoder)
        var object = encoder.container(keyedBy: Key.self)
        var inner = object.nestedContainer(keyedBy: Key.self, forKey: .a)
        try inner.encode(1, forKey: .b)
        see(inner.superEncoder())
        var list = object.nestedUnkeyedContainer(forKey: .c)
        see(list.superEncoder())
        see(object.superEncoder(forKey: .d))
        if fails { try object.encode(Double.nan, forKey: .b) }
      }
    }
    for fails in [false, true] {
      let seen = Seen()
      let token = try? Coding.signer.sign(Nested(seen: seen, fails: fails))
      #expect((token == nil) == fails)
      #expect(seen.all.count == 4 && seen.all.allSatisfy { $0() == nil })
    }
  }

  @Test("a superclass is written to the same object, or to its member super")
  func inheritance() throws {
    #expect(try Coding.payload(Nested()) == #"{"super":{"name":"n"},"level":1}"#)
    #expect(try Coding.payload(Flat()) == #"{"name":"n","level":1}"#)
    #expect(try Coding.payload(["a": [Flat()]]) == #"{"a":[{"name":"n","level":1}]}"#)
  }

  @Test("a value that fails and is caught leaves nothing behind")
  func rollback() throws {
    struct Failure: Error {}
    let failing = Custom { encoder in
      var container = encoder.container(keyedBy: Custom.Key.self)
      try container.encode("half", forKey: .a)
      _ = container.nestedContainer(keyedBy: Custom.Key.self, forKey: .b)
      throw Failure()
    }
    let value = Custom { encoder in
      var container = encoder.container(keyedBy: Custom.Key.self)
      try? container.encode(failing, forKey: .a)
      var list = container.nestedUnkeyedContainer(forKey: .b)
      try list.encode(1)
      try? list.encode(failing)
      try? list.encode(Double.nan)
      try list.encode(2)
      try? container.encode(Double.nan, forKey: .c)
      try container.encode(3, forKey: .c)
    }
    #expect(try Coding.payload(value) == #"{"b":[1,2],"c":3}"#)
    #expect(throws: Failure.self) { try Coding.signer.sign(["x": failing]) }
  }

  @Test("a container kept of a value that failed writes nothing: its use is a caller's mistake")
  func keptContainer() async {
    #if arch(x86_64)
      let trap = ExitTest.Condition.signal(SIGILL)
    #else
      let trap = ExitTest.Condition.signal(SIGTRAP)
    #endif
    await #expect(processExitsWith: trap) {
      struct Failure: Error {}
      final class Kept { var container: KeyedEncodingContainer<Custom.Key>? }
      let kept = Kept()
      let value = Custom { encoder in
        var container = encoder.container(keyedBy: Custom.Key.self)
        let failing = Custom { encoder in
          kept.container = encoder.container(keyedBy: Custom.Key.self)
          throw Failure()
        }
        try? container.encode(failing, forKey: .a)
        try kept.container?.encode(2, forKey: .b)
      }
      _ = try Coding.signer.sign(value)
    }
  }

  @Test("a value is at most 128 levels deep, and one that contains itself is refused")
  func depth() throws {
    final class Link: Encodable { var next: Link? }
    func chain(_ length: Int) -> Link {
      let first = Link()
      var last = first
      for _ in 1..<length {
        let next = Link()
        last.next = next
        last = next
      }
      return first
    }
    let ends = String(repeating: "}", count: 127)
    let deepest = String(repeating: #"{"next":"#, count: 127) + "{}" + ends
    #expect(try Coding.payload(chain(128)) == deepest)
    #expect(throws: CodablePayloadError.tooDeep) { try Coding.signer.sign(chain(129)) }
    let ring = Link()
    ring.next = ring
    #expect(throws: CodablePayloadError.tooDeep) { try Coding.signer.sign(ring) }
    ring.next = nil
  }

  @Test("long strings, many members and long names fit")
  func long() throws {
    let text = String(repeating: "x", count: 100_000)
    #expect(try Coding.payload([text: text]) == #"{"\#(text)":"\#(text)"}"#)
    let many = Dictionary(uniqueKeysWithValues: (0..<5000).map { ("name \($0)", $0) })
    let claims = try Coding.verifier.verify(Coding.signer.sign(many))
    #expect(try claims.decode([String: Int].self) == many)
  }

  @Test("claims of every length around the text's first memory and its doubles are written whole")
  func growth() throws {
    for middle in [936, 1000, 1936, 2000, 4000] {
      for length in middle - 40...middle + 40 {
        let text = String(repeating: "x", count: length)
        let value = ["a": [text], text: ["b"]]
        #expect(try Coding.verifier.verify(Coding.signer.sign(value)).decode() == value)
      }
    }
  }

  @Test("containers of an array are written in time that grows with their number")
  func manyContainers() throws {
    func seconds(_ count: Int) throws -> Double {
      let value = Custom { encoder in
        var container = encoder.container(keyedBy: Custom.Key.self)
        var list = container.nestedUnkeyedContainer(forKey: .a)
        for index in 0..<count {
          var element = list.nestedContainer(keyedBy: Custom.Key.self)
          try element.encode(index, forKey: .b)
        }
      }
      return try (0..<3).map { _ in
        try CPUTime.measure { _ = try Coding.signer.sign(value) } / .seconds(1)
      }.min()!
    }
    // Eight times as many: eight times as long, not 64 times.
    #expect(try seconds(16_000) < 24 * seconds(2000))
  }

  @Test("an array of strings is a level, as any other array")
  func deepStrings() throws {
    struct Nested: Encodable {
      let depth: Int
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Custom.Key.self)
        if depth > 1 { return try container.encode(Nested(depth: depth - 1), forKey: .a) }
        // Refused at the last level, where it may be left out.
        try? container.encode(["x"], forKey: .a)
        try? container.encode([1], forKey: .b)
        try container.encode(1, forKey: .c)
      }
    }
    #expect(try Coding.payload(Nested(depth: 127)).contains(#"{"a":["x"],"b":[1],"c":1}"#))
    #expect(try Coding.payload(Nested(depth: 128)).contains(#"{"c":1}"#))
    #expect(throws: CodablePayloadError.tooDeep) { try Coding.signer.sign(Nested(depth: 129)) }
  }

  @Test("Foundation's coders are still there, for who configures them")
  func foundation() throws {
    struct Plain: Codable, Equatable { let userName: String, exp: Date }
    let encoder = JSONEncoder.claims
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting.insert(.sortedKeys)
    let value = Plain(userName: "a", exp: Date(timeIntervalSince1970: 4_102_444_800))
    let claims = try Coding.verifier.verify(Coding.signer.sign(value, encoder: encoder))
    #expect(claims.payloadText == #"{"exp":4102444800,"user_name":"a"}"#)
    let decoder = JSONDecoder.claims
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    #expect(try claims.decode(Plain.self, decoder: decoder) == value)
    #expect(throws: DecodingError.self) { try claims.decode(Plain.self) }
  }

  @Test("a signer elsewhere signs the same payload")
  func remote() async throws {
    struct Local: RemoteSigner {
      let algorithm = Algorithm.hs256
      var verificationKey: VerificationKey { Coding.key.verificationKey }
      func signature(of input: [UInt8]) async throws -> [UInt8] {
        try Coding.key.signature(of: input.span, by: .hs256)
      }
    }
    struct Same: Codable, Sendable { let sub: String, exp: Date }
    let value = Same(sub: "x", exp: Date(timeIntervalSince1970: 4_102_444_800))
    let token = try await RemoteTokenSigner(Local()).sign(value)
    #expect(try token == Coding.signer.sign(value))
    #expect(try Coding.verifier.verify(token, as: Same.self).sub == "x")
  }
}
