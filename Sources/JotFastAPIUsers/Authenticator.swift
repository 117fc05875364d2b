// Finds the user of a request: several backends, tried in order.

extension FastAPIUsers {
  /// A user with the flags that an application can require.
  public protocol AccountUser: User {
    /// The user's e-mail address.
    var email: String { get }
    /// Whether the account may be used; an inactive user counts as none.
    var isActive: Bool { get }
    /// Whether the e-mail address is verified.
    var isVerified: Bool { get }
    /// Whether the user may do everything.
    var isSuperuser: Bool { get }
  }

  /// The required flags of a request's user.
  public struct Requirements: OptionSet, Sendable {
    /// The flags as bits.
    public let rawValue: Int
    /// Makes requirements from bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The user is active; otherwise the response is 401.
    public static let active = Requirements(rawValue: 1)
    /// The user is verified; otherwise the response is 403.
    public static let verified = Requirements(rawValue: 2)
    /// The user is a superuser; otherwise the response is 403.
    public static let superuser = Requirements(rawValue: 4)
  }

  /// Finds the user of a request.
  public struct Authenticator<Manager: UserManager>: Sendable where Manager.User: AccountUser {
    private let backends: [AuthenticationBackend]
    package let manager: Manager

    /// A user, and how the request identified it.
    public struct Authenticated: Sendable {
      /// The request's user.
      public let user: Manager.User
      /// The token that identified the user.
      public let token: String
      /// The backend whose transport carried the token.
      public let backend: AuthenticationBackend
    }

    /// Makes an authenticator.
    ///
    /// - Parameters:
    ///   - backends: Tried in this order.
    ///   - manager: Finds the users.
    /// - Throws: `duplicateBackendNames`. Names are compared after removing everything but ASCII
    ///   letters, digits and underscores.
    public init(
      _ backends: [AuthenticationBackend], _ manager: Manager
    ) throws(AuthenticatorError) {
      let names = backends.map { Self.reduced($0.name) }
      guard Set(names).count == names.count else { throw .duplicateBackendNames }
      (self.backends, self.manager) = (backends, manager)
    }

    /// Returns the request's user.
    ///
    /// The first backend whose token identifies a user decides. After an invalid token the next
    /// backend is tried; a backend without a token is skipped.
    ///
    /// - Parameters:
    ///   - headers: The request's fields.
    ///   - requirements: The required flags; `active` is checked first: an inactive user counts as
    ///     none.
    ///   - isEnabled: Selects the backends to try.
    /// - Throws: ``AuthenticationError``, with the response to send; errors of the manager or a
    ///   strategy.
    public func authenticate(
      _ headers: [HeaderField], requiring requirements: Requirements = [],
      isEnabled: (AuthenticationBackend) async throws -> Bool = { _ in true }
    ) async throws -> Authenticated {
      for backend in backends where try await isEnabled(backend) {
        guard let token = try? backend.transport.token(in: headers),
          let user = try await backend.authenticate(token, manager)
        else { continue }
        if requirements.contains(.active), !user.isActive { throw AuthenticationError.unauthorized }
        if requirements.contains(.verified), !user.isVerified {
          throw AuthenticationError.forbidden
        }
        if requirements.contains(.superuser), !user.isSuperuser {
          throw AuthenticationError.forbidden
        }
        return Authenticated(user: user, token: token, backend: backend)
      }
      throw AuthenticationError.unauthorized
    }

    /// Returns the request's user, or nil if no user meets the requirements.
    public func authenticateIfPresent(
      _ headers: [HeaderField], requiring requirements: Requirements = [],
      isEnabled: (AuthenticationBackend) async throws -> Bool = { _ in true }
    ) async throws -> Authenticated? {
      do {
        return try await authenticate(headers, requiring: requirements, isEnabled: isEnabled)
      } catch is AuthenticationError {
        return nil
      }
    }

    /// The name reduced as FastAPI Users does to make it a variable's name.
    private static func reduced(_ name: String) -> String {
      let letters = name.utf8.filter { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
      return String(
        decoding: letters.drop { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }, as: UTF8.self)
    }
  }

  /// Why an authenticator can't be made.
  public enum AuthenticatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Two backends have the same name.
    case duplicateBackendNames

    /// What is wrong, and what to do.
    public var description: String { "two backends have the same name; give each its own" }
  }

  /// Why a request is refused; the response says no more.
  public enum AuthenticationError: Error, Equatable, Sendable {
    /// No user, or an inactive one.
    case unauthorized
    /// A user who is not verified or not a superuser.
    case forbidden

    /// The response to send: 401 or 403, without the reason.
    public var response: Response {
      switch self {
      case .unauthorized: Response(status: 401, detail: "Unauthorized")
      case .forbidden: Response(status: 403, detail: "Forbidden")
      }
    }
  }
}
