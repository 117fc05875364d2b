// FastAPI Users' JWT strategy: the same tokens, byte for byte, and the same answers.
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
/// Keys are parsed here, once: a bad one throws at construction, where Python throws, or says
/// nothing, at each use. Make one strategy and share it, or give a closure that makes one.
public struct JWTStrategy: Strategy {
  /// FastAPI Users' default audience.
  public static let defaultAudience: TokenAudience = ["fastapi-users:auth"]

  private let signer: Signer
  private let verifier: Verifier
  private let lifetime: Lifetime
  private let audience: JSON
  private let clock: @Sendable () -> Int64

  /// Makes a strategy.
  ///
  /// - Parameters:
  ///   - secret: Signs: a shared secret for HS algorithms, a private key (see `SigningKey`) for the
  ///     others. A secret's UTF-8 bytes are taken as they are; one shorter than the hash, or of
  ///     one byte repeated, is taken too, as FastAPI Users does, with one warning; not zeros.
  ///   - lifetimeSeconds: Until a token expires; nil and 0: never. Negative: it has expired.
  ///   - tokenAudience: Written as given; on reading, a token must name one of them.
  ///   - algorithm: The one algorithm that is written and read.
  ///   - publicKey: Reads, also for HS algorithms. Nil and empty: the secret, or its public half.
  ///   - clock: Whole seconds since 1970.
  ///   - warn: Takes the warning of a weak secret; by default the first of a process goes to the
  ///     standard error.
  /// - Throws: ``JWTError``: a key that is none, or not of the algorithm's family.
  public init(
    secret: String, lifetimeSeconds: Int?, tokenAudience: TokenAudience = Self.defaultAudience,
    algorithm: Algorithm = .hs256, publicKey: String? = nil,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now,
    warn: @Sendable (String) -> Void = Self.warnOnce
  ) throws(JWTError) {
    let keys = try StrategyKeys(
      secret: secret, publicKey: publicKey, algorithm: algorithm, warn: warn)
    signer = try Signer(key: keys.signing, algorithm: algorithm)
    verifier = try Verifier(
      key: keys.verification, algorithms: [algorithm], audience: tokenAudience.accepted,
      allowingNullAudience: true, clock: clock)
    audience = tokenAudience.json
    lifetime = Lifetime(seconds: lifetimeSeconds)
    self.clock = clock
  }

  /// Returns a token for `user`: `sub`, `aud` and, with a lifetime, `exp`, in this order.
  ///
  /// The same user in the same second gets the same token.
  ///
  /// - Throws: ``StrategyError/lifetimeOutOfRange``; `JWTError.cryptographyFailed`.
  public func writeToken(_ user: some User) throws -> String {
    var claims: Claims = ["sub": .string(user.id.subject), "aud": audience]
    try lifetime.apply(to: &claims, now: clock())
    return try signer.sign(claims)
  }

  public func readToken<Manager: UserManager>(
    _ token: String?, _ manager: Manager
  ) async throws -> Manager.User? {
    guard let token, let subject = (try? verify(token))?.subject else { return nil }
    do {
      return try await manager.get(manager.parseID(subject))
    } catch is UserError {
      return nil
    }
  }

  /// Verifies `token` as ``readToken(_:_:)`` does and returns its claims, or says why not.
  public func verify(_ token: String) throws(JWTError) -> VerifiedClaims {
    try verifier.verify(token)
  }

  /// Throws ``StrategyError/destroyNotSupported``, always.
  public func destroyToken(_ token: String, _ user: some User) throws {
    throw StrategyError.destroyNotSupported
  }

  /// Writes the first warning of the process to the standard error, and no other.
  @Sendable
  public static func warnOnce(_ warning: String) {
    guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
    StandardError.say("jot: warning: \(warning)\n")
  }

  private static let hasWarned = Atomic(false)
}

/// Whom a token is for.
public enum TokenAudience: Sendable, Equatable, ExpressibleByArrayLiteral,
  ExpressibleByStringLiteral, ExpressibleByNilLiteral
{
  /// Written as `null`; on reading, a token must name nobody.
  case none
  /// Written as a string.
  case one(String)
  /// Written as an array, also of one or of none; an empty one reads nothing.
  case list([String])

  public init(nilLiteral: ()) { self = .none }
  public init(stringLiteral value: String) { self = .one(value) }
  public init(arrayLiteral elements: String...) { self = .list(elements) }

  /// What a verifier accepts.
  var accepted: [String]? {
    switch self {
    case .none: nil
    case .one(let audience): [audience]
    case .list(let audiences): audiences
    }
  }

  /// What a token has in `aud`.
  var json: JSON {
    switch self {
    case .none: .null
    case .one(let audience): .string(audience)
    case .list(let audiences): .array(audiences.map { .string($0) })
    }
  }
}
