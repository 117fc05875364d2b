// FastAPI Users' accounts of the vectors, in memory, and a server with every route.
import Foundation
import Hummingbird
import JotFastAPIUsers
import JotHummingbird
import Synchronization

struct Account: FastAPIUsers.AccountUser {
  let id: FastAPIUsers.UUIDValue
  let email: String
  var isActive = true
  var isVerified = false
  var isSuperuser = false
  var password = "guinevere"
}

final class Accounts: FastAPIUsers.LoginManager, FastAPIUsers.VerificationManager,
  FastAPIUsers.ResetManager
{
  private let all: Mutex<[Account]>
  private let sent = Mutex<[String]>([])

  init(_ all: [Account]) { self.all = Mutex(all) }

  /// What was sent and not taken yet.
  func takeSent() -> [String] {
    sent.withLock { sent in
      defer { sent = [] }
      return sent
    }
  }

  func change(_ email: String, _ change: @Sendable (inout Account) -> Void) {
    all.withLock { all in
      for index in all.indices where all[index].email == email { change(&all[index]) }
    }
  }

  func get(_ id: FastAPIUsers.UUIDValue) async throws -> Account { try find { $0.id == id } }
  func get(email: String) async throws -> Account { try find { $0.email == email } }

  func authenticate(username: String, password: String) async throws -> Account? {
    let account = try await get(email: username)
    return account.password == password ? account : nil
  }

  func send(verifyToken token: String, to user: Account) async throws {
    sent.withLock { $0.append(token) }
  }

  func send(resetToken token: String, to user: Account) async throws {
    sent.withLock { $0.append(token) }
  }

  func setVerified(_ user: Account) async throws -> Account {
    change(user.email) { $0.isVerified = true }
    return try await get(user.id)
  }

  func setPassword(_ password: String, of user: Account) async throws {
    guard password.count >= 3 else {
      throw FastAPIUsers.PasswordError(reason: "Password should be at least 3 characters")
    }
    change(user.email) { $0.password = password }
  }

  private func find(_ isWanted: (Account) -> Bool) throws -> Account {
    guard let found = all.withLock({ $0.first(where: isWanted) }) else {
      throw FastAPIUsers.UserError.notFound
    }
    return found
  }
}

/// The vectors that FastAPI Users wrote, and the application that they describe.
struct Interop {
  static let json: JSON = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../../Vectors/fastapi-users-interop.json")
    return try! JSON(object: String(contentsOf: file, encoding: .utf8))
  }()
  static let http = json["http"]!.array![0]
  static let now: Int64 = 1_767_225_600
  static let secret = json["keys"]!["hs"]!["secret"]!.string!

  static func accounts() -> Accounts {
    guard case .object(let members) = http["users"]! else { fatalError("users are an object") }
    return Accounts(
      members.map { member in
        let user = member.value
        return Account(
          id: FastAPIUsers.UUIDValue(tokenSubject: user["id"]!.string!)!,
          email: user["email"]!.string!, isActive: user["is_active"]!.bool!,
          isVerified: user["is_verified"]!.bool!, isSuperuser: user["is_superuser"]!.bool!)
      })
  }

  static func strategy(_ algorithm: Algorithm = .hs256, _ key: String = secret) throws
    -> JWTStrategy
  {
    try JWTStrategy(
      secret: key, lifetimeSeconds: 3600, algorithm: algorithm, clock: { now }, warn: { _ in })
  }

  static func application(
    _ accounts: Accounts, strategy: JWTStrategy, signing pool: SigningPool? = nil
  ) throws -> some ApplicationProtocol {
    typealias Context = BasicIdentityRequestContext<Account>
    let bearer = FastAPIUsers.AuthenticationBackend(
      name: "jwt", transport: FastAPIUsers.BearerTransport(tokenURL: "auth/jwt/login")
    ) { strategy }
    let cookie = FastAPIUsers.AuthenticationBackend(
      name: "cookie", transport: try FastAPIUsers.CookieTransport(maximumAge: 3600)
    ) { strategy }
    let authenticator = try FastAPIUsers.Authenticator([bearer, cookie], accounts)
    let router = Router(context: Context.self)
    router.group("auth/jwt").addAuthRoutes(bearer, authenticator, signing: pool)
    router.group("auth/cookie").addAuthRoutes(cookie, authenticator)
    router.group("auth/strict").addAuthRoutes(bearer, authenticator, requiresVerification: true)
    router.group("auth").addVerifyRoutes(
      FastAPIUsers.VerifyTokens(try tokens(FastAPIUsers.VerifyTokens.audience)), accounts
    ).addResetRoutes(
      FastAPIUsers.ResetTokens(
        try tokens(FastAPIUsers.ResetTokens<Account>.audience), fingerprint: { $0.password },
        isFingerprint: { $0 == $1.password }), accounts)
    let users: [(RouterPath, FastAPIUsers.Requirements, Bool)] = [
      ("user", [], false), ("active", .active, false), ("verified", [.active, .verified], false),
      ("superuser", [.active, .superuser], false), ("optional", .active, true),
      ("optional-verified", [.active, .verified], true),
    ]
    for (path, requirements, isOptional) in users {
      router.group(path)
        .add(
          middleware: UserMiddleware(authenticator, requiring: requirements, isOptional: isOptional)
        )
        .get { _, context in
          let id = context.identity.map { JSON.string($0.id.tokenSubject) }
          return Response(FastAPIUsers.Response(status: 200, json: id ?? .null))
        }
    }
    return Application(router: router)
  }

  private static func tokens(_ audience: String) throws -> FastAPIUsers.PurposeTokens {
    try FastAPIUsers.PurposeTokens(secret: secret, audience: audience, clock: { now })
  }
}
