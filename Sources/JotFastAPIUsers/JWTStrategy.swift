// FastAPI Users' JWT strategy: the same tokens, byte for byte, and the same results.
@_exported public import Jot
import Synchronization

/// Writes and reads FastAPI Users' access tokens; a logout does nothing.
///
/// ```swift
/// let strategy = try JWTStrategy(secret: secret, lifetimeSeconds: 3600)
/// let token = try strategy.writeToken(user)
/// let user = try await strategy.readToken(token, manager)
/// ```
///
/// Keys are parsed once, here: an invalid key throws at construction, where Python throws, or is
/// silent, at each use. Make one strategy and share it, or pass a closure that makes one.
public struct JWTStrategy: FastAPIUsers.Strategy {
  /// FastAPI Users' default audience.
  public static let defaultAudience: FastAPIUsers.TokenAudience = ["fastapi-users:auth"]

  private let signer: Signer
  private let verifier: Verifier
  private let lifetime: Lifetime
  private let audience: JSON
  package let algorithm: Algorithm
  private let clock: @Sendable () -> Int64

  /// Makes a strategy.
  ///
  /// - Parameters:
  ///   - secret: The signing key: a shared secret for HS algorithms, a private key (see
  ///     `SigningKey`) for the others. A secret's UTF-8 bytes are used unchanged. As in FastAPI
  ///     Users, one that is shorter than the hash or is one byte repeated is accepted, with one
  ///     warning; zeros are not.
  ///   - lifetimeSeconds: Seconds until a token expires; nil, 0: never; negative: already expired.
  ///   - tokenAudience: Written as given; on reading, a token must name one of them.
  ///   - algorithm: The only algorithm for writing and reading.
  ///   - publicKey: The verification key, also for HS algorithms. Nil and empty: the secret, or its
  ///     public half.
  ///   - clock: Whole seconds since 1970.
  ///   - warn: Receives the warning about a weak secret; by default the first of a process is
  ///     written to the standard error.
  /// - Throws: ``JWTError`` for an invalid key or one of another family than the algorithm's.
  public init(
    secret: String, lifetimeSeconds: Int?,
    tokenAudience: FastAPIUsers.TokenAudience = Self.defaultAudience,
    algorithm: Algorithm = .hs256, publicKey: String? = nil,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now,
    warn: @Sendable (String) -> Void = Self.warnOnce
  ) throws(JWTError) {
    let keys = try StrategyKeys(
      secret: secret, publicKey: publicKey, algorithm: algorithm, warn: warn)
    signer = try Signer(key: keys.signing, algorithm: algorithm)
    verifier = try Verifier(
      key: keys.verification,
      expecting: Expectations(
        algorithms: [algorithm], audience: tokenAudience.accepted, allowingNullAudience: true,
        clock: clock))
    audience = tokenAudience.json
    self.algorithm = algorithm
    lifetime = Lifetime(seconds: lifetimeSeconds)
    self.clock = clock
  }

  /// Returns a token for `user`: `sub`, `aud` and, with a lifetime, `exp`, in this order.
  ///
  /// The same user in the same second gets the same token.
  ///
  /// - Throws: ``FastAPIUsers/StrategyError/lifetimeOutOfRange``; `JWTError.cryptographyFailed`.
  public func writeToken(_ user: some FastAPIUsers.User) throws -> String {
    var claims: Claims = ["sub": .string(user.id.tokenSubject), "aud": audience]
    try lifetime.apply(to: &claims, now: clock())
    return try signer.sign(claims)
  }

  /// Returns the user that `token` identifies, or nil: no token, an invalid one, an unknown user.
  ///
  /// ``verify(_:)`` throws the reason why a token is invalid.
  ///
  /// - Parameters:
  ///   - token: The request's token; nil if it has none.
  ///   - manager: Finds the user of the token's `sub`.
  /// - Throws: Errors of `manager` other than ``FastAPIUsers/UserError``.
  public func readToken<Manager: FastAPIUsers.UserManager>(
    _ token: String?, _ manager: Manager
  ) async throws -> Manager.User? {
    guard let token, let subject = (try? verify(token))?.subject else { return nil }
    do {
      return try await manager.get(manager.parseID(subject))
    } catch is FastAPIUsers.UserError {
      return nil
    }
  }

  /// Verifies `token` as ``readToken(_:_:)`` does and returns its claims, or throws the reason.
  public func verify(_ token: String) throws(JWTError) -> VerifiedClaims {
    try verifier.verify(token)
  }

  /// Always throws ``FastAPIUsers/StrategyError/destroyNotSupported``.
  public func destroyToken(_ token: String, _ user: some FastAPIUsers.User) throws {
    throw FastAPIUsers.StrategyError.destroyNotSupported
  }

  /// Writes the process's first warning to the standard error, and no later one.
  @Sendable
  public static func warnOnce(_ warning: String) {
    guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
    StandardError.say("jot: warning: \(warning)\n")
  }

  private static let hasWarned = Atomic(false)
}

extension FastAPIUsers {
  /// The audience of a token.
  public enum TokenAudience: Sendable, Equatable, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByNilLiteral
  {
    /// Written as `null`; on reading, a token must have no audience.
    case none
    /// Written as a string.
    case one(String)
    /// Written as an array, even with one element or none; an empty one accepts no token.
    case list([String])

    /// Makes no audience from `nil`.
    public init(nilLiteral: ()) { self = .none }
    /// Makes one audience from a string.
    public init(stringLiteral value: String) { self = .one(value) }
    /// Makes a list of audiences from an array of strings.
    public init(arrayLiteral elements: String...) { self = .list(elements) }

    /// The audiences that a verifier accepts.
    var accepted: [String]? {
      switch self {
      case .none: nil
      case .one(let audience): [audience]
      case .list(let audiences): audiences
      }
    }

    /// The value of a token's `aud`.
    var json: JSON {
      switch self {
      case .none: .null
      case .one(let audience): .string(audience)
      case .list(let audiences): .array(audiences.map { .string($0) })
      }
    }
  }
}
