// Tokens for one purpose: FastAPI Users' helper, and its user manager's uses of it.

extension FastAPIUsers {
  /// Writes and reads tokens for one audience, with the claims of FastAPI Users' helper: the
  /// caller's, then `aud`, then `exp`.
  ///
  /// Each purpose has its own secret. The audience is a plain string, so such a token can't log a
  /// user in.
  public struct PurposeTokens: Sendable {
    private let signer: Signer
    private let verifier: Verifier
    private let lifetime: Lifetime
    private let audience: String
    private let clock: @Sendable () -> Int64

    /// Makes tokens of one purpose.
    ///
    /// - Parameters:
    ///   - secret: As for ``JWTStrategy``, for the algorithm.
    ///   - audience: The purpose of the tokens.
    ///   - lifetimeSeconds: Seconds until a token expires; nil and 0: never.
    ///   - algorithm: FastAPI Users uses HS256.
    ///   - clock: Whole seconds since 1970.
    ///   - warn: Receives the warning about a weak secret; see ``JWTStrategy``.
    /// - Throws: ``JWTError`` for an invalid key or one of another family than the algorithm's.
    public init(
      secret: String, audience: String, lifetimeSeconds: Int? = 3600,
      algorithm: Algorithm = .hs256, clock: @escaping @Sendable () -> Int64 = NumericDate.now,
      warn: @Sendable (String) -> Void = JWTStrategy.warnOnce
    ) throws(JWTError) {
      let keys = try StrategyKeys(
        secret: secret, publicKey: nil, algorithm: algorithm, warn: warn)
      signer = try Signer(key: keys.signing, algorithm: algorithm)
      verifier = try Verifier(
        key: keys.verification, algorithms: [algorithm], audience: [audience], clock: clock)
      lifetime = Lifetime(seconds: lifetimeSeconds)
      (self.audience, self.clock) = (audience, clock)
    }

    /// Returns a token with `claims`, the audience and the expiration time. A lifetime replaces
    /// `exp` among the claims.
    public func write(_ claims: Claims) throws -> String {
      var claims = claims
      claims["aud"] = .string(audience)
      try lifetime.apply(to: &claims, now: clock())
      return try signer.sign(claims)
    }

    /// Verifies `token` and returns its claims.
    public func read(_ token: String) throws(JWTError) -> VerifiedClaims {
      try verifier.verify(token)
    }
  }

  /// A user manager that also finds users by e-mail address.
  public protocol AccountManager: UserManager where User: AccountUser {
    /// Returns the user with this address.
    ///
    /// - Throws: ``UserError/notFound``; anything else is passed on.
    func get(email: String) async throws -> User
  }

  /// Why a token for one purpose is not written or is refused.
  public enum PurposeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The token is not valid for this purpose or user.
    case tokenInvalid
    /// The user is not active.
    case userInactive
    /// The user's address is already verified.
    case userAlreadyVerified

    /// What is wrong.
    public var description: String {
      switch self {
      case .tokenInvalid: "the token is not valid for this purpose or user; request a new one"
      case .userInactive: "the user is not active"
      case .userAlreadyVerified: "the user is already verified"
      }
    }
  }

  /// Tokens that verify an e-mail address.
  public struct VerifyTokens: Sendable {
    private let tokens: PurposeTokens

    /// Makes tokens that verify an address.
    ///
    /// - Parameter tokens: Must have the audience ``audience``.
    public init(_ tokens: PurposeTokens) { self.tokens = tokens }

    /// FastAPI Users' audience for this purpose.
    public static let audience = "fastapi-users:verify"

    /// Returns a token to send to the user's address.
    ///
    /// - Throws: `userInactive`, `userAlreadyVerified`.
    public func write(_ user: some AccountUser) throws -> String {
      guard user.isActive else { throw PurposeError.userInactive }
      guard !user.isVerified else { throw PurposeError.userAlreadyVerified }
      return try tokens.write(["sub": .string(user.id.tokenSubject), "email": .string(user.email)])
    }

    /// Returns the user whose address `token` verifies.
    ///
    /// - Throws: `tokenInvalid`, `userAlreadyVerified`; errors of the manager other than
    ///   ``UserError``.
    public func read<Manager: AccountManager>(
      _ token: String, _ manager: Manager
    ) async throws -> Manager.User {
      guard let claims = try? tokens.read(token), let subject = claims.subject,
        let email = claims["email"]?.string
      else { throw PurposeError.tokenInvalid }
      do {
        let user = try await manager.get(email: email)
        guard try manager.parseID(subject) == user.id else { throw PurposeError.tokenInvalid }
        guard !user.isVerified else { throw PurposeError.userAlreadyVerified }
        return user
      } catch is UserError {
        throw PurposeError.tokenInvalid
      }
    }
  }

  /// Tokens to reset a password once: they have a fingerprint of the old password.
  public struct ResetTokens<User: AccountUser>: Sendable {
    private let tokens: PurposeTokens
    private let fingerprint: @Sendable (User) async throws -> String
    private let isFingerprint: @Sendable (String, User) async throws -> Bool

    /// FastAPI Users' audience for this purpose.
    public static var audience: String { "fastapi-users:reset" }

    /// Makes tokens that reset a password.
    ///
    /// - Parameters:
    ///   - tokens: Must have the audience ``audience``.
    ///   - fingerprint: Makes a fingerprint of a user's stored password hash: FastAPI Users hashes
    ///     it again, with Argon2id.
    ///   - isFingerprint: Whether a text is a fingerprint of the user's current password hash.
    public init(
      _ tokens: PurposeTokens,
      fingerprint: @escaping @Sendable (User) async throws -> String,
      isFingerprint: @escaping @Sendable (String, User) async throws -> Bool
    ) {
      (self.tokens, self.fingerprint, self.isFingerprint) = (tokens, fingerprint, isFingerprint)
    }

    /// Returns a token to send to the user's address.
    ///
    /// - Throws: `userInactive`; errors of the closure.
    public func write(_ user: User) async throws -> String {
      guard user.isActive else { throw PurposeError.userInactive }
      return try tokens.write([
        "sub": .string(user.id.tokenSubject), "password_fgpt": .string(try await fingerprint(user)),
      ])
    }

    /// Returns the user who may set a new password with `token`.
    ///
    /// - Throws: `tokenInvalid`, `userInactive`; ``UserError/notFound`` and all other errors of the
    ///   manager or the closure.
    public func read<Manager: UserManager>(
      _ token: String, _ manager: Manager
    ) async throws -> User where Manager.User == User {
      guard let claims = try? tokens.read(token), let subject = claims.subject,
        let text = claims["password_fgpt"]?.string,
        let id = try? manager.parseID(subject)
      else { throw PurposeError.tokenInvalid }
      let user = try await manager.get(id)
      guard try await isFingerprint(text, user) else { throw PurposeError.tokenInvalid }
      guard user.isActive else { throw PurposeError.userInactive }
      return user
    }
  }

  /// Why the state of an OAuth callback is refused.
  public enum OAuthStateError: Error, Equatable, Sendable {
    /// Not a state token, or its signature is invalid.
    case undecodable
    /// The state has expired.
    case expired
    /// The browser's cookie or the user does not match.
    case invalid

    /// The response to send: 400, with FastAPI Users' code.
    public var response: Response {
      switch self {
      case .undecodable: Response(status: 400, detail: "ACCESS_TOKEN_DECODE_ERROR")
      case .expired: Response(status: 400, detail: "ACCESS_TOKEN_ALREADY_EXPIRED")
      case .invalid: Response(status: 400, detail: "OAUTH_INVALID_STATE")
      }
    }
  }

  /// The state that an OAuth provider returns, bound to the browser by a cookie.
  public struct OAuthStateTokens: Sendable {
    private let tokens: PurposeTokens

    /// FastAPI Users' audience for this purpose.
    public static let audience = "fastapi-users:oauth-state"
    /// The name of the cookie that has the same token.
    public static let cookieName = "fastapiusersoauthcsrf"

    /// Makes states of an OAuth login.
    ///
    /// - Parameter tokens: Must have the audience ``audience``.
    public init(_ tokens: PurposeTokens) { self.tokens = tokens }

    /// Returns a state for a login, or to associate an account with a user.
    ///
    /// - Parameters:
    ///   - csrfToken: A random text, also set as the cookie.
    ///   - subject: The user's subject, for an association.
    public func write(csrfToken: String, subject: String? = nil) throws -> String {
      var claims = Claims()
      if let subject { claims["sub"] = .string(subject) }
      claims["csrftoken"] = .string(csrfToken)
      return try tokens.write(claims)
    }

    /// Checks a returned state.
    ///
    /// - Parameters:
    ///   - state: The state that the provider returned.
    ///   - cookie: The cookie's value, nil if absent; compared in constant time.
    ///   - subject: The user's subject, for an association; nil for a login.
    /// - Throws: ``OAuthStateError``, with the response to send.
    public func check(
      _ state: String, cookie: String?, subject: String? = nil
    ) throws(OAuthStateError) {
      let claims: VerifiedClaims
      do throws(JWTError) {
        claims = try tokens.read(state)
      } catch {
        throw error == .expired ? .expired : .undecodable
      }
      let (sent, kept) = (
        Array((claims["csrftoken"]?.string ?? "").utf8), Array((cookie ?? "").utf8)
      )
      guard !sent.isEmpty, sent.span.equalsInConstantTime(kept.span, in: 0..<sent.count) else {
        throw .invalid
      }
      if let subject {
        guard let found = claims.subject, found.utf8.elementsEqual(subject.utf8) else {
          throw .invalid
        }
      }
    }
  }
}
