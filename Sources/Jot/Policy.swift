// What a verifier demands of claims (RFC 7519 §4.1, §7.2). Before it: the decoded payload, whose
// signature is good. After it: VerifiedClaims.

/// The claims' rules, laid out once so that checking them touches nothing shared.
struct Policy: ~Copyable, Sendable {
  /// The audiences of which the token must name one; nil where the token must name none.
  let audience: ByteStrings?
  /// Whether `"aud":null` counts as no audience: FastAPI Users writes it so where none is configured.
  let allowsNullAudience: Bool
  let issuer: ByteStrings?
  let subject: ByteStrings?
  /// Bits of the registered claims that must be there, and the names of others.
  let required: UInt8
  let requiredCustom: ByteStrings
  /// Seconds by which clocks may differ, ≥ 0.
  let leeway: Int64
  let seed: UInt64

  /// Scans the payload at the front of `scratch` and checks its claims against `now`.
  ///
  /// The order is PyJWT's: the whole payload's JSON, required claims, types, then iat, nbf, exp,
  /// iss, aud, sub.
  @_noAllocation
  borrowing func check(
    _ scratch: inout MutableSpan<UInt8>, count: Int, now: Int64
  ) throws(JWTError) -> ClaimIndex {
    var claims = ClaimIndex(payloadLength: count)
    var times = Times()
    var present: UInt8 = 0
    var custom: UInt64 = 0
    do throws(JSONError) {
      var scanner = try JSONScanner(&scratch, count: count, seed: seed)
      while let member = try scanner.next(&scratch) {
        let value = member.value
        var claim: RegisteredClaim?
        switch member.name.packed(scratch) {
        case ShortName.iss: (claim, claims.issuer) = (.issuer, value)
        case ShortName.sub: (claim, claims.subject) = (.subject, value)
        case ShortName.aud: (claim, claims.audience) = (.audience, value)
        case ShortName.jti: (claim, claims.tokenID) = (.tokenID, value)
        case ShortName.exp: (claim, times.expiration) = (.expiration, value)
        case ShortName.nbf: (claim, times.notBefore) = (.notBefore, value)
        case ShortName.iat: (claim, times.issuedAt) = (.issuedAt, value)
        default:
          if requiredCustom.count > 0, value.kind != .null,
            let index = requiredCustom.index(of: member.name, scratch)
          {
            custom |= 1 << UInt64(index)
          }
        }
        // As for PyJWT, null is as good as absent where a claim is required.
        if let claim, value.kind != .null { present |= claim.bit }
      }
    } catch {
      if case .workspaceTooSmall = error {
        throw .bufferTooSmall(needed: count + JSONScanner.workspaceLength(forText: count))
      }
      throw .claimsInvalid
    }
    try checkRequired(present, custom)
    try checkStrings(claims)
    claims.issuedAt = try Self.seconds(times.issuedAt, .issuedAt, scratch)
    claims.notBefore = try Self.seconds(times.notBefore, .notBefore, scratch)
    claims.expiration = try Self.seconds(times.expiration, .expiration, scratch)
    try checkTimes(claims, now)
    try checkNames(claims, scratch)
    return claims
  }

  /// NumericDates as they stand in the text.
  private struct Times {
    var expiration: JSONValue?
    var notBefore: JSONValue?
    var issuedAt: JSONValue?

    @_noAllocation
    init() {}
  }

  @_noAllocation
  private borrowing func checkRequired(_ present: UInt8, _ custom: UInt64) throws(JWTError) {
    let missing = required & ~present
    if missing != 0 {
      throw .claimMissing(.registered(Self.claim(missing & ~(missing &- 1))))
    }
    for index in 0..<requiredCustom.count where custom >> UInt64(index) & 1 == 0 {
      throw .claimMissing(.custom(index))
    }
  }

  @_noAllocation
  private static func claim(_ bit: UInt8) -> RegisteredClaim {
    switch bit {
    case 1: .issuer
    case 2: .subject
    case 4: .audience
    case 8: .expiration
    case 16: .notBefore
    case 32: .issuedAt
    default: .tokenID
    }
  }

  /// Checks that the claims that must be strings are, whether or not anything is asked of them.
  @_noAllocation
  private borrowing func checkStrings(_ claims: ClaimIndex) throws(JWTError) {
    if let issuer = claims.issuer, issuer.kind != .string { throw .claimType(.issuer) }
    if let subject = claims.subject, subject.kind != .string { throw .claimType(.subject) }
    if let tokenID = claims.tokenID, tokenID.kind != .string { throw .claimType(.tokenID) }
  }

  @_noAllocation
  private static func seconds(
    _ value: JSONValue?, _ claim: RegisteredClaim, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) -> Int64? {
    guard let value else { return nil }
    guard value.kind == .number else { throw .claimType(claim) }
    guard let seconds = value.integer(scratch) else { throw .claimRange(claim) }
    return seconds
  }

  /// Checks the times; sums that leave 64 bits stop at their end, so nothing wraps.
  @_noAllocation
  private borrowing func checkTimes(_ claims: ClaimIndex, _ now: Int64) throws(JWTError) {
    let (sum, late) = now.addingReportingOverflow(leeway)
    let latest = late ? Int64.max : sum
    let (difference, early) = now.subtractingReportingOverflow(leeway)
    let earliest = early ? Int64.min : difference
    if let issuedAt = claims.issuedAt, issuedAt > latest { throw .notYetValid(.issuedAt) }
    if let notBefore = claims.notBefore, notBefore > latest { throw .notYetValid(.notBefore) }
    if let expiration = claims.expiration, expiration <= earliest { throw .expired }
  }

  @_noAllocation
  private borrowing func checkNames(
    _ claims: ClaimIndex, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    if issuer != nil {
      guard let value = claims.issuer else { throw .claimMissing(.registered(.issuer)) }
      guard issuer!.index(of: value.string, scratch) != nil else { throw .issuerMismatch }
    }
    try checkAudience(claims.audience, scratch)
    if subject != nil {
      guard let value = claims.subject else { throw .claimMissing(.registered(.subject)) }
      guard subject!.index(of: value.string, scratch) != nil else { throw .subjectMismatch }
    }
  }

  /// Checks `aud`: any element may match, every one must be a string.
  @_noAllocation
  private borrowing func checkAudience(
    _ value: JSONValue?, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    guard let value else {
      if audience != nil { throw .claimMissing(.registered(.audience)) }
      return
    }
    if value.kind == .null, allowsNullAudience, audience == nil { return }
    var matches = false
    switch value.kind {
    case .string:
      matches = isExpected(value.string, scratch)
    case .array:
      var elements = JSONStrings(value)
      var isEmpty = true
      loop: while true {
        switch elements.next(scratch) {
        case .string(let element):
          isEmpty = false
          if !matches { matches = isExpected(element, scratch) }
        case .other: throw .claimType(.audience)
        case .end: break loop
        }
      }
      // An empty array names nobody (RFC 7519 §4.1.3): it is as good as absent.
      if isEmpty, audience != nil { throw .claimMissing(.registered(.audience)) }
    default: throw .claimType(.audience)
    }
    guard audience != nil else { throw .audienceUnexpected }
    guard matches else { throw .audienceMismatch }
  }

  @_noAllocation @inline(__always)
  private borrowing func isExpected(
    _ string: JSONString, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    guard audience != nil else { return false }
    return audience!.index(of: string, scratch) != nil
  }
}
