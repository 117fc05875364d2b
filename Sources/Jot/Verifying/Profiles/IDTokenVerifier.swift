// ID Tokens (OpenID Connect Core §3.1.3.7): what a client checks after a login.

/// Verifies ID Tokens for one client of one OpenID Provider.
///
/// ```swift
/// let verifier = Verifier.idToken(
///   keys: keys, algorithms: [.rs256], issuer: "https://id.example", clientID: "shop")
/// let claims = try verifier.verify(token, nonce: session.nonce)
/// ```
///
/// Beyond what every ``Verifier`` checks: `iss`, `sub`, `aud`, `exp` and `iat` are present; `typ`,
/// if present, is `JWT`, so that no access token is accepted; `sub` has 1 to 255 ASCII characters;
/// `aud` has the client ID, and others only if they are trusted; `azp` is the client ID, and must be
/// present if `aud` has several elements; and what the authentication request asked for.
///
/// It is no ``TokenVerifier``: each login has its own `nonce`, and an ID Token is no credential for
/// an API. Immutable, made once, used by any number of threads.
public struct IDTokenVerifier: Sendable {
  /// Where an ID Token came from, which decides what it must contain.
  @nonexhaustive
  public enum Source: Sendable {
    /// The token endpoint, through the client's own connection (§3.1): `at_hash` and `c_hash` are
    /// optional.
    case tokenEndpoint
    /// The authorization endpoint, through the browser (§3.2, §3.3): a nonce is required, and so are
    /// `at_hash` and `c_hash` if an access token or a code came with the ID Token.
    case authorizationEndpoint
  }

  let verifier: Verifier
  /// The client's ID at the provider.
  public let clientID: String
  let trustedAudiences: [String]
  let authorizedParties: [String]
  let options: Verifier.Options

  init(_ verifier: Verifier, _ client: Client, _ options: Verifier.Options) {
    (self.verifier, self.options) = (verifier, options)
    clientID = client.id
    trustedAudiences = [client.id] + client.trustedAudiences
    authorizedParties = [client.id] + client.authorizedParties
  }

  /// A client, and whom it trusts.
  struct Client {
    let id: String
    let trustedAudiences: [String]
    let authorizedParties: [String]
  }

  /// Verifies the ID Token of a login and returns its claims.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization, without whitespace around it.
  ///   - nonce: The nonce of the authentication request, which `nonce` must equal; an empty one is
  ///     refused. Nil if the request had none: a token with `nonce` is then refused, since it
  ///     answers another request.
  ///   - source: Where the token came from.
  ///   - maximumAuthenticationAge: The `max_age` of the request in seconds, ≥ 0: `auth_time` must
  ///     be present and not longer ago. Nil if the request had none.
  ///   - acrValues: The authentication contexts that are good enough: `acr` must be one of them. An
  ///     empty list accepts any, and none.
  ///   - accessToken: The access token that came with the ID Token; `at_hash` must be its hash.
  ///   - code: The code that came with the ID Token; `c_hash` must be its hash.
  /// - Throws: ``JWTError``: the first check that failed. First those of ``Verifier``; then
  ///   `typeMismatch`, `audienceMismatch`; `claimMismatch` of `events` for a logout token; and `claimMissing`, `claimType`, `claimMismatch` of `sub`,
  ///   `azp`, `nonce`, `auth_time`, `acr`, `at_hash` and `c_hash`; `notYetValid` and `claimRange` of
  ///   `auth_time`; `cryptographyFailed`.
  /// - Precondition: `maximumAuthenticationAge` is 0 or more.
  /// - Complexity: O(n).
  public func verify(
    _ token: String, nonce: String?, from source: Source = .tokenEndpoint,
    maximumAuthenticationAge: Int64? = nil, acrValues: [String] = [], accessToken: String? = nil,
    code: String? = nil
  ) throws(JWTError) -> VerifiedClaims {
    precondition(maximumAuthenticationAge ?? 0 >= 0, "the maximum age is 0 seconds or more")
    let claims = try verified(token)
    try check(nonce: nonce, from: source, of: claims)
    if let maximumAuthenticationAge {
      try check(authenticationAge: maximumAuthenticationAge, of: claims)
    }
    if !acrValues.isEmpty { try check(acrValues: acrValues, of: claims) }
    let isRequired = source == .authorizationEndpoint
    try check(hash: .accessTokenHash, of: accessToken, isRequired, claims, token)
    try check(hash: .codeHash, of: code, isRequired, claims, token)
    return claims
  }

  /// Verifies the ID Token of a refresh (§12.2), which must be of the same login as an earlier one.
  ///
  /// `iss`, `sub`, `aud` and `azp` must equal those of `original`, and so must `auth_time` and
  /// `nonce` if the new token has them.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization, without whitespace around it.
  ///   - original: The claims of the login's ID Token.
  ///   - accessToken: The access token that came with the ID Token; `at_hash`, if present, must be
  ///     its hash.
  /// - Throws: ``JWTError``: the first check that failed, as for a login; `claimMismatch` names the
  ///   claim that differs.
  /// - Complexity: O(n).
  public func verify(
    _ token: String, refreshing original: VerifiedClaims, accessToken: String? = nil
  ) throws(JWTError) -> VerifiedClaims {
    let claims = try verified(token)
    try check(claims, isOfTheLoginOf: original)
    try check(hash: .accessTokenHash, of: accessToken, false, claims, token)
    return claims
  }
}
