// A way to log in: a name, a transport and a strategy, which is made for each use.

/// Logs users in and out with the tokens of one strategy, carried by one transport.
public struct AuthenticationBackend: Sendable {
  /// What tells backends apart.
  public let name: String
  public let transport: any Transport
  private let strategy: @Sendable () async throws -> any Strategy

  /// - Parameters:
  ///   - name: What tells backends apart.
  ///   - transport: How tokens travel.
  ///   - strategy: Called for each use; it may make a strategy anew, or return the same one.
  public init(
    name: String, transport: any Transport,
    strategy: @escaping @Sendable () async throws -> any Strategy
  ) {
    (self.name, self.transport, self.strategy) = (name, transport, strategy)
  }

  /// Makes a token for `user` and returns the answer that carries it.
  public func login(_ user: some User) async throws -> Response {
    transport.loginResponse(try await strategy().writeToken(user))
  }

  /// Returns the user whom `token` speaks of, or nil.
  public func authenticate<Manager: UserManager>(
    _ token: String?, _ manager: Manager
  ) async throws -> Manager.User? {
    guard let token else { return nil }
    return try await strategy().readToken(token, manager)
  }

  /// Destroys `token` where the strategy can; where it can't, as with a JWT, it does nothing.
  /// Returns the answer that tells the client, or says nothing.
  public func logout(_ token: String, _ user: some User) async throws -> Response {
    do {
      try await strategy().destroyToken(token, user)
    } catch StrategyError.destroyNotSupported {
      // By design: a JWT is valid until it expires, and a logout may not fail for that.
    }
    return transport.logoutResponse() ?? Response(status: 204)
  }
}
