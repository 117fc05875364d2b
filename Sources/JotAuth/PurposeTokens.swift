// Tokens for one purpose each: FastAPI Users' helper, and what its user manager makes with it.

/// Writes and reads tokens for one audience, with FastAPI Users' helper's claims: the caller's, then
/// `aud`, then `exp`.
///
/// Each purpose has a secret of its own. The audience is a plain string, so no such token can log
/// anybody in.
public struct PurposeTokens: Sendable {
  private let signer: Signer
  private let verifier: Verifier
  private let lifetime: Lifetime
  private let audience: String
  private let clock: @Sendable () -> Int64

  /// - Parameters:
  ///   - secret: As ``JWTStrategy``'s, for the algorithm.
  ///   - audience: What the tokens are for.
  ///   - lifetimeSeconds: Until a token expires; nil and 0: never.
  ///   - algorithm: FastAPI Users has HS256.
  /// - Throws: ``JWTError``: a key that is none, or not of the algorithm's family.
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

  /// Returns a token with `claims`, the audience and the time of its end. `exp` among the claims
  /// gives way to a lifetime.
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

/// Finds users by their e-mail address, too.
public protocol AccountManager: UserManager where User: AccountUser {
  /// Returns the user with this address.
  ///
  /// - Throws: ``UserError/notFound``; anything else is passed on.
  func get(email: String) async throws -> User
}

/// Why a token for one purpose is not written or not taken.
public enum PurposeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Not a token for this purpose, or not for this user.
  case tokenInvalid
  case userInactive
  case userAlreadyVerified

  public var description: String {
    switch self {
    case .tokenInvalid: "the token is none for this purpose and user; ask for a new one"
    case .userInactive: "the user is not active"
    case .userAlreadyVerified: "the user is verified already"
    }
  }
}

/// Tokens that verify an e-mail address.
public struct VerifyTokens: Sendable {
  private let tokens: PurposeTokens

  /// - Parameter tokens: With the audience ``audience``.
  public init(_ tokens: PurposeTokens) { self.tokens = tokens }

  public static let audience = "fastapi-users:verify"

  /// Returns a token to send to the user's address.
  ///
  /// - Throws: `userInactive`, `userAlreadyVerified`.
  public func write(_ user: some AccountUser) throws -> String {
    guard user.isActive else { throw PurposeError.userInactive }
    guard !user.isVerified else { throw PurposeError.userAlreadyVerified }
    return try tokens.write(["sub": .string(user.id.subject), "email": .string(user.email)])
  }

  /// Returns the user whose address is verified by `token`.
  ///
  /// - Throws: `tokenInvalid`, `userAlreadyVerified`; what the manager throws other than
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

/// Tokens that let a user choose a new password, once: they carry a fingerprint of the old one.
public struct ResetTokens<User: AccountUser>: Sendable {
  private let tokens: PurposeTokens
  private let fingerprint: @Sendable (User) async throws -> String
  private let isFingerprint: @Sendable (String, User) async throws -> Bool

  public static var audience: String { "fastapi-users:reset" }

  /// - Parameters:
  ///   - tokens: With the audience ``audience``.
  ///   - fingerprint: Makes a fingerprint of a user's stored password hash: FastAPI Users hashes it
  ///     once more, with Argon2id.
  ///   - isFingerprint: Says whether a text is one of the user's password hash as it is now.
  public init(
    _ tokens: PurposeTokens,
    fingerprint: @escaping @Sendable (User) async throws -> String,
    isFingerprint: @escaping @Sendable (String, User) async throws -> Bool
  ) {
    (self.tokens, self.fingerprint, self.isFingerprint) = (tokens, fingerprint, isFingerprint)
  }

  /// Returns a token to send to the user's address.
  ///
  /// - Throws: `userInactive`; what the closure throws.
  public func write(_ user: User) async throws -> String {
    guard user.isActive else { throw PurposeError.userInactive }
    return try tokens.write([
      "sub": .string(user.id.subject), "password_fgpt": .string(try await fingerprint(user)),
    ])
  }

  /// Returns the user who may choose a new password with `token`.
  ///
  /// - Throws: `tokenInvalid`, `userInactive`; ``UserError/notFound`` and anything else that the
  ///   manager or the closure throws.
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

/// Why an OAuth callback's state is refused.
public enum OAuthStateError: Error, Equatable, Sendable {
  /// Not a state token, or one whose signature is wrong.
  case undecodable
  case expired
  /// Not the browser's cookie, or not this user.
  case invalid

  public var response: Response {
    switch self {
    case .undecodable: Response(status: 400, detail: "ACCESS_TOKEN_DECODE_ERROR")
    case .expired: Response(status: 400, detail: "ACCESS_TOKEN_ALREADY_EXPIRED")
    case .invalid: Response(status: 400, detail: "OAUTH_INVALID_STATE")
    }
  }
}

/// The state that an OAuth provider hands back, bound to the browser by a cookie.
public struct OAuthStateTokens: Sendable {
  private let tokens: PurposeTokens

  public static let audience = "fastapi-users:oauth-state"
  /// The cookie that has the same token.
  public static let cookieName = "fastapiusersoauthcsrf"

  /// - Parameter tokens: With the audience ``audience``.
  public init(_ tokens: PurposeTokens) { self.tokens = tokens }

  /// Returns a state for a login, or for an account to be associated with a user.
  ///
  /// - Parameters:
  ///   - csrfToken: A random text, also set as the cookie.
  ///   - subject: The user's, for an association.
  public func write(csrfToken: String, subject: String? = nil) throws -> String {
    var claims = Claims()
    if let subject { claims["sub"] = .string(subject) }
    claims["csrftoken"] = .string(csrfToken)
    return try tokens.write(claims)
  }

  /// Checks a state that came back.
  ///
  /// - Parameters:
  ///   - cookie: The value of the cookie, nil for none; compared in constant time.
  ///   - subject: The user's, for an association; nil for a login.
  public func check(
    _ state: String, cookie: String?, subject: String? = nil
  ) throws(OAuthStateError) {
    let claims: VerifiedClaims
    do throws(JWTError) {
      claims = try tokens.read(state)
    } catch {
      throw error == .expired ? .expired : .undecodable
    }
    let (sent, kept) = (Array((claims["csrftoken"]?.string ?? "").utf8), Array((cookie ?? "").utf8))
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
