// The modes: one route for each, in one process; only the middleware differs.
import Hummingbird
import JWTKit
import Jot
import JotHummingbird

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
    add("none")
    add("base", ReadingMiddleware())
    add("hs256", TokenMiddleware(hs256))
    addDecoding("hs256-struct", TokenMiddleware(hs256))
    add("hs256-cached", TokenMiddleware(cached(hs256)))
    add("rs256", TokenMiddleware(rs256))
    add("rs256-cached", TokenMiddleware(cached(rs256)))
    add("es256", TokenMiddleware(es256))
    let (hmac, rsa, ecdsa) = (JWTKeyCollection(), JWTKeyCollection(), JWTKeyCollection())
    await hmac.add(hmac: HMACKey(from: settings.secret), digestAlgorithm: .sha256)
    await rsa.add(rsa: try Insecure.RSA.PublicKey(pem: settings.rs256), digestAlgorithm: .sha256)
    await ecdsa.add(ecdsa: try ES256PublicKey(pem: settings.es256))
    add("jwt-kit-hs256", JWTKitMiddleware(keys: hmac))
    add("jwt-kit-rs256", JWTKitMiddleware(keys: rsa))
    add("jwt-kit-es256", JWTKitMiddleware(keys: ecdsa))
  }

  private func add(
    _ name: String, _ middleware: (any MiddlewareProtocol<Request, Response, LoadContext>)? = nil
  ) {
    let group = router.group(RouterPath(name))
    if let middleware { group.add(middleware: middleware) }
    group.get(use: Self.answer)
  }

  private func addDecoding(_ name: String, _ middleware: TokenMiddleware<DecodedContext>) {
    let group = router.group(RouterPath(name), context: DecodedContext.self)
    group.add(middleware: middleware).get(use: Self.answer)
  }

  /// The same answer in every mode.
  private static func answer(
    _: Request, _: some RequestContext
  ) async throws -> HTTPResponse.Status {
    Counters.count()
    return .ok
  }
}
