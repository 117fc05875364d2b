// A provider of keys on loopback: metadata, a set, and an outage when the test says so.
import Hummingbird
import HummingbirdTesting
import Jot
import JotRemoteKeys
import Synchronization

final class Provider: Sendable {
  let key: SigningKey
  private let isUp: Mutex<Bool>
  private let issuer = Mutex("")

  init(isUp: Bool = true) throws {
    key = try SigningKey.generate(.p256, keyID: "one")
    self.isUp = Mutex(isUp)
  }

  func start() { isUp.withLock { $0 = true } }

  /// Runs the provider for the time of `body`, which gets its issuer.
  func run(_ body: @Sendable (String) async throws -> Void) async throws {
    let router = Router()
    router.get("keys") { _, _ in
      try self.answer(["keys": [self.key.publicKey!.jwkRepresentation!]])
    }
    router.get(".well-known/openid-configuration") { _, _ in
      let issuer = self.issuer.withLock { $0 }
      return try self.answer(["issuer": .string(issuer), "jwks_uri": .string("\(issuer)/keys")])
    }
    try await Application(router: router).test(.live) { client in
      let issuer = "http://localhost:\(client.port!)"
      self.issuer.withLock { $0 = issuer }
      try await body(issuer)
    }
  }

  private func answer(_ json: JSON) throws -> Response {
    guard isUp.withLock({ $0 }) else { throw HTTPError(.internalServerError) }
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: json.text)))
  }

  func token(_ issuer: String, _ claims: [String: JSON] = [:]) throws -> String {
    var all: Claims = [
      "iss": .string(issuer), "sub": "ada", "aud": "shop", "exp": .integer(4_102_444_800),
    ]
    for (name, value) in claims { all[name] = value }
    return try Signer(key: key, algorithm: .es256).sign(all)
  }
}
