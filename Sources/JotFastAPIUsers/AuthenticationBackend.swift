// A login method: a name, a transport and a strategy, which is made for each use.

extension FastAPIUsers {
  /// Logs users in and out with one strategy's tokens, carried by one transport.
  public struct AuthenticationBackend: Sendable {
    /// Identifies the backend.
    public let name: String
    /// Carries the tokens.
    public let transport: any Transport
    package let strategy: @Sendable () async throws -> any Strategy

    /// Makes a backend.
    ///
    /// - Parameters:
    ///   - name: Identifies the backend.
    ///   - transport: Carries the tokens.
    ///   - strategy: Called for each use; may return a new strategy or always the same one.
    public init(
      name: String, transport: any Transport,
      strategy: @escaping @Sendable () async throws -> any Strategy
    ) {
      (self.name, self.transport, self.strategy) = (name, transport, strategy)
    }

    /// Makes a token for `user` and returns the response with it.
    public func login(_ user: some User) async throws -> Response {
      transport.loginResponse(try await strategy().writeToken(user))
    }

    /// Returns the user that `token` identifies, or nil.
    public func authenticate<Manager: UserManager>(
      _ token: String?, _ manager: Manager
    ) async throws -> Manager.User? {
      guard let token else { return nil }
      return try await strategy().readToken(token, manager)
    }

    /// Destroys `token` if the strategy can; otherwise, as with a JWT, does nothing. Returns the
    /// response, with the transport's message to the client if it has one.
    public func logout(_ token: String, _ user: some User) async throws -> Response {
      do {
        try await strategy().destroyToken(token, user)
      } catch StrategyError.destroyNotSupported {
        // By design: a JWT is valid until it expires, and a logout must not fail because of that.
      }
      return transport.logoutResponse() ?? Response(status: 204)
    }
  }
}
