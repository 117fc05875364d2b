import Foundation
import JotFastAPIUsers
import Testing

/// A cookie's value must match Python's http.cookies, which Starlette uses.
/// Tests/Vectors/python-cookies.py writes the vectors.
@Suite("A cookie's value")
struct CookieTests {
  struct Vectors: Decodable {
    let unquote: [[String]]
    let quote: [[String]]
  }

  static let vectors = Result {
    try JSONDecoder().decode(
      Vectors.self, from: Data(contentsOf: Project.file("Tests/Vectors/python-cookies.json")))
  }

  @Test("an escape is read as Python reads it: octal digits from 000 to 377, or any character")
  func read() throws {
    let transport = try FastAPIUsers.CookieTransport(name: "c")
    let vectors = try Self.vectors.get().unquote
    #expect(vectors.count > 2000)
    for vector in vectors {
      let token = try? transport.token(in: [FastAPIUsers.HeaderField("cookie", "c=\(vector[0])")])
      #expect(Array((token ?? "").utf8) == Array(vector[1].utf8), "\(vector)")
    }
    func token(_ value: String) throws -> String {
      try transport.token(in: [FastAPIUsers.HeaderField("cookie", "c=\(value)")])
    }
    // Python's int() and Swift's accept a sign; the cookie syntax does not.
    #expect(try token(#""\+12""#) == "+12" && token(#""\-12""#) == "-12")
    #expect(try token(#""\012""#) == "\n" && token(#""\400""#) == "400")
  }

  @Test("a value is written as Python writes it")
  func write() throws {
    let transport = try FastAPIUsers.CookieTransport(name: "c")
    let vectors = try Self.vectors.get().quote
    #expect(vectors.count > 256)
    for vector in vectors {
      let field = transport.loginResponse(vector[0]).headers[0].value
      let wanted = "c=\(vector[1]); HttpOnly; Path=/; SameSite=lax; Secure"
      #expect(Array(field.utf8) == Array(wanted.utf8), "\(vector)")
    }
  }

  @Test("white space of ASCII, as Python defines it, is trimmed around a name and a value")
  func space() throws {
    let transport = try FastAPIUsers.CookieTransport(name: "c")
    for space in ["\u{b}", "\u{c}", "\u{1c}", "\u{1f}", " \t\r\n"] {
      let field = FastAPIUsers.HeaderField("cookie", "\(space)c\(space)=\(space)x\(space)")
      #expect(try transport.token(in: [field]) == "x", "\(space.unicodeScalars.map(\.value))")
    }
  }

  @Test("other white space, which Starlette reads as Latin-1 letters, is a part of the name")
  func otherSpace() throws {
    let transport = try FastAPIUsers.CookieTransport(name: "c")
    for space in ["\u{85}", "\u{a0}", "\u{2003}", "\u{3000}"] {
      for name in ["\(space)c", "c\(space)"] {
        #expect(throws: FastAPIUsers.CredentialsError.missing, "\(name.unicodeScalars)") {
          try transport.token(in: [FastAPIUsers.HeaderField("cookie", "\(name)=x")])
        }
      }
    }
  }
}
