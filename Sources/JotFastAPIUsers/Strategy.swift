// FastAPI Users' strategy, which turns a user into a token and back, and what it needs from an
// application.

extension FastAPIUsers {
  /// Writes, reads and destroys a user's tokens.
  public protocol Strategy: Sendable {
    /// Returns the user that `token` identifies, or nil: no token, an invalid one, an unknown user.
    ///
    /// - Throws: Errors of `manager` other than ``UserError``: for example the database's, never
    ///   for an invalid token.
    func readToken<Manager: UserManager>(
      _ token: String?, _ manager: Manager
    ) async throws -> Manager.User?

    /// Returns a token for `user`.
    func writeToken(_ user: some User) async throws -> String

    /// Invalidates `token` before it expires.
    ///
    /// - Throws: ``StrategyError/destroyNotSupported`` if tokens can't be invalidated.
    func destroyToken(_ token: String, _ user: some User) async throws
  }

  /// What a strategy can't do.
  public enum StrategyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing is stored, so nothing can be revoked: a logout does nothing, by design.
    case destroyNotSupported
    /// The token would expire outside the years 1 to 9999.
    case lifetimeOutOfRange

    /// What is wrong, and what to do.
    public var description: String {
      switch self {
      case .destroyNotSupported: "a JWT can't be invalidated: it is valid until it expires"
      case .lifetimeOutOfRange:
        "the token would expire outside the years 1 to 9999; shorten lifetime"
      }
    }
  }

  /// A user for whom tokens can be made.
  public protocol User: Sendable {
    /// The type of the user's ID.
    associatedtype ID: UserID
    /// Identifies the user; written as a token's `sub`.
    var id: ID { get }
  }

  /// Finds users by the subject of a token.
  public protocol UserManager: Sendable {
    /// The type of the users.
    associatedtype User: FastAPIUsers.User

    /// Returns the ID in `subject`.
    func parseID(_ subject: String) throws(UserError) -> User.ID

    /// Returns the user with this ID.
    ///
    /// - Throws: ``UserError/notFound``, which makes the token invalid; anything else is passed on.
    func get(_ id: User.ID) async throws -> User
  }
}

extension FastAPIUsers.UserManager {
  /// Returns the ID in `subject`, as the ID's type reads it.
  ///
  /// - Throws: ``FastAPIUsers/UserError/invalidID``.
  public func parseID(_ subject: String) throws(FastAPIUsers.UserError) -> User.ID {
    guard let id = User.ID(tokenSubject: subject) else { throw .invalidID }
    return id
  }
}

extension FastAPIUsers {
  /// Why there is no user for a subject.
  public enum UserError: Error, Equatable, Sendable {
    /// The subject is not an ID.
    case invalidID
    /// No user has this ID.
    case notFound
  }
}
