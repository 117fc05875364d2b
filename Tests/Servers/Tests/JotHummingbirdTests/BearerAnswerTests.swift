import Hummingbird
import HummingbirdTesting
import Jot
import JotHummingbird
import Testing

/// A request, and what it must be answered.
private struct Row: CustomTestStringConvertible {
  let testDescription: String
  let path: String
  let fields: [(String, String)]
  let status: Int
  /// The challenge behind the realm; nil for none.
  let challenge: String?
  let body: String

  init(
    _ name: String, _ path: String, _ fields: [(String, String)], _ status: Int,
    _ challenge: String? = nil, body: String = ""
  ) {
    (testDescription, self.path, self.fields) = (name, path, fields)
    (self.status, self.challenge, self.body) = (status, challenge, body)
  }
}

@Suite("The answers of RFC 6750")
struct BearerAnswerTests {
  private static let maker = try! TokenMaker()
  private static let good = maker.token(["scope": "orders:read"])
  private static let malformed =
    #", error="invalid_request", error_description="The request must carry one token""#
  private static let invalid =
    #", error="invalid_token", error_description="The token is not valid""#
  private static let expired =
    #", error="invalid_token", error_description="The token has expired""#
  private static let insufficient =
    #", error="insufficient_scope", error_description="The token does not allow this""#

  private static func bearer(_ token: String, _ scheme: String = "Bearer ") -> [(String, String)] {
    [("Authorization", scheme + token)]
  }

  private static let rows: [Row] = [
    Row("no credentials", "/claims", [], 401, ""),
    Row("another scheme", "/claims", bearer("YTpi", "Basic "), 401, ""),
    Row("a scheme that begins like Bearer", "/claims", bearer(good, "Bearers "), 401, ""),
    Row("a good token", "/claims", bearer(good), 200, body: "ada"),
    Row(
      "the scheme in another case, two spaces", "/claims", bearer(good, "bEARER  "), 200,
      body: "ada"),
    Row("no token behind the scheme", "/claims", bearer("", "Bearer"), 400, malformed),
    Row("characters that no token has", "/claims", bearer("a b"), 400, malformed),
    Row("a tab behind the scheme", "/claims", bearer("\(good)", "Bearer\t"), 401, ""),
    Row("padding inside", "/claims", bearer("a=b"), 400, malformed),
    Row("a list of tokens", "/claims", bearer("\(good), Bearer \(good)"), 400, malformed),
    Row("two fields", "/claims", bearer(good) + bearer(good), 400, malformed),
    Row(
      "two fields of two schemes", "/claims", bearer(good) + bearer("YTpi", "Basic "), 400,
      malformed),
    Row(
      "a token and a cookie", "/claims", bearer(good) + [("Cookie", "session=\(good)")], 400,
      malformed),
    Row("a cookie", "/claims", [("Cookie", "a=b; session=\(good); c=d")], 200, body: "ada"),
    Row("a cookie in quotes", "/claims", [("Cookie", "session=\"\(good)\"")], 200, body: "ada"),
    Row(
      "a cookie in a field of its own", "/claims",
      [("Cookie", "a=b"), ("Cookie", "session=\(good)")], 200, body: "ada"),
    Row(
      "two cookies of one name", "/claims", [("Cookie", "session=x; session=\(good)")], 400,
      malformed),
    Row("an empty cookie", "/claims", [("Cookie", "session=")], 401, ""),
    Row(
      "a cookie whose name only ends so", "/claims",
      [("Cookie", "xsession=\(good); Session=\(good)")], 401, ""),
    Row("a cookie that is no token", "/claims", [("Cookie", "session=<script>")], 401, invalid),
    Row("garbage", "/claims", bearer("x"), 401, invalid),
    Row("a forged token", "/claims", bearer(String(good.dropLast(4)) + "AAAA"), 401, invalid),
    Row("an expired token", "/claims", bearer(maker.token(["exp": 1])), 401, expired),
    Row(
      "a token of another audience", "/claims", bearer(maker.token(["aud": "bank"])), 401, invalid),
    Row("a token without exp", "/claims", bearer(maker.token(["exp": nil])), 401, invalid),
    Row(
      "a token of 70,000 characters", "/claims", bearer(String(repeating: "a", count: 70_000)), 401,
      invalid),
    Row("no credentials where none are needed", "/optional", [], 200, body: "anonymous"),
    Row(
      "another scheme where none are needed", "/optional", bearer("YTpi", "Basic "), 200,
      body: "anonymous"),
    Row("a good token where none is needed", "/optional", bearer(good), 200, body: "ada"),
    Row("a bad token where none is needed", "/optional", bearer("x"), 401, invalid),
    Row(
      "two tokens where none is needed", "/optional", bearer(good) + bearer(good), 400, malformed),
    Row(
      "a token for the middleware before alone", "/inner", [("Cookie", "session=\(good)")], 200,
      body: "anonymous"),
    Row("a route that asks for an identity itself", "/required", [], 401, ""),
    Row("claims that fit the type", "/struct", bearer(maker.token(["tenant": 7])), 200, body: "7"),
    Row("claims that do not fit the type", "/struct", bearer(good), 401, invalid),
    Row("a token that is allowed", "/allowed", bearer(good), 200, body: "ada"),
    Row("a token that is not allowed", "/denied", bearer(good), 403, insufficient),
    Row("nobody where somebody is allowed", "/allowed", [], 401, ""),
    Row("the scope", "/read", bearer(good), 200, body: "ada"),
    Row(
      "one scope of two", "/write", bearer(good), 403,
      insufficient + #", scope="orders:read orders:write""#),
    Row(
      "both scopes", "/write", bearer(maker.token(["scope": "a orders:write orders:read"])), 200,
      body: "ada"),
    Row("no scope", "/read", bearer(maker.token()), 403, insufficient + #", scope="orders:read""#),
    Row(
      "a scope that only begins so", "/read", bearer(maker.token(["scope": "orders:reads"])), 403,
      insufficient + #", scope="orders:read""#),
    Row(
      "one of the roles", "/admin", bearer(maker.token(["realm": ["roles": ["admin"]]])), 200,
      body: "ada"),
    Row(
      "another role", "/admin", bearer(maker.token(["realm": ["roles": ["user"]]])), 403,
      insufficient),
    Row("a role elsewhere", "/admin", bearer(maker.token(["roles": ["admin"]])), 403, insufficient),
    Row("keys that can't be had", "/down", bearer(good), 503),
    Row("a machine that fails", "/broken", bearer(good), 500),
    Row("a realm", "/shop", [], 401, ""),
    Row("a token met before", "/cached", bearer(good), 200, body: "ada"),
    Row("a token in the cache", "/cached", bearer(good), 200, body: "ada"),
  ]

  private struct Access: Decodable, TokenIdentity {
    let sub: String
    let tenant: Int
  }

  private struct Child: IdentityRequestContext, ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    var identity: Access?
    init(context: BasicIdentityRequestContext<VerifiedClaims>) { coreContext = context.coreContext }
  }

  /// A verifier whose machine fails.
  private struct Broken: TokenVerifier {
    let tokenLimit = 1000
    func verify(
      _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
    ) throws(JWTError) -> ClaimIndex {
      throw .cryptographyFailed
    }
  }

  private static func application() throws -> some ApplicationProtocol {
    typealias Context = BasicIdentityRequestContext<VerifiedClaims>
    let router = Router(context: Context.self)
    let verifier = maker.verifier
    func add(_ path: RouterPath, _ all: any MiddlewareProtocol<Request, Response, Context>...) {
      let group = router.group(path)
      for middleware in all { group.add(middleware: middleware) }
      group.get { _, context in context.identity.map { $0.subject ?? "" } ?? "anonymous" }
    }
    let needed = TokenMiddleware<Context>(verifier)
    let optional = TokenMiddleware<Context>(verifier, isOptional: true)
    add("claims", TokenMiddleware(verifier, from: [.bearer, .cookie("session")]))
    add("cached", TokenMiddleware(CachedVerifier(verifier, cache: TokenCache())))
    add("optional", optional)
    add("inner", TokenMiddleware(verifier, from: [.cookie("session")]), optional)
    add("allowed", optional, AuthorizationMiddleware { $0.subject == "ada" })
    add("denied", needed, AuthorizationMiddleware { $0.subject == "bob" })
    add("read", needed, AuthorizationMiddleware(requiring: ["orders:read"]))
    add("write", needed, AuthorizationMiddleware(requiring: ["orders:read", "orders:write"]))
    add(
      "admin", needed, AuthorizationMiddleware(anyRole: ["root", "admin"], in: ["realm", "roles"]))
    add("down", TokenMiddleware(Verifier(keys: RotatingKeySet(), algorithms: [.hs256])))
    add("broken", TokenMiddleware(Broken()))
    add("shop", TokenMiddleware(verifier, realm: "shop"))
    router.get("required") { _, context in try context.requireIdentity().subject ?? "" }
    router.group("struct", context: Child.self).add(middleware: TokenMiddleware(verifier))
      .get { _, context in "\(try context.requireIdentity().tenant)" }
    return Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
  }

  @Test("each request has its status and its challenge")
  func answers() async throws {
    try await Self.application().test(.live) { client in
      for row in Self.rows {
        let response = try await client.get(row.path, row.fields)
        let name = row.testDescription
        #expect(response.status.code == row.status, "\(name)")
        let realm = row.path == "/shop" ? "shop" : "api"
        let challenge = row.challenge.map { "Bearer realm=\"\(realm)\"" + $0 }
        #expect(response.headers[.wwwAuthenticate] == challenge, "\(name)")
        #expect(String(buffer: response.body) == row.body, "\(name)")
        #expect(response.headers[.retryAfter] == (row.status == 503 ? "5" : nil), "\(name)")
        #expect(response.headers[.cacheControl] == nil, "\(name)")
      }
    }
  }

  @Test("a field beyond the server's limit is refused, and the server goes on")
  func hugeField() async throws {
    try await Self.application().test(.live) { client in
      let long = Self.bearer(String(repeating: "a", count: 200_000))
      if let response = try? await client.get("/claims", long) {
        #expect(response.status.code >= 400)
      }
      try await TestClient.withClient(host: "localhost", port: try #require(client.port)) { next in
        let response = try await next.get(
          "/claims", headers: HTTPFields(Self.bearer(Self.good)))
        #expect(response.status == .ok)
      }
    }
  }

  @Test("a realm, a scope and a cookie's name with other characters trap, and so does no carrier")
  func preconditions() async throws {
    typealias Middleware = TokenMiddleware<BasicIdentityRequestContext<VerifiedClaims>>
    await #expect(processExitsWith: .failure) {
      _ = Middleware(try TokenMaker().verifier, realm: "a\"b")
    }
    await #expect(processExitsWith: .failure) {
      _ = Middleware(try TokenMaker().verifier, realm: "a\r\nb")
    }
    await #expect(processExitsWith: .failure) {
      _ = Middleware(try TokenMaker().verifier, from: [])
    }
    await #expect(processExitsWith: .failure) { _ = TokenCarrier.cookie("a b") }
    await #expect(processExitsWith: .failure) { _ = BearerError.scopeInsufficient(["a b"]) }
    await #expect(processExitsWith: .success) {
      _ = Middleware(try TokenMaker().verifier, from: [.cookie("__Host-a")], realm: "a b")
    }
  }
}
