import Foundation
import JotFastAPIUsers
import Testing

/// A server that answers with Jot's values must match FastAPI Users' routes.
@Suite("FastAPI Users: HTTP")
struct InteropHTTPTests {
  static let http = Interop.json["http"]![0]!

  static let accounts: InteropAccountTests.Accounts = {
    guard case .object(let members) = http["users"]! else { fatalError("users are an object") }
    return InteropAccountTests.Accounts(
      all: members.map { member in
        let user = member.value
        return InteropAccountTests.Account(
          id: FastAPIUsers.UUIDValue(tokenSubject: user["id"]!.string!)!,
          email: user["email"]!.string!,
          isActive: user["is_active"]!.bool!, isVerified: user["is_verified"]!.bool!,
          isSuperuser: user["is_superuser"]!.bool!)
      })
  }()

  @Test("each exchange has Python's status, header fields and body, or is listed")
  func exchanges() async throws {
    let exchanges = Interop.vectors("http")
    #expect(exchanges.count == 48)
    try await Deviations.compare(Interop.ids(of: "http")) { index in
      let exchange = exchanges[index]
      let response = try await Router().answer(exchange)
      var headers: [FastAPIUsers.HeaderField] = []
      if case .object(let members)? = exchange["headers"] {
        headers = members.map { FastAPIUsers.HeaderField($0.name, $0.value.string!) }
      }
      let isSame =
        response.status == Int(exchange["status"]!.integer!)
        && response.body == exchange["body"]!.string!
        && response.headers.sorted { $0.name < $1.name } == headers.sorted { $0.name < $1.name }
      return isSame ? nil : "\(response.status) \(response.headers) \(response.body)"
    }
  }

  /// The vectors' application: two backends, and routes that require a user.
  struct Router {
    let bearer: FastAPIUsers.AuthenticationBackend
    let cookie: FastAPIUsers.AuthenticationBackend
    let authenticator: FastAPIUsers.Authenticator<InteropAccountTests.Accounts>

    init() throws {
      let strategy = try JWTStrategy(
        secret: InteropAccountTests.secret, lifetimeSeconds: 3600,
        clock: { InteropAccountTests.now })
      bearer = FastAPIUsers.AuthenticationBackend(
        name: "jwt", transport: FastAPIUsers.BearerTransport(tokenURL: "auth/jwt/login")
      ) { strategy }
      cookie = FastAPIUsers.AuthenticationBackend(
        name: "cookie", transport: try FastAPIUsers.CookieTransport(maximumAge: 3600)
      ) { strategy }
      authenticator = try FastAPIUsers.Authenticator([bearer, cookie], accounts)
    }

    func answer(_ exchange: JSON) async throws -> FastAPIUsers.Response {
      let request = exchange["request"]!
      var headers: [FastAPIUsers.HeaderField] = []
      if case .object(let members)? = request["headers"] {
        headers = members.map { FastAPIUsers.HeaderField($0.name, $0.value.string!) }
      }
      let path = exchange["path"]!.string!.split(separator: "/").map(String.init)
      do {
        switch path {
        case ["auth", "jwt", "login"], ["auth", "cookie", "login"]:
          let form = request["data"]!
          guard form["password"]?.string == "guinevere",
            let user = try? await accounts.get(email: form["username"]!.string!), user.isActive
          else { throw FastAPIUsers.LoginError.badCredentials }
          return try await (path[1] == "jwt" ? bearer : cookie).login(user)
        case ["auth", "jwt", "logout"], ["auth", "cookie", "logout"]:
          let backend = path[1] == "jwt" ? bearer : cookie
          let found = try await authenticator.authenticate(
            headers, requiring: .active, isEnabled: { $0.name == backend.name })
          return try await backend.logout(found.token, found.user)
        case ["optional"], ["optional-verified"]:
          let found = try await authenticator.authenticateIfPresent(
            headers, requiring: path[0] == "optional" ? .active : [.active, .verified])
          return FastAPIUsers.Response(
            status: 200, json: found.map { .string($0.user.id.tokenSubject) } ?? .null)
        default:
          let requirements: [String: FastAPIUsers.Requirements] = [
            "user": [], "active": .active, "verified": [.active, .verified],
            "superuser": [.active, .superuser],
          ]
          let found = try await authenticator.authenticate(
            headers, requiring: try #require(requirements[path[0]]))
          return FastAPIUsers.Response(status: 200, json: .string(found.user.id.tokenSubject))
        }
      } catch let error as FastAPIUsers.AuthenticationError {
        return error.response
      } catch let error as FastAPIUsers.LoginError {
        return error.response
      }
    }
  }

  @Test("a cookie has the attributes requested, in Starlette's order, and quotes what needs quotes")
  func cookies() throws {
    let all = try FastAPIUsers.CookieTransport(
      name: "c", maximumAge: 0, path: "/a", domain: "x.test", isSecure: false, isHTTPOnly: false,
      sameSite: .strict)
    #expect(
      all.loginResponse("a b;\"é").headers
        == [
          FastAPIUsers.HeaderField(
            "set-cookie",
            #"c="a b\073\"\351"; Domain=x.test; Max-Age=0; Path=/a; SameSite=strict"#)
        ])
    let back = [FastAPIUsers.HeaderField("Cookie", #"c="a b\073\"\351""#)]
    #expect(try all.token(in: back) == "a b;\"é")
    // White space outside ASCII is a part of a name: with it a neighbour's cookie would replace c.
    for space in ["\u{85}", "\u{a0}", "\u{1680}", "\u{2000}", "\u{2028}", "\u{3000}"] {
      let two = [FastAPIUsers.HeaderField("Cookie", "c=1; \(space)c=2")]
      #expect(try all.token(in: two) == "1")
    }
    #expect(throws: FastAPIUsers.TransportError.cookieNameInvalid) {
      try FastAPIUsers.CookieTransport(name: "a b")
    }
    #expect(throws: FastAPIUsers.TransportError.cookieAttributeInvalid) {
      try FastAPIUsers.CookieTransport(path: "/;x")
    }
    #expect(throws: FastAPIUsers.TransportError.cookieAttributeInvalid) {
      try FastAPIUsers.CookieTransport(domain: "x\r\nSet-Cookie: y")
    }
  }

  @Test(
    "the last cookie of a name counts, names match whole, a megabyte takes linear time")
  func cookieHeader() throws {
    let transport = try FastAPIUsers.CookieTransport(name: "c")
    func token(_ values: String...) -> String? {
      try? transport.token(in: values.map { FastAPIUsers.HeaderField("cookie", $0) })
    }
    #expect(token("c=1; c=2") == "2" && token("c=1", "c=2") == "2")
    #expect(token("xc=1; cx=2; C=3; c") == nil && token("c=") == nil)
    #expect(token(" a=b=c;c = 1 ;d") == "1")
    #expect(token(String(repeating: "x=y; ", count: 200_000) + "c=1") == "1")
  }

  @Test("two backends whose names map to one variable are refused")
  func names() throws {
    let transport = FastAPIUsers.BearerTransport(tokenURL: "")
    let make = { (name: String) in
      FastAPIUsers.AuthenticationBackend(name: name, transport: transport) {
        try JWTStrategy(secret: "", lifetimeSeconds: 1)
      }
    }
    #expect(throws: FastAPIUsers.AuthenticatorError.duplicateBackendNames) {
      try FastAPIUsers.Authenticator([make("a-b"), make("1ab")], Self.accounts)
    }
    _ = try FastAPIUsers.Authenticator([make("a"), make("A")], Self.accounts)
  }

  @Test(
    "backends are tried in order, without disabled ones; no strategy is made without a token")
  func order() async throws {
    let calls = Warnings()
    let strategy = try JWTStrategy(
      secret: InteropAccountTests.secret, lifetimeSeconds: 3600,
      clock: { InteropAccountTests.now })
    let backends = try ["one", "two"].map { name in
      FastAPIUsers.AuthenticationBackend(
        name: name, transport: try FastAPIUsers.CookieTransport(name: name)
      ) {
        calls.add(name)
        return strategy
      }
    }
    let authenticator = try FastAPIUsers.Authenticator(backends, Self.accounts)
    let token = try strategy.writeToken(Self.accounts.all[0])
    let two = [FastAPIUsers.HeaderField("Cookie", "two=\(token)")]
    #expect(try await authenticator.authenticate(two).backend.name == "two")
    #expect(calls.count == 1 && calls.first == "two")
    await #expect(throws: FastAPIUsers.AuthenticationError.unauthorized) {
      try await authenticator.authenticate(two, isEnabled: { $0.name == "one" })
    }
    let both = [FastAPIUsers.HeaderField("Cookie", "one=x; two=\(token)")]
    #expect(try await authenticator.authenticate(both).backend.name == "two")
  }
}
