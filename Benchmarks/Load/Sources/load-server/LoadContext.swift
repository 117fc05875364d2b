// The contexts of requests.
import Hummingbird
import Jot
import JotHummingbird

/// The context of every mode but one.
struct LoadContext: IdentityRequestContext {
  var coreContext: CoreRequestContextStorage
  var identity: VerifiedClaims?
  var payload: JWTKitClaims?

  init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}

/// The context of claims decoded into a structure. To make it of the other one is a part of what the
/// mode costs, some tens of nanoseconds.
struct DecodedContext: IdentityRequestContext, ChildRequestContext {
  var coreContext: CoreRequestContextStorage
  var identity: RequestClaims?

  init(context: LoadContext) { coreContext = context.coreContext }
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
