// What FastAPI Users' routes ask of an application: users, passwords and messages are its own.
#if Hummingbird
  public import JotFastAPIUsers

  extension FastAPIUsers {
    /// A user manager that checks passwords, for the route `login`.
    public protocol LoginManager: AccountManager {
      /// Returns the user with this name and password; nil if there is none.
      ///
      /// Hash a password even for a name that no user has, so that the time does not tell which
      /// names exist; and not on the thread that called.
      ///
      /// - Parameters:
      ///   - username: The e-mail address, as sent.
      ///   - password: As sent; at most 16 KiB.
      func authenticate(username: String, password: String) async throws -> User?
    }

    /// A user manager whose users verify their addresses.
    public protocol VerificationManager: AccountManager {
      /// Sends `token` to the user's address, or notes that it is to be sent: a client that can
      /// measure how long this takes learns that the address is known.
      func send(verifyToken token: String, to user: User) async throws

      /// Stores that the user's address is verified, and returns the user.
      func setVerified(_ user: User) async throws -> User

      /// Returns what a client sees of a user.
      func json(of user: User) -> JSON
    }

    /// A user manager whose users reset their passwords.
    public protocol ResetManager: AccountManager {
      /// Sends `token` to the user's address, or notes that it is to be sent.
      func send(resetToken token: String, to user: User) async throws

      /// Stores a new password.
      ///
      /// - Throws: `PasswordError` if it is not good enough.
      func setPassword(_ password: String, of user: User) async throws
    }

    /// Why a new password is refused.
    public struct PasswordError: Error, Equatable, Sendable {
      /// What the client is told.
      public let reason: String

      /// Makes an error.
      public init(reason: String) { self.reason = reason }
    }
  }

  extension FastAPIUsers.VerificationManager {
    /// Returns the members of FastAPI Users' `BaseUser`, in its order.
    public func json(of user: User) -> JSON {
      [
        "id": (user.id as? Int).map { .integer(Int64($0)) } ?? .string(user.id.tokenSubject),
        "email": .string(user.email), "is_active": .bool(user.isActive),
        "is_superuser": .bool(user.isSuperuser), "is_verified": .bool(user.isVerified),
      ]
    }
  }
#endif
