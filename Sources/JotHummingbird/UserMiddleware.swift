// The middleware that finds FastAPI Users' user of a request.
#if Hummingbird
  public import Hummingbird
  public import JotFastAPIUsers

  /// Finds the user of each request and sets the context's identity; refuses other requests as
  /// FastAPI Users does: 401 without a challenge, or 403.
  ///
  /// ```swift
  /// let router = Router(context: BasicIdentityRequestContext<Account>.self)
  /// router.add(middleware: UserMiddleware(authenticator, requiring: [.active, .verified]))
  /// ```
  public struct UserMiddleware<Context: IdentityRequestContext, Manager: FastAPIUsers.UserManager>:
    RouterMiddleware
  where Manager.User: FastAPIUsers.AccountUser, Context.Identity == Manager.User {
    private let authenticator: FastAPIUsers.Authenticator<Manager>
    private let requirements: FastAPIUsers.Requirements
    private let isOptional: Bool

    /// Makes a middleware.
    ///
    /// - Parameters:
    ///   - authenticator: Tries its backends in order; the first whose token identifies a user
    ///     decides.
    ///   - requirements: What the user must be.
    ///   - isOptional: Whether a request goes on without an identity if no user meets the
    ///     requirements, as in FastAPI Users even if its token is not valid.
    public init(
      _ authenticator: FastAPIUsers.Authenticator<Manager>,
      requiring requirements: FastAPIUsers.Requirements = .active, isOptional: Bool = false
    ) {
      (self.authenticator, self.requirements) = (authenticator, requirements)
      self.isOptional = isOptional
    }

    /// Sets the context's identity and goes on.
    ///
    /// - Throws: `FastAPIUsers.AuthenticationError`; errors of the manager, of a strategy and of
    ///   `next`.
    public func handle(
      _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
      var context = context
      let fields = request.headers.credentials
      let found =
        if isOptional {
          try await authenticator.authenticateIfPresent(fields, requiring: requirements)
        } else {
          try await authenticator.authenticate(fields, requiring: requirements)
        }
      context.identity = found?.user
      return try await next(request, context)
    }
  }
#endif
