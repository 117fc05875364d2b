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
  /// Bits of the registered claims that must be there.
  let required: UInt8
  /// The names of all claims that must be there, and bits of the places of those not registered.
  let requiredNames: ByteStrings
  let requiredCustom: UInt64
  /// Seconds by which clocks may differ, ≥ 0.
  let leeway: Int64
  /// Seconds that may have passed since `iat`, ≥ 0; nil where nothing is asked.
  let maximumAge: Int64?
  let seed: UInt64

  /// Scans the payload at the front of `scratch`, notes its claims and checks them against `now`.
  ///
  /// The order is PyJWT's: the whole payload's JSON, required claims, types, then iat, nbf, exp,
  /// iss, aud, sub.
  // `claims` is inout all the way: as a result it was copied, eleven words, by every caller.
  @_noAllocation
  borrowing func check(
    _ scratch: inout MutableSpan<UInt8>, now: Int64, into claims: inout ClaimIndex
  ) throws(JWTError) {
    let custom = try scan(&scratch, &claims)
    try checkRequired(&claims, custom)
    if !claims.iss.isAbsent, !claims.iss.isString { throw .claimType(.issuer) }
    if !claims.sub.isAbsent, !claims.sub.isString { throw .claimType(.subject) }
    if !claims.jti.isAbsent, !claims.jti.isString { throw .claimType(.tokenID) }
    claims.iatSeconds = try Self.seconds(claims.iat, .issuedAt, scratch)
    claims.nbfSeconds = try Self.seconds(claims.nbf, .notBefore, scratch)
    claims.expSeconds = try Self.seconds(claims.exp, .expiration, scratch)
    try checkTimes(&claims, now)
    if issuer != nil { try checkIssuer(claims.issuer, scratch) }
    try checkAudience(claims.aud, scratch)
    if subject != nil { try checkSubject(claims.subject, scratch) }
  }

  /// Reads all members and returns the bits of the required custom claims that are there.
  @_noAllocation
  private borrowing func scan(
    _ scratch: inout MutableSpan<UInt8>, _ claims: inout ClaimIndex
  ) throws(JWTError) -> UInt64 {
    let count = claims.payloadLength
    var custom: UInt64 = 0
    var scanner = JSONScanner(seed: seed)
    do throws(JSONError) {
      try scanner.open(&scratch, count: count)
      while let member = try scanner.next(&scratch) {
        switch member.name.packed(scratch) {
        case ShortName.exp: claims.exp = member.value
        case ShortName.sub: claims.sub = member.value
        case ShortName.aud: claims.aud = member.value
        case ShortName.iss: claims.iss = member.value
        case ShortName.iat: claims.iat = member.value
        case ShortName.nbf: claims.nbf = member.value
        case ShortName.jti: claims.jti = member.value
        default:
          if requiredCustom != 0, !member.value.isNull,
            let index = requiredNames.index(of: member.name, scratch)
          {
            custom |= 1 << UInt64(index)
          }
        }
      }
    } catch {
      if case .workspaceTooSmall = error {
        throw .bufferTooSmall(needed: count + JSONScanner.workspaceLength(forText: count))
      }
      throw .claimsInvalid
    }
    return custom
  }

  /// Checks that what is required is there; as for PyJWT, null is as good as absent.
  @_noAllocation
  private borrowing func checkRequired(
    _ claims: inout ClaimIndex, _ custom: UInt64
  ) throws(JWTError) {
    if required != 0 {
      try require(claims.iss, .issuer)
      try require(claims.sub, .subject)
      try require(claims.aud, .audience)
      try require(claims.exp, .expiration)
      try require(claims.nbf, .notBefore)
      try require(claims.iat, .issuedAt)
      try require(claims.jti, .tokenID)
    }
    let missing = requiredCustom & ~custom
    if missing != 0 { throw .claimMissing(.custom(missing.trailingZeroBitCount)) }
  }

  @_noAllocation @inline(__always)
  private borrowing func require(
    _ value: JSONValue, _ claim: RegisteredClaim
  ) throws(JWTError) {
    if required & claim.bit != 0, value.isAbsent || value.isNull {
      throw .claimMissing(.registered(claim))
    }
  }

  @_noAllocation @inline(__always)
  private static func seconds(
    _ value: JSONValue, _ claim: RegisteredClaim, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) -> Int64 {
    if value.isAbsent { return 0 }
    guard value.isNumber else { throw .claimType(claim) }
    guard let seconds = value.integer(scratch) else { throw .claimRange(claim) }
    return seconds
  }

  /// Checks the times; sums that leave 64 bits stop at their end, so nothing wraps.
  @_noAllocation
  private borrowing func checkTimes(_ claims: inout ClaimIndex, _ now: Int64) throws(JWTError) {
    let (sum, late) = now.addingReportingOverflow(leeway)
    let latest = late ? Int64.max : sum
    let (difference, early) = now.subtractingReportingOverflow(leeway)
    let earliest = early ? Int64.min : difference
    if let issuedAt = claims.issuedAt, issuedAt > latest { throw .notYetValid(.issuedAt) }
    if let maximumAge {
      guard let issuedAt = claims.issuedAt else { throw .claimMissing(.registered(.issuedAt)) }
      let (oldest, over) = earliest.subtractingReportingOverflow(maximumAge)
      if !over, issuedAt < oldest { throw .tooOld }
    }
    if let notBefore = claims.notBefore, notBefore > latest { throw .notYetValid(.notBefore) }
    if let expiration = claims.expiration, expiration <= earliest { throw .expired }
  }

  @_noAllocation
  private borrowing func checkIssuer(
    _ value: JSONString?, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    guard let value else { throw .claimMissing(.registered(.issuer)) }
    guard issuer!.index(of: value, scratch) != nil else { throw .issuerMismatch }
  }

  @_noAllocation
  private borrowing func checkSubject(
    _ value: JSONString?, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    guard let value else { throw .claimMissing(.registered(.subject)) }
    guard subject!.index(of: value, scratch) != nil else { throw .subjectMismatch }
  }

  /// Checks `aud`: any element may match, every one must be a string.
  @_noAllocation
  private borrowing func checkAudience(
    _ value: JSONValue, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    if value.isAbsent {
      if audience != nil { throw .claimMissing(.registered(.audience)) }
      return
    }
    if value.isNull, allowsNullAudience, audience == nil { return }
    var matches = false
    if let string = value.string {
      matches = isExpected(string, scratch)
    } else if value.isArray {
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
    } else {
      throw .claimType(.audience)
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
