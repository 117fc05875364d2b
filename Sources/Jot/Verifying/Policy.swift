// What a verifier demands of claims (RFC 7519 §4.1, §7.2). Before it: the decoded payload, whose
// signature is good. After it: VerifiedClaims.
import Synchronization

/// The claims' rules, laid out once so that checking them touches nothing shared.
struct Policy: ~Copyable, Sendable {
  /// The audiences of which the token must name one; nil where the token must name none.
  let audience: ByteStrings?
  /// The texts of `aud` that need no walk: an array of one of these alone, as JSON has it.
  let usualAudience: ByteStrings
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
  // An atomic lives at one address: without it all these words were copied to the stack for each token.
  private let place = Atomic<UInt8>(0)

  init(
    audience: [String]?, allowingNullAudience: Bool, issuer: [String]?, subject: String?,
    required: [String], leeway: Int64, maximumAge: Int64?, seed: UInt64
  ) {
    let registered = required.compactMap { RegisteredClaim(rawValue: $0) }
    let names = required.map { Array($0.utf8) }
    let custom = names.indices.filter {
      RegisteredClaim(rawValue: required[$0]) == nil && names.firstIndex(of: names[$0]) == $0
    }
    self.audience = Self.list(audience)
    usualAudience = Self.usualAudience(audience)
    allowsNullAudience = allowingNullAudience
    self.issuer = Self.list(issuer)
    self.subject = Self.list(subject.map { [$0] })
    self.required = registered.reduce(0) { $0 | $1.bit }
    requiredNames = ByteStrings(names)
    requiredCustom = custom.reduce(0) { $0 | 1 << UInt64($1) }
    (self.leeway, self.maximumAge, self.seed) = (leeway, maximumAge, seed)
  }

  private static func list(_ strings: [String]?) -> ByteStrings? {
    guard let strings else { return nil }
    return ByteStrings(strings.map { Array($0.utf8) })
  }

  /// The usual texts of `aud` for this list; none for an audience that JSON would not have verbatim.
  private static func usualAudience(_ audience: [String]?) -> ByteStrings {
    let plain = (audience ?? []).filter { name in
      name.utf8.allSatisfy {
        $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
    }
    return ByteStrings(plain.map { Array("[\"\($0)\"]".utf8) })
  }

  /// Scans the payload at the front of `scratch`, notes its claims and checks them against `now`.
  ///
  /// The order is PyJWT's: the whole payload's JSON, required claims, types, then iat, nbf, exp,
  /// iss, aud, sub.
  // `claims` is inout all the way: as a result it was copied, eleven words, by every caller.
  @_noAllocation
  borrowing func check(
    _ scratch: inout MutableSpan<UInt8>, now: Int64, into claims: inout ClaimIndex
  ) throws(JWTError) {
    let plain = claims.values.readPlain(
      &scratch, from: claims.payloadStart, count: claims.payloadLength)
    if !plain.isRead { try claims.scan(&scratch, seed: seed) }
    try check(plain, scratch, now: now, &claims)
  }

  /// Checks claims that were noted, by a kernel or by `ClaimIndex.scan`.
  @_noAllocation @inline(__always)
  borrowing func check(
    _ plain: PlainClaims, _ scratch: borrowing MutableSpan<UInt8>, now: Int64,
    _ claims: inout ClaimIndex
  ) throws(JWTError) {
    if required & ~plain.present != 0 { try checkRequired(claims.values) }
    if requiredCustom != 0 { try checkCustom(claims.payloadStart, scratch) }
    if !plain.isTyped { try checkTypes(&claims, isRead: plain.isRead, scratch) }
    try checkTimes(&claims, now)
    if issuer != nil { try checkIssuer(claims.issuer, scratch) }
    try checkAudience(claims.values.aud, scratch)
    if subject != nil { try checkSubject(claims.subject, scratch) }
  }

  /// Checks that registered claims are of their types and reads the times, unless a kernel has: it
  /// knows no time but whole numbers.
  @_noAllocation
  private borrowing func checkTypes(
    _ claims: inout ClaimIndex, isRead: Bool, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    if !claims.values.iss.isAbsent, !claims.values.iss.isString { throw .claimType(.issuer) }
    if !claims.values.sub.isAbsent, !claims.values.sub.isString { throw .claimType(.subject) }
    if !claims.values.jti.isAbsent, !claims.values.jti.isString { throw .claimType(.tokenID) }
    try Self.read(claims.values.iat, &claims.values.iatSeconds, isRead, .issuedAt, scratch)
    try Self.read(claims.values.nbf, &claims.values.nbfSeconds, isRead, .notBefore, scratch)
    try Self.read(claims.values.exp, &claims.values.expSeconds, isRead, .expiration, scratch)
  }

  /// Checks that what is required is there; as for PyJWT, null is as good as absent.
  @_noAllocation
  private borrowing func checkRequired(_ values: ClaimValues) throws(JWTError) {
    try require(values.iss, .issuer)
    try require(values.sub, .subject)
    try require(values.aud, .audience)
    try require(values.exp, .expiration)
    try require(values.nbf, .notBefore)
    try require(values.iat, .issuedAt)
    try require(values.jti, .tokenID)
  }

  @_noAllocation @inline(__always)
  private borrowing func require(
    _ value: JSONValue, _ claim: RegisteredClaim
  ) throws(JWTError) {
    if required & claim.bit != 0, value.isAbsent || value.isNull {
      throw .claimMissing(.registered(claim))
    }
  }

  /// The same for claims that are not registered: the members are walked once more.
  @_noAllocation
  private borrowing func checkCustom(
    _ payloadStart: Int, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    var missing = requiredCustom
    var members = JSONMembers(from: payloadStart)
    while let member = members.next(scratch) {
      if !member.value.isNull, let index = requiredNames.index(of: member.name, scratch) {
        missing &= ~(1 << UInt64(index))
      }
    }
    if missing != 0 { throw .claimMissing(.custom(missing.trailingZeroBitCount)) }
  }

  /// Reads a time, unless that is done, and checks that it is one.
  @_noAllocation @inline(__always)
  private static func read(
    _ value: JSONValue, _ seconds: inout Int64, _ isRead: Bool, _ claim: RegisteredClaim,
    _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    if value.isAbsent { return }
    guard value.isNumber else { throw .claimType(claim) }
    if isRead { return }
    guard let read = value.integer(scratch) else { throw .claimRange(claim) }
    seconds = read
  }

  /// Checks the times; sums that leave 64 bits stop at their end, so nothing wraps. All that a clock
  /// decides is here, so that claims which passed once need no other check later.
  @_noAllocation
  borrowing func checkTimes(_ claims: inout ClaimIndex, _ now: Int64) throws(JWTError) {
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
    if value.isArray, usualAudience.index(of: scratch, from: value.start, to: value.end) != nil {
      return
    }
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
