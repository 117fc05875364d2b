// The checks of an ID Token beyond those of a verifier, in their order.

extension IDTokenVerifier {
  /// Verifies `token` and checks what does not depend on the login.
  func verified(_ token: String) throws(JWTError) -> VerifiedClaims {
    let claims = try verifier.verify(token)
    // RFC 8725 §3.12: an access token (at+jwt) or a logout token has another type.
    if let type = claims.header.type?.lowercased(), type != "jwt", type != "application/jwt" {
      throw .typeMismatch
    }
    // Back-Channel Logout §2.4: a logout token may have the type JWT, and all other claims.
    if claims["events"]?["http://schemas.openid.net/event/backchannel-logout"] != nil {
      throw .claimMismatch("events")
    }
    let subject = (claims.subject ?? "").utf8
    guard 1...255 ~= subject.count, subject.allSatisfy({ $0 < 0x80 }) else {
      throw .claimMismatch("sub")
    }
    try checkParties(of: claims)
    return claims
  }

  /// Checks that every audience is trusted, and the authorized party.
  private func checkParties(of claims: VerifiedClaims) throws(JWTError) {
    let audience = claims.audience
    for name in audience where !Self.isAny(of: trustedAudiences, name) { throw .audienceMismatch }
    guard let party = try claims.text(of: "azp") else {
      if audience.count > 1 { throw .claimMissing("azp") }
      return
    }
    guard Self.isAny(of: authorizedParties, party) else { throw .claimMismatch("azp") }
  }

  /// Checks that the token answers the request with this nonce.
  func check(
    nonce expected: String?, from source: Source, of claims: VerifiedClaims
  ) throws(JWTError) {
    let nonce = try claims.text(of: "nonce")
    guard let expected else {
      if nonce != nil { throw .claimMismatch("nonce") }
      if source == .authorizationEndpoint { throw .claimMissing("nonce") }
      return
    }
    guard let nonce else { throw .claimMissing("nonce") }
    guard !expected.isEmpty, Self.isSame(nonce, expected) else { throw .claimMismatch("nonce") }
  }

  /// Checks that the user was authenticated at most `age` seconds ago, and not in the future.
  func check(authenticationAge age: Int64, of claims: VerifiedClaims) throws(JWTError) {
    guard let time = try claims.time(of: "auth_time") else { throw .claimMissing("auth_time") }
    let now = options.clock()
    // Sums saturate, as in Policy.
    let (latest, late) = now.addingReportingOverflow(options.leeway)
    if !late, time > latest { throw .notYetValid("auth_time") }
    let (earliest, early) = now.subtractingReportingOverflow(options.leeway)
    let (oldest, over) = earliest.subtractingReportingOverflow(age)
    if !early, !over, time < oldest { throw .claimMismatch("auth_time") }
  }

  /// Checks that the authentication context is one of `values`.
  func check(acrValues values: [String], of claims: VerifiedClaims) throws(JWTError) {
    guard let context = try claims.text(of: "acr") else { throw .claimMissing("acr") }
    guard Self.isAny(of: values, context) else { throw .claimMismatch("acr") }
  }

  /// A claim with a hash of what came with the ID Token.
  enum HashClaim: String {
    case accessTokenHash = "at_hash"
    case codeHash = "c_hash"
  }

  /// Checks that `claim` is the hash of `value`, if that came with the ID Token.
  func check(
    hash claim: HashClaim, of value: String?, _ isRequired: Bool, _ claims: VerifiedClaims,
    _ token: String
  ) throws(JWTError) {
    guard let value else { return }
    guard let hash = try claims.text(of: claim.rawValue) else {
      if isRequired { throw .claimMissing(claim.rawValue) }
      return
    }
    let length = token.utf8.reversed().prefix { $0 != CompactJWS.dot }.count
    let expected = try TokenHash.text(
      of: value, claims.header.algorithm, signatureLength: length)
    guard Self.isSame(hash, expected) else { throw .claimMismatch(claim.rawValue) }
  }

  /// Checks that a refreshed token is of the same login as `original` (§12.2).
  func check(_ claims: VerifiedClaims, isOfTheLoginOf original: VerifiedClaims) throws(JWTError) {
    for name in ["iss", "sub", "azp"] {
      let (new, old) = (try claims.text(of: name), try original.text(of: name))
      guard Self.isSame(new ?? "", old ?? ""), (new == nil) == (old == nil) else {
        throw .claimMismatch(name)
      }
    }
    let (new, old) = (claims.audience, original.audience)
    guard Set(new.map { Array($0.utf8) }) == Set(old.map { Array($0.utf8) }) else {
      throw .claimMismatch("aud")
    }
    if let time = try claims.time(of: "auth_time"), try original.time(of: "auth_time") != time {
      throw .claimMismatch("auth_time")
    }
    if let nonce = try claims.text(of: "nonce") {
      guard let old = try original.text(of: "nonce"), Self.isSame(nonce, old) else {
        throw .claimMismatch("nonce")
      }
    }
  }

  private static func isAny(of texts: [String], _ text: String) -> Bool {
    texts.contains { isSame($0, text) }
  }

  /// Whether both texts have the same bytes, in a time that depends on the lengths alone.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    return left.span.equalsInConstantTime(right.span, in: 0..<left.count)
  }
}

extension VerifiedClaims {
  /// The claim `name`, which must be a string; nil if it is absent or null.
  fileprivate func text(of name: String) throws(JWTError) -> String? {
    switch self[name] {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw .claimType(name)
    }
  }

  /// The claim `name`, which must be a time in seconds, fractions truncated toward zero; nil if it
  /// is absent or null.
  fileprivate func time(of name: String) throws(JWTError) -> Int64? {
    switch self[name] {
    case nil, .null: return nil
    case .integer(let seconds): return seconds
    case .number(let number):
      guard let seconds = Double(number.text).flatMap({ Int64(exactly: $0.rounded(.towardZero)) })
      else { throw .claimRange(name) }
      return seconds
    default: throw .claimType(name)
    }
  }
}
