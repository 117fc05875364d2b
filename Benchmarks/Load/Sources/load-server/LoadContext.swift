// The context of a request, the same type in every mode.
import Hummingbird
import Jot

/// What a middleware found out about a request.
struct LoadContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  var claims: VerifiedClaims?
  var user: RequestClaims?
  var payload: JWTKitClaims?

  init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}

extension Request {
  /// The token of the field Authorization; a request without one is refused.
  var bearer: Substring {
    get throws {
      guard let field = headers[.authorization], field.hasPrefix("Bearer ") else {
        throw HTTPError(.unauthorized)
      }
      return field.dropFirst("Bearer ".count)
    }
  }
}
