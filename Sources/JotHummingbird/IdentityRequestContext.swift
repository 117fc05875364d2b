// Request contexts with an identity: who a request is from, as its token says.
#if Hummingbird
  public import Hummingbird
  public import Jot

  /// A request context with an identity, which a middleware of this module sets.
  ///
  /// The members are those of Hummingbird Auth's `AuthRequestContext`: one context can conform to
  /// both.
  public protocol IdentityRequestContext<Identity>: RequestContext {
    /// What is known of the request's sender: `VerifiedClaims`, a type of your own, a user.
    associatedtype Identity: Sendable
    /// The sender; nil if the request has no token that counts.
    var identity: Identity? { get set }
  }

  extension IdentityRequestContext {
    /// Returns the identity.
    ///
    /// - Throws: ``BearerError/credentialsMissing(realm:)`` if the request has no identity. That
    ///   happens only behind an optional middleware.
    public func requireIdentity() throws -> Identity {
      guard let identity else { throw BearerError.credentialsMissing() }
      return identity
    }
  }

  /// A request context that has an identity and nothing else.
  ///
  /// ```swift
  /// let router = Router(context: BasicIdentityRequestContext<VerifiedClaims>.self)
  /// ```
  public struct BasicIdentityRequestContext<Identity: Sendable>: IdentityRequestContext {
    /// What Hummingbird keeps of a request.
    public var coreContext: CoreRequestContextStorage
    /// The sender; nil if the request has no token that counts.
    public var identity: Identity?

    /// Makes a context without an identity.
    public init(source: ApplicationRequestContextSource) {
      coreContext = CoreRequestContextStorage(source: source)
    }
  }

  /// An identity that a token's claims give: `VerifiedClaims`, or a type that is made of them.
  ///
  /// A `Decodable` type needs only to say so; another one decides in its initializer which claims
  /// it takes:
  ///
  /// ```swift
  /// struct Access: Decodable, TokenIdentity { let sub: String; let tenant: Int }
  /// ```
  public protocol TokenIdentity: Sendable {
    /// Makes the identity of a verified token's claims.
    ///
    /// - Throws: `DecodingError` if the claims are not those of an identity: the request is refused
    ///   like one with an invalid token. Any other error is passed on.
    init(_ claims: VerifiedClaims) throws
  }

  extension TokenIdentity where Self: Decodable {
    /// Decodes the claims, without Foundation; see `VerifiedClaims.decode(_:)`.
    public init(_ claims: VerifiedClaims) throws { self = try claims.decode() }
  }

  extension VerifiedClaims: TokenIdentity {
    /// The claims themselves.
    public init(_ claims: VerifiedClaims) { self = claims }
  }
#endif
