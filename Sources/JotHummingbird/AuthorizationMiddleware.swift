// The middleware that refuses what a token does not allow.
#if Hummingbird
  public import Hummingbird
  public import Jot

  /// Lets a request go on if its identity is allowed to; otherwise answers 403 with
  /// `insufficient_scope` (RFC 6750 §3.1), or 401 if it has no identity.
  ///
  /// Add it after the middleware that sets the identity:
  ///
  /// ```swift
  /// orders.add(middleware: AuthorizationMiddleware(requiring: ["orders:read"]))
  /// admin.add(middleware: AuthorizationMiddleware(anyRole: ["admin"], in: "roles"))
  /// own.add(middleware: AuthorizationMiddleware { identity in identity.tenant == 7 })
  /// ```
  public struct AuthorizationMiddleware<Context: IdentityRequestContext>: RouterMiddleware {
    private let scopes: [String]
    private let realm: String
    private let isAllowed: @Sendable (Context.Identity) -> Bool

    /// Makes a middleware that requires all of `scopes`.
    ///
    /// - Parameters:
    ///   - scopes: Compared as bytes; a refusal names them.
    ///   - realm: The protection space that challenges name.
    /// - Precondition: Each scope is a scope-token of RFC 6749 §3.3.
    public init(
      requiring scopes: [String], realm: String = BearerError.defaultRealm
    ) where Context.Identity: ScopedClaims {
      self.init(scopes, realm) { identity in identity.hasScopes(scopes) }
    }

    /// Makes a middleware that requires any of `roles`.
    ///
    /// - Parameters:
    ///   - roles: Compared as bytes; a refusal does not name them. An empty list refuses every
    ///     request.
    ///   - path: The claim with the roles: `"roles"`, `["realm_access", "roles"]`.
    ///   - realm: The protection space that challenges name.
    public init(
      anyRole roles: [String], in path: ClaimPath, realm: String = BearerError.defaultRealm
    ) where Context.Identity == VerifiedClaims {
      self.init([], realm) { claims in roles.contains { claims.hasRole($0, in: path) } }
    }

    /// Makes a middleware that asks `isAllowed`.
    ///
    /// - Parameters:
    ///   - realm: The protection space that challenges name.
    ///   - isAllowed: Whether a request of this identity may go on.
    public init(
      realm: String = BearerError.defaultRealm,
      isAllowed: @escaping @Sendable (Context.Identity) -> Bool
    ) {
      self.init([], realm, isAllowed)
    }

    private init(
      _ scopes: [String], _ realm: String,
      _ isAllowed: @escaping @Sendable (Context.Identity) -> Bool
    ) {
      self.scopes = BearerError.checked(scopes: scopes)
      self.realm = BearerError.checked(realm: realm)
      self.isAllowed = isAllowed
    }

    /// Goes on if the identity may.
    ///
    /// - Throws: ``BearerError``; errors of `next`.
    public func handle(
      _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
      guard let identity = context.identity else {
        throw BearerError(.credentialsMissing, realm: realm)
      }
      guard isAllowed(identity) else { throw BearerError.scopeInsufficient(scopes, realm: realm) }
      return try await next(request, context)
    }
  }
#endif
