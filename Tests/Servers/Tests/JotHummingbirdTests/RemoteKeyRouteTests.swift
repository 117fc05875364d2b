import Hummingbird
import HummingbirdTesting
import Jot
import JotHummingbird
import JotRemoteKeys
import Testing

@Suite("A route behind a provider's keys", .serialized)
struct RemoteKeyRouteTests {
  private typealias Context = BasicIdentityRequestContext<VerifiedClaims>

  private static func remote(_ issuer: String) throws -> RemoteKeySet {
    var configuration = RemoteKeySet.Configuration()
    configuration.coolDown = .milliseconds(50)
    configuration.retries = .milliseconds(20) ... .milliseconds(50)
    return try RemoteKeySet(issuer: issuer, configuration: configuration)
  }

  private static func verifier(_ remote: RemoteKeySet, _ issuer: String) -> Verifier {
    Verifier(
      keys: remote.keys, algorithms: [.es256], audience: ["shop"], issuer: issuer,
      required: ["exp"])
  }

  private static func application(
    _ middleware: TokenMiddleware<Context>
  ) -> some ApplicationProtocol {
    let router = Router(context: Context.self)
    router.group("orders").add(middleware: middleware).get { _, context in
      try context.requireIdentity().subject ?? ""
    }
    return Application(router: router)
  }

  @Test("is unavailable, not forbidden, while they can't be had, and opens without a restart")
  func outage() async throws {
    let provider = try Provider(isUp: false)
    try await provider.run { issuer in
      let remote = try Self.remote(issuer)
      let cached = CachedVerifier(Self.verifier(remote, issuer), cache: TokenCache())
      let application = Self.application(TokenMiddleware(cached, fetching: remote))
      let token = [("Authorization", "Bearer \(try provider.token(issuer))")]
      try await application.test(.live) { client in
        let refused = try await client.get("/orders", token)
        #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] == "5")
        #expect(refused.headers[.wwwAuthenticate] == nil)
        let anonymous = try await client.get("/orders")
        #expect(anonymous.status == .unauthorized)
        provider.start()
        let deadline = ContinuousClock.now + .seconds(60)
        var status = refused.status
        while status == .serviceUnavailable, ContinuousClock.now < deadline {
          try await Task.sleep(for: .milliseconds(20))
          status = try await client.get("/orders", token).status
        }
        #expect(status == .ok)
        let forged = try Provider().token(issuer)
        let answer = try await client.get("/orders", [("Authorization", "Bearer \(forged)")])
        #expect(answer.status == .unauthorized)
      }
    }
  }

  @Test("fetches the keys of a token's issuer and no others")
  func issuers() async throws {
    let (ours, theirs) = (try Provider(), try Provider(isUp: false))
    try await ours.run { our in
      try await theirs.run { their in
        let sets = [try Self.remote(our), try Self.remote(their)]
        let issuers = try IssuerVerifier([
          Self.verifier(sets[0], our), Self.verifier(sets[1], their),
        ])
        let application = Self.application(TokenMiddleware(issuers, fetching: sets))
        try await application.test(.live) { client in
          for (signer, issuer, status) in [
            (ours, our, 200), (theirs, their, 503), (theirs, our, 401),
          ] {
            let token = [("Authorization", "Bearer \(try signer.token(issuer))")]
            let response = try await client.get("/orders", token)
            #expect(response.status.code == status, "\(status)")
          }
        }
      }
    }
  }
}
