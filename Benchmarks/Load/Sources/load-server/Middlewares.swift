// The middlewares that are not Jot's, each as small as it can be.
import Hummingbird
import JWTKit

/// Reads the token, and verifies nothing.
struct ReadingMiddleware: RouterMiddleware {
  typealias Context = LoadContext

  func handle(
    _ request: Request, context: LoadContext,
    next: (Request, LoadContext) async throws -> Response
  ) async throws -> Response {
    _ = try request.bearer
    return try await next(request, context)
  }
}

/// Verifies with jwt-kit, which decodes the claims.
struct JWTKitMiddleware: RouterMiddleware {
  typealias Context = LoadContext
  let keys: JWTKeyCollection

  func handle(
    _ request: Request, context: LoadContext,
    next: (Request, LoadContext) async throws -> Response
  ) async throws -> Response {
    let token = try request.bearer
    var context = context
    do {
      context.payload = try await keys.verify(String(token), as: JWTKitClaims.self)
    } catch {
      throw HTTPError(.unauthorized)
    }
    return try await next(request, context)
  }
}
