import Jot
import Testing

@Suite("VerifiedClaims.roles")
struct RoleTests {
  private static let payload = #"""
    {"roles":["user","adm\u0069n",""],"groups":"staff members","none":[],"mixed":["user",1],
    "n":1,"z":null,"realm_access":{"roles":["user","offline"],"x":{"roles":"deep"}},
    "resource_access":{"shop":{"roles":["clerk"]},"a.b":{"roles":["dotted"]}},
    "realm_access.roles":["planted"],"https://example.com/roles":["auth0"],"a/b":{"~":["pointed"]},
    "":{"":"empty"},"list":[{"roles":["inner"]}],"é":["é"]}
    """#
  private static let tokens = ProfileTokens()

  /// Whether `role` is at `path`, which all doors must answer alike.
  private static func has(_ role: String, _ path: ClaimPath) throws -> Bool {
    let claims = try tokens.claims(payload)
    let answer = claims.hasRole(role, in: path)
    #expect(answer == claims.roles(in: path).contains { $0.utf8.elementsEqual(role.utf8) })
    let bytes = Array(role.utf8)
    let inScratch = try tokens.inScratch(payload) { index, scratch in
      var value: JSONValue?
      for (depth, name) in path.names.enumerated() {
        let name = Array(name.utf8)
        value =
          depth == 0
          ? index.value(of: name.span, in: scratch)
          : index.value(of: name.span, inside: value, in: scratch)
      }
      return index.hasRole(bytes.span, of: value, in: scratch)
    }
    #expect(answer == inScratch)
    return answer
  }

  @Test(
    "are a string or an array of strings, where the path leads",
    arguments: [
      ("roles", ["user", "admin"]), ("groups", ["staff members"]),
      (["realm_access", "roles"], ["user", "offline"]),
      (["realm_access", "x", "roles"], ["deep"]),
      (["resource_access", "shop", "roles"], ["clerk"]),
      (["resource_access", "a.b", "roles"], ["dotted"]),
      ("realm_access.roles", ["planted"]), ("https://example.com/roles", ["auth0"]),
      (["", ""], ["empty"]), ("é", ["é"]),
      (ClaimPath(pointer: "/realm_access/roles")!, ["user", "offline"]),
      (ClaimPath(pointer: "/https:~1~1example.com~1roles")!, ["auth0"]),
      (ClaimPath(pointer: "/a~1b/~0")!, ["pointed"]), (ClaimPath(pointer: "//")!, ["empty"]),
    ] as [(ClaimPath, [String])])
  func reads(path: ClaimPath, roles: [String]) throws {
    #expect(try Self.tokens.claims(Self.payload).roles(in: path) == roles)
    for role in roles { #expect(try Self.has(role, path)) }
  }

  @Test(
    "a value of a wrong type, or none, grants nothing",
    arguments: [
      [], "none", "mixed", "n", "z", "realm_access", "absent", "Roles", "list", "", "e\u{301}",
      ["realm_access"], ["realm_access", "absent"], ["roles", "0"], ["roles", "user"],
      ["list", "0", "roles"], ["list", "roles"], ["groups", "staff"], ["z", "roles"],
      ["absent", "roles"], "resource_access.shop.roles", "/realm_access/roles",
      ["realm_access.x", "roles"],
    ] as [ClaimPath])
  func wrongType(path: ClaimPath) throws {
    #expect(try Self.tokens.claims(Self.payload).roles(in: path) == [])
    for role in ["user", "1", "null", "", "roles", "planted", "inner", "é"] {
      #expect(try !Self.has(role, path))
    }
  }

  @Test(
    "a role is compared whole, as bytes",
    arguments: [
      ("roles", "use"), ("roles", "users"), ("roles", "User"), ("roles", ""),
      ("roles", #"adm\u0069n"#), ("groups", "staff"), ("groups", "members"), ("é", "e\u{301}"),
    ] as [(ClaimPath, String)])
  func compares(path: ClaimPath, role: String) throws {
    #expect(try !Self.has(role, path))
  }

  @Test(
    "a text that is no JSON Pointer is no path",
    arguments: ["", "roles", "/a~", "/a~2", "/~~1", " /a"])
  func pointers(text: String) {
    #expect(ClaimPath(pointer: text) == nil)
  }
}
