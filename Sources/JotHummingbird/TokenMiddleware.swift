// The middleware that verifies a request's token and puts what it says into the context.
#if Hummingbird
  public import Hummingbird
  public import Jot
  public import JotRemoteKeys

  /// Verifies the token of each request and sets the context's identity; refuses other requests as
  /// RFC 6750 §3 says (``BearerError``).
  ///
  /// ```swift
  /// let router = Router(context: BasicIdentityRequestContext<VerifiedClaims>.self)
  /// router.add(middleware: TokenMiddleware(verifier, fetching: remote))
  /// router.get("orders") { _, context in try context.requireIdentity().subject ?? "" }
  /// ```
  ///
  /// A token is verified where the request is handled: that takes less than a change of threads
  /// would. A request waits only if its key must be fetched.
  public struct TokenMiddleware<Context: IdentityRequestContext>: RouterMiddleware
  where Context.Identity: TokenIdentity {
    private enum Way: Sendable {
      case local(@Sendable (Substring) throws(JWTError) -> VerifiedClaims)
      case fetching(@Sendable (Substring) async throws(JWTError) -> VerifiedClaims)
    }

    private let way: Way
    private let carriers: [TokenCarrier]
    private let isOptional: Bool
    private let realm: String

    /// Makes a middleware.
    ///
    /// - Parameters:
    ///   - verifier: Any verifier: of one issuer or several, with a cache or without.
    ///   - remote: The set whose keys the verifier uses: a key that is not there is fetched.
    ///   - carriers: Where a request may carry its token. One with two tokens is refused.
    ///   - isOptional: Whether a request without a token goes on, without an identity. One with a
    ///     token that is refused never does.
    ///   - realm: The protection space that challenges name; printable ASCII without quotes and
    ///     backslashes.
    public init(
      _ verifier: some TokenVerifier, fetching remote: RemoteKeySet? = nil,
      from carriers: [TokenCarrier] = [.bearer], isOptional: Bool = false,
      realm: String = BearerError.defaultRealm
    ) {
      let way: Way =
        if let remote {
          .fetching { (token) async throws(JWTError) in
            try await remote.verify(token, with: verifier)
          }
        } else {
          .local { (token) throws(JWTError) in try verifier.verify(token) }
        }
      self.init(way, carriers, isOptional, realm)
    }

    /// Makes a middleware for several issuers whose keys are fetched.
    ///
    /// - Parameters:
    ///   - issuers: Verifies with the keys of the token's issuer only.
    ///   - sets: The sets whose keys the issuers' verifiers use. Only the set of a token's issuer
    ///     is fetched.
    ///   - carriers: Where a request may carry its token. One with two tokens is refused.
    ///   - isOptional: Whether a request without a token goes on, without an identity.
    ///   - realm: The protection space that challenges name.
    public init(
      _ issuers: IssuerVerifier, fetching sets: [RemoteKeySet],
      from carriers: [TokenCarrier] = [.bearer], isOptional: Bool = false,
      realm: String = BearerError.defaultRealm
    ) {
      let way = Way.fetching { (token) async throws(JWTError) in
        try await issuers.verify(token, fetching: sets)
      }
      self.init(way, carriers, isOptional, realm)
    }

    private init(_ way: Way, _ carriers: [TokenCarrier], _ isOptional: Bool, _ realm: String) {
      precondition(!carriers.isEmpty, "a token needs a carrier")
      (self.way, self.carriers, self.isOptional) = (way, carriers, isOptional)
      self.realm = BearerError.checked(realm: realm)
    }

    /// Sets the context's identity and goes on.
    ///
    /// - Throws: ``BearerError``; errors of the identity's initializer and of `next`.
    public func handle(
      _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
      let token: Substring?
      do throws(TokenCarrier.Malformed) {
        token = try TokenCarrier.token(in: request.headers, carriers)
      } catch {
        throw BearerError(.requestInvalid, realm: realm)
      }
      var context = context
      // Not that of a middleware before this one, whose token this one does not know.
      context.identity = nil
      if let token {
        context.identity = try await identity(token, context)
      } else if !isOptional {
        throw BearerError(.credentialsMissing, realm: realm)
      }
      return try await next(request, context)
    }

    private func identity(_ token: Substring, _ context: Context) async throws -> Context.Identity {
      do {
        let claims =
          switch way {
          case .local(let verify): try verify(token)
          case .fetching(let verify): try await verify(token)
          }
        return try Context.Identity(claims)
      } catch let error as JWTError {
        context.logger.log(
          level: error.fault == .machine ? .error : .debug, "token refused",
          metadata: ["code": "\(error.code.rawValue)"])
        throw BearerError(error, realm: realm)
      } catch is DecodingError {
        context.logger.debug("token refused", metadata: ["code": "claims_not_decodable"])
        throw BearerError(.tokenInvalid, realm: realm)
      }
    }
  }
#endif
