// How a user becomes a token and a token a user: FastAPI Users' strategy, and what it asks of an
// application.

/// Writes, reads and destroys a user's tokens.
public protocol Strategy: Sendable {
  /// Returns the user whom `token` speaks of, or nil: no token, a bad one, an unknown user.
  ///
  /// - Throws: What `manager` throws, other than ``UserError``: a database that is down, not a bad
  ///   token.
  func readToken<Manager: UserManager>(
    _ token: String?, _ manager: Manager
  ) async throws -> Manager.User?

  /// Returns a token for `user`.
  func writeToken(_ user: some User) async throws -> String

  /// Makes `token` invalid before its time.
  ///
  /// - Throws: ``StrategyError/destroyNotSupported`` where tokens can't be.
  func destroyToken(_ token: String, _ user: some User) async throws
}

/// What a strategy can't do.
public enum StrategyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Nothing is stored, so nothing can be taken back: a logout does nothing, by design.
  case destroyNotSupported
  /// The token would expire outside the years 1 to 9999.
  case lifetimeOutOfRange

  public var description: String {
    switch self {
    case .destroyNotSupported: "a JWT can't be invalidated: it is valid until it expires"
    case .lifetimeOutOfRange: "the token would expire outside the years 1 to 9999; shorten lifetime"
    }
  }
}

/// Someone who can have a token.
public protocol User: Sendable {
  associatedtype ID: UserID
  var id: ID { get }
}

/// Finds users by the subject of a token.
public protocol UserManager: Sendable {
  associatedtype User: JotAuth.User

  /// Returns the id that `subject` is the text of.
  func parseID(_ subject: String) throws(UserError) -> User.ID

  /// Returns the user with this id.
  ///
  /// - Throws: ``UserError/notFound``, which makes a token worthless; anything else is passed on.
  func get(_ id: User.ID) async throws -> User
}

extension UserManager {
  public func parseID(_ subject: String) throws(UserError) -> User.ID {
    guard let id = User.ID(subject: subject) else { throw .invalidID }
    return id
  }
}

/// Why there is no user for a subject.
public enum UserError: Error, Equatable, Sendable {
  /// The subject is not the text of an id.
  case invalidID
  /// Nobody has this id.
  case notFound
}
