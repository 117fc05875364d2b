// The modes: one route for each, in one process; only the middleware differs.
import Hummingbird
import JWTKit
import Jot

/// The routes of all modes.
struct Modes {
  let router = Router(context: LoadContext.self)

  init(_ settings: Settings) async throws {
    Expected.set(Expected(issuer: settings.issuer, audience: settings.audience))
    func verifier(_ key: VerificationKey, _ algorithm: Algorithm) throws -> Verifier {
      try Verifier(
        key: key, algorithms: [algorithm], audience: [settings.audience], issuer: settings.issuer,
        required: ["exp"])
    }
    func cached(_ verifier: Verifier) -> CachedVerifier {
      CachedVerifier(verifier, cache: TokenCache())
    }
    let hs256 = try verifier(VerificationKey(secret: Secret(settings.secret)), .hs256)
    let rs256 = try verifier(VerificationKey(publicKey: settings.rs256), .rs256)
    let es256 = try verifier(VerificationKey(publicKey: settings.es256), .es256)
    add("none", [])
    add("base", [ReadingMiddleware()])
    add("hs256", [VerifyingMiddleware(verifier: hs256)])
    add("hs256-struct", [DecodingMiddleware(verifier: hs256)])
    add("hs256-cached", [VerifyingMiddleware(verifier: cached(hs256))])
    add("rs256", [VerifyingMiddleware(verifier: rs256)])
    add("rs256-cached", [VerifyingMiddleware(verifier: cached(rs256))])
    add("es256", [VerifyingMiddleware(verifier: es256)])
    let (hmac, rsa, ecdsa) = (JWTKeyCollection(), JWTKeyCollection(), JWTKeyCollection())
    await hmac.add(hmac: HMACKey(from: settings.secret), digestAlgorithm: .sha256)
    await rsa.add(rsa: try Insecure.RSA.PublicKey(pem: settings.rs256), digestAlgorithm: .sha256)
    await ecdsa.add(ecdsa: try ES256PublicKey(pem: settings.es256))
    add("jwt-kit-hs256", [JWTKitMiddleware(keys: hmac)])
    add("jwt-kit-rs256", [JWTKitMiddleware(keys: rsa)])
    add("jwt-kit-es256", [JWTKitMiddleware(keys: ecdsa)])
  }

  private func add(
    _ name: String, _ middlewares: [any MiddlewareProtocol<Request, Response, LoadContext>]
  ) {
    let group = router.group(RouterPath(name))
    for middleware in middlewares { group.add(middleware: middleware) }
    group.get { _, _ in
      Counters.count()
      return HTTPResponse.Status.ok
    }
  }
}
