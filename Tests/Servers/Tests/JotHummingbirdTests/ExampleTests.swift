import Foundation
import Hummingbird
import HummingbirdTesting
import Jot
import JotFastAPIUsers
import JotHummingbird
import JotRemoteKeys
import Testing

func shop(provider: String) throws -> some ApplicationProtocol {
  let remote = try RemoteKeySet(issuer: provider)
  let verifier = Verifier(
    keys: remote.keys, algorithms: [.rs256, .es256], audience: ["shop"], issuer: provider,
    required: ["exp"])
  let router = Router(context: BasicIdentityRequestContext<VerifiedClaims>.self)
  router.get("health") { _, _ in "ok" }
  router.group("orders")
    .add(middleware: TokenMiddleware(verifier, fetching: remote))
    .add(middleware: AuthorizationMiddleware(requiring: ["orders:read"]))
    .get { _, context in
      let claims = try context.requireIdentity()
      return "orders of \(claims.subject ?? "a client")"
    }
  return Application(router: router, services: [remote])
}

/// The article's other examples, compiled.
private func serve() async throws {
  try await shop(provider: "https://id.example.com").runService()
}

struct Access: Decodable, TokenIdentity, ScopedClaims {
  let sub: String
  let tenant: Int
  let scope: ScopeList
  var scopes: [String] { scope.scopes }
}

private func decode(verifier: Verifier) {
  let router = Router(context: BasicIdentityRequestContext<Access>.self)
  router.add(middleware: TokenMiddleware(verifier, from: [.bearer, .cookie("__Host-session")]))
  router.get("tenant") { _, context in "\(try context.requireIdentity().tenant)" }
}

private func login(manager: Accounts, key: String) throws {
  let strategy = try JWTStrategy(secret: key, lifetimeSeconds: 3600, algorithm: .rs256)
  let backend = FastAPIUsers.AuthenticationBackend(
    name: "jwt", transport: FastAPIUsers.BearerTransport(tokenURL: "auth/jwt/login")
  ) { strategy }
  let authenticator = try FastAPIUsers.Authenticator([backend], manager)
  let pool = SigningPool()
  let router = Router(context: BasicIdentityRequestContext<Account>.self)
  router.group("auth/jwt").addAuthRoutes(backend, authenticator, signing: pool)
  router.group("me")
    .add(middleware: UserMiddleware(authenticator, requiring: [.active, .verified]))
    .get { _, context in try context.requireIdentity().email }
  let application = Application(router: router, services: [pool])
  _ = application
}

@Suite("The article on a protected route")
struct ExampleTests {
  @Test("leads from a provider's URL to a protected route in 30 lines")
  func shopRuns() async throws {
    let provider = try Provider()
    try await provider.run { issuer in
      try await shop(provider: issuer).test(.live) { client in
        let health = try await client.get("/health")
        #expect(String(buffer: health.body) == "ok")
        let anonymous = try await client.get("/orders")
        #expect(anonymous.status == .unauthorized)
        for (scope, status) in [("orders:read", 200), ("orders:write", 403)] {
          let token = try provider.token(issuer, ["scope": .string(scope)])
          let answer = try await client.get("/orders", [("Authorization", "Bearer \(token)")])
          #expect(answer.status.code == status)
          #expect(String(buffer: answer.body) == (status == 200 ? "orders of ada" : ""))
        }
      }
    }
  }

  @Test("has only examples that compile, line by line")
  func examples() throws {
    let root = URL(filePath: #filePath).appending(path: "../../../../..").standardized
    let folder = "Sources/JotHummingbird/JotHummingbird.docc"
    func lines(_ file: URL) throws -> [String] {
      try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
    }
    let code = try lines(URL(filePath: #filePath)).map { $0.trimmingCharacters(in: .whitespaces) }
    var blocks: [[String]] = []
    var block: [String]?
    for line in try lines(root.appending(path: "\(folder)/ProtectedRoute.md")) {
      if line == "```swift" {
        block = []
      } else if line == "```", let found = block {
        blocks.append(found)
        block = nil
      } else {
        block?.append(line)
      }
    }
    #expect(blocks.count == 5)
    #expect(blocks[0].count <= 30 && blocks[0].contains { $0.contains("func shop(provider:") })
    for block in blocks {
      let lines = block.map { $0.trimmingCharacters(in: .whitespaces) }
      let wanted = lines.filter { !$0.isEmpty && !$0.hasPrefix("import ") }
      #expect(code.indices.contains { code[$0...].starts(with: wanted) }, "\(wanted[0])")
      for line in lines where line.hasPrefix("import ") { #expect(code.contains(line)) }
    }
  }
}
