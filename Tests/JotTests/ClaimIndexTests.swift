import Jot
import Testing

@Suite("ClaimIndex.contains")
struct ClaimIndexTests {
  static let payload =
    #"{"s":"admin","r":["user","adm\u0069n","","é","q\""],"e":[],"t":"","n":1,"z":null,"b":true,"#
    + #""o":{"r":["inner"]},"d":[["deep"],"after"],"esc":"adm\u0069n","k\u0065y":"v"}"#

  @Test(
    "finds a string, alone or in an array, byte for byte",
    arguments: [
      ("s", "admin"), ("r", "user"), ("r", "admin"), ("r", ""), ("r", "é"), ("r", "q\""),
      ("t", ""), ("esc", "admin"), ("key", "v"), ("d", "after"),
    ] as [(String, String)])
  func finds(name: String, text: String) throws {
    #expect(try Self.contains(text, of: name))
  }

  @Test(
    "finds no part of a string, no other spelling, and nothing in values of other types",
    arguments: [
      // Prefixes and longer texts.
      ("s", "admi"), ("s", "admins"), ("s", ""), ("r", "use"), ("r", "users"), ("s", "dmin"),
      // Escapes, case and Unicode normalization.
      ("s", #"adm\u0069n"#), ("r", #"adm\u0069n"#), ("r", "e\u{301}"), ("r", "User"),
      ("r", #"q\""#), ("t", "\0"),
      // Empty arrays, numbers, null, Booleans, objects, nested arrays.
      ("e", ""), ("n", "1"), ("z", "null"), ("z", ""), ("b", "true"), ("o", "inner"), ("o", "r"),
      ("d", "deep"),
      // Names.
      ("none", ""), ("S", "admin"), ("", "admin"), ("ke", "v"), (#"k\u0065y"#, "v"),
    ] as [(String, String)])
  func findsNot(name: String, text: String) throws {
    #expect(try !Self.contains(text, of: name))
  }

  @Test("finds nothing in a scratch that ends before the payload does")
  func short() throws {
    let (index, scratch) = try Self.verified()
    let (name, text) = (Array("s".utf8), Array("admin".utf8))
    for count in [0, index.payload.upperBound - 1, index.payload.upperBound] {
      var copy = Array(scratch[..<count])
      let span = copy.mutableSpan
      let isFound = index.contains(text.span, of: name.span, in: span)
      #expect(isFound == (count == index.payload.upperBound))
    }
  }

  private static func contains(_ text: String, of name: String) throws -> Bool {
    var (index, scratch) = try verified()
    let (name, text) = (Array(name.utf8), Array(text.utf8))
    let span = scratch.mutableSpan
    return index.contains(text.span, of: name.span, in: span)
  }

  private static func verified() throws -> (ClaimIndex, [UInt8]) {
    let key = try SigningKey(secret: Secret(VerifierTests.secret))
    let signer = try Signer(key: key, algorithm: .hs256)
    let bytes = Array(payload.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: bytes.count))
    var room = token.mutableSpan
    _ = try signer.sign(payload: bytes.span, into: &room)
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    let index = try Verifier(key: key.verificationKey, algorithms: [.hs256])
      .verify(token.span, scratch: &span)
    return (index, scratch)
  }
}
