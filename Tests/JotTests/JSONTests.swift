import Jot
import TestSupport
import Testing

@Suite("JSON and Claims")
struct JSONTests {
  @Test(
    "reads and writes values without losing a digit",
    arguments: [
      "null", "true", "false", "0", "-0", "1.50", "1E5", "12345678901234567890",
      "-9223372036854775808",
      #""""#, #""\u00e9\ud83d\udde1\n""#, "[]", "[1,[2,{}],null]", #"{"b":1,"a":{"c":[]}}"#,
    ])
  func exact(text: String) throws {
    #expect(try JSON(value: text).text == text)
  }

  @Test("reads white space and other spellings, and writes PyJWT's")
  func spellings() throws {
    #expect(try JSON(value: " [ 1 , { \"a\" : \"\\/é\" } ] ").text == #"[1,{"a":"/\u00e9"}]"#)
    #expect(JSON.array([1.0, 1e16, 1e-5, -0.0, 0.1]).text == "[1.0,1e+16,1e-05,-0.0,0.1]")
    #expect(JSON.Number(.infinity) == nil && JSON.Number(.nan) == nil)
  }

  @Test(
    "a text that is not exactly one value is refused",
    arguments: ["", "1,2", "1}", "1,\"a\":2", "{", "nul"])
  func refuses(text: String) {
    #expect(throws: JSONError.self) { try JSON(value: text) }
  }

  @Test("values are compared by bytes, and a number too large for a double has no double value")
  func equality() throws {
    #expect(JSON.string("é") != .string("e\u{301}") && JSON.string("é") == "é")
    #expect(Set([JSON.string("é"), "e\u{301}"]).count == 2)
    #expect(try JSON(value: "1e400").double == nil && JSON(value: "1e30").double == 1e30)
  }

  @Test("reading takes linear time, with or without escapes")
  func linear() throws {
    func time(_ count: Int) throws -> Duration {
      let text = "[\(Array(repeating: #""\n""#, count: count).joined(separator: ","))]"
      return try (0..<5).map { _ in try CPUTime.measure { _ = try JSON(value: text) } }
        .min()!
    }
    let (small, large) = (try time(5000), try time(40_000))
    #expect(large < small * 24, "\(small) for 5,000 strings, \(large) for 40,000")
  }

  @Test("claims keep their order and their names")
  func claims() {
    var claims: Claims = ["b": 1, "a": 2]
    claims["c"] = "x"
    claims["b"] = nil
    claims["a"] = [true]
    claims["e\u{301}"] = 1
    claims["é"] = 2
    #expect(
      String(decoding: claims.payload, as: UTF8.self)
        == #"{"a":[true],"c":"x","e\u0301":1,"\u00e9":2}"#)
  }
}
