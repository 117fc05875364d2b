import Jot
import TestSupport
import Testing

@Suite("VerifiedClaims.scopes")
struct ScopeTests {
  private static let tokens = ProfileTokens()

  /// Whether the token grants `scope`, which both doors must answer alike.
  static func grants(_ scope: String, _ payload: String) throws -> Bool {
    let claims = try tokens.claims(payload)
    let bytes = Array(scope.utf8)
    let inScratch = try tokens.inScratch(payload) { $0.hasScope(bytes.span, in: $1) }
    #expect(claims.hasScope(scope) == inScratch, "\(scope) in \(payload)")
    #expect(claims.hasScope(scope) == claims.scopes.contains { $0.utf8.elementsEqual(scope.utf8) })
    return inScratch
  }

  @Test(
    "are read from scope or scp, a string or an array",
    arguments: [
      (#"{"scope":"read write"}"#, ["read", "write"]), (#"{"scope":"read"}"#, ["read"]),
      (#"{"scp":"read write"}"#, ["read", "write"]),
      (#"{"scp":["read","write"]}"#, ["read", "write"]),
      (#"{"scope":["read","a:b/c"]}"#, ["read", "a:b/c"]),
      (#"{"scope":" read  write "}"#, ["read", "write"]),
      (#"{"scope":"read\u0020wr\u0069te"}"#, ["read", "write"]),
      (#"{"\u0073cope":"read"}"#, ["read"]), (#"{"\u0073cp":["r\u0065ad"]}"#, ["read"]),
      (#"{"scope":"!#[]~ https://api.example/x"}"#, ["!#[]~", "https://api.example/x"]),
      // `scope` decides alone, wherever it stands.
      (#"{"scope":"a","scp":["b"]}"#, ["a"]), (#"{"scp":["b"],"scope":"a"}"#, ["a"]),
      (#"{"scp":"b","x":1}"#, ["b"]),
    ])
  func reads(payload: String, scopes: [String]) throws {
    let claims = try Self.tokens.claims(payload)
    #expect(claims.scopes == scopes)
    #expect(claims.hasScopes(scopes) && !claims.hasScopes(scopes + ["admin"]))
    for scope in scopes { #expect(try Self.grants(scope, payload)) }
  }

  @Test(
    "a claim of a wrong type grants nothing",
    arguments: [
      "{}", #"{"scope":""}"#, #"{"scope":" "}"#, #"{"scope":null}"#, #"{"scope":1}"#,
      #"{"scope":true}"#, #"{"scope":{"read":true}}"#, #"{"scope":{"0":"read"}}"#, #"{"scope":[]}"#,
      #"{"scope":["read",1]}"#, #"{"scope":[1,"read"]}"#, #"{"scope":["read",null]}"#,
      #"{"scope":["read",["read"]]}"#, #"{"scope":[["read"]]}"#, #"{"scope":[{"read":"read"}]}"#,
      // Whatever scp has.
      #"{"scope":null,"scp":"read"}"#, #"{"scp":["read"],"scope":1}"#,
      #"{"scope":"","scp":"read"}"#,
      // Claims with another name.
      #"{"scopes":"read","Scope":"read","scop":"read","sc":"read","scpp":"read","":"read"}"#,
      #"{"scope\u0000":"read","scp\u0000":"read","permissions":["read"]}"#,
      #"{"x":{"scope":"read"}}"#,
    ])
  func wrongType(payload: String) throws {
    #expect(try Self.tokens.claims(payload).scopes == [])
    for scope in ["read", "", "1", "null", "true", "scope"] {
      #expect(try !Self.grants(scope, payload))
    }
  }

  @Test(
    "a scope is compared whole, as bytes, and only a space separates",
    arguments: [
      (#"{"scope":"read:all unread"}"#, "read"), (#"{"scope":"read:all"}"#, "all"),
      (#"{"scope":"rea reads"}"#, "read"), (#"{"scope":"Read"}"#, "read"),
      (#"{"scope":"read write"}"#, "read write"), (#"{"scope":["read write"]}"#, "read write"),
      (#"{"scope":["read write"]}"#, "read"), (#"{"scope":["read write"]}"#, "write"),
      (#"{"scope":"x\tread"}"#, "read"), (#"{"scope":"read\n"}"#, "read"),
      (#"{"scope":"read\u00a0write"}"#, "read"), (#"{"scope":"read,write"}"#, "read"),
      (#"{"scope":"read\u0000"}"#, "read"), (#"{"scope":"a\"b"}"#, "a\"b"),
      (#"{"scope":["a\\b"]}"#, "a\\b"), (#"{"scope":"é"}"#, "é"),
      (#"{"scope":"\u0065\u0301"}"#, "é"),
      (#"{"scope":["a\tb"]}"#, "a\tb"), (#"{"scope":[""]}"#, ""), (#"{"scope":"a  b"}"#, ""),
    ])
  func compares(payload: String, scope: String) throws {
    #expect(try !Self.grants(scope, payload))
  }

  @Test("both doors agree on random claims")
  func random() throws {
    var generator = Seeded(seed: 1)
    let parts = ["a", "b", "ab", " ", "  ", #"\u0020"#, #"\t"#, #"\""#, "é", #"\u0061"#, ","]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0..<7, using: &generator))
        .map { _ in parts.randomElement(using: &generator)! }.joined()
      let value = Bool.random(using: &generator) ? "\"\(text)\"" : "[\"\(text)\",\"b\"]"
      let payload = "{\"\(Bool.random(using: &generator) ? "scope" : "scp")\":\(value)}"
      for scope in ["a", "b", "ab", "aa", "", " ", "é"] { _ = try Self.grants(scope, payload) }
    }
  }

  @Test("a scratch that ends before the payload grants nothing")
  func short() throws {
    let token = try Self.tokens.token(#"{"scope":"read"}"#)
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    let index = try Verifier(key: Self.tokens.key, algorithms: [.hs256])
      .verify(token.span, scratch: &span)
    let scope = Array("read".utf8)
    for count in [0, index.payloadLength - 1, index.payloadLength] {
      var copy = Array(scratch[..<count])
      let part = copy.mutableSpan
      #expect(index.hasScope(scope.span, in: part) == (count == index.payloadLength))
    }
  }

  @Test("a decoded type can have them too")
  func decoded() throws {
    struct Access: Decodable, ScopedClaims {
      let sub: String
      let scope: ScopeList
      var scopes: [String] { scope.scopes }
    }
    func allows(_ claims: some ScopedClaims) -> Bool { claims.hasScopes(["read", "write"]) }
    for scope in [#""read write""#, #"["read","write"]"#] {
      let claims = try Self.tokens.claims(#"{"sub":"ada","scope":\#(scope)}"#)
      let access = try claims.decode(Access.self)
      #expect(allows(access) && allows(claims) && access.hasScope("read"))
      for scope in ["", "read write", "admin", "rea"] { #expect(!access.hasScope(scope)) }
    }
    for scope in ["1", "null", #"{"a":"read"}"#, #"["read",1]"#] {
      let claims = try Self.tokens.claims(#"{"sub":"ada","scope":\#(scope)}"#)
      #expect(throws: DecodingError.self) { try claims.decode(Access.self) }
    }
    struct Issued: Encodable { let scope: ScopeList }
    let token = try Self.tokens.signer.sign(Issued(scope: ["read", "a b", "", "write"]))
    let verifier = try Verifier(key: Self.tokens.key, algorithms: [.hs256])
    #expect(try verifier.verify(token).payloadText == #"{"scope":"read write"}"#)
  }
}
