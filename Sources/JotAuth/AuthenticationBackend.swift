// A way to log in: a name and a strategy, made for each use.

/// Logs users in and out with the tokens of one strategy.
public struct AuthenticationBackend: Sendable {
  /// What tells backends apart.
  public let name: String
  private let strategy: @Sendable () async throws -> any Strategy

  /// - Parameters:
  ///   - name: What tells backends apart.
  ///   - strategy: Called for each use; it may make a strategy anew, or return the same one.
  public init(name: String, strategy: @escaping @Sendable () async throws -> any Strategy) {
    self.name = name
    self.strategy = strategy
  }

  /// Returns a token for `user`.
  public func login(_ user: some User) async throws -> String {
    try await strategy().writeToken(user)
  }

  /// Returns the user whom `token` speaks of, or nil.
  public func authenticate<Manager: UserManager>(
    _ token: String?, _ manager: Manager
  ) async throws -> Manager.User? {
    try await strategy().readToken(token, manager)
  }

  /// Destroys `token` where the strategy can; where it can't, as with a JWT, it does nothing.
  public func logout(_ token: String, _ user: some User) async throws {
    do {
      try await strategy().destroyToken(token, user)
    } catch StrategyError.destroyNotSupported {
      // By design: a JWT is valid until it expires, and a logout may not fail for that.
    }
  }
}
