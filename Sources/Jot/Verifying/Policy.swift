// The rules for claims (RFC 7519 §4.1, §7.2).
import Synchronization

/// The rules for claims. Checks write no shared memory.
struct Policy: ~Copyable, Sendable {
  /// The accepted audiences; nil refuses any audience.
  let audience: ByteStrings?
  /// The JSON texts of `aud` that need no walk: an array of exactly one accepted audience.
  let usualAudience: ByteStrings
  /// Whether `"aud":null` counts as no audience: FastAPI Users writes it if none is configured.
  let allowsNullAudience: Bool
  let issuer: ByteStrings?
  let subject: ByteStrings?
  /// Bits of the required registered claims.
  let required: UInt8
  /// The names of all required claims. Bit i of `requiredCustom` is set if name i is unregistered.
  let requiredNames: ByteStrings
  private let requiredClaims: [ClaimName]
  let requiredCustom: UInt64
  /// Those of `requiredCustom` that must be strings.
  private let requiredStrings: UInt64
  /// Seconds by which clocks may differ, ≥ 0.
  let leeway: Int64
  /// The most seconds since `iat`, ≥ 0; nil means no limit.
  let maximumAge: Int64?
  let seed: UInt64
  // Never read. An Atomic makes the struct address-only: without it the compiler copied all these
  // words to the stack for each token.
  private let pinned = Atomic<UInt8>(0)

  init(_ expectations: Expectations, seed: UInt64) {
    let required = expectations.required
    let registered = required.compactMap { RegisteredClaim(rawValue: $0) }
    let names = required.map { Array($0.utf8) }
    let custom = names.indices.filter {
      RegisteredClaim(rawValue: required[$0]) == nil && names.firstIndex(of: names[$0]) == $0
    }
    audience = Self.list(expectations.audience)
    usualAudience = Self.usualAudience(expectations.audience)
    allowsNullAudience = expectations.allowsNullAudience
    issuer = Self.list(expectations.issuers)
    subject = Self.list(expectations.subject.map { [$0] })
    self.required = registered.reduce(0) { $0 | $1.bit }
    requiredNames = ByteStrings(names)
    requiredClaims = required.map { ClaimName($0) }
    requiredCustom = custom.reduce(0) { $0 | 1 << UInt64($1) }
    let strings = expectations.requiredStrings.map { Array($0.utf8) }
    requiredStrings = custom.reduce(0) { strings.contains(names[$1]) ? $0 | 1 << UInt64($1) : $0 }
    (leeway, maximumAge) = (expectations.leeway, expectations.maximumAge)
    self.seed = seed
  }

  private static func list(_ strings: [String]?) -> ByteStrings? {
    guard let strings else { return nil }
    return ByteStrings(strings.map { Array($0.utf8) })
  }

  /// The usual texts of `aud` for this list; excludes audiences that JSON escapes.
  private static func usualAudience(_ audience: [String]?) -> ByteStrings {
    let plain = (audience ?? []).filter { name in
      name.utf8.allSatisfy {
        $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
    }
    return ByteStrings(plain.map { Array("[\"\($0)\"]".utf8) })
  }

  /// Scans the payload at the front of `scratch`, records its claims and checks them against `now`.
  ///
  /// The order is PyJWT's: the whole payload's JSON, required claims, types (but aud's), then iat,
  /// nbf, exp, iss, aud with its type, sub.
  // `claims` is inout throughout: returning it made each caller copy eleven words.
  @_noAllocation
  borrowing func check(
    _ scratch: inout MutableSpan<UInt8>, now: Int64, into claims: inout ClaimIndex
  ) throws(JWTError) {
    let plain = claims.members.readPlainPayload(
      &scratch, from: claims.payloadStart, count: claims.payloadLength)
    if !plain.isRead { try claims.scan(&scratch, seed: seed) }
    try check(plain, scratch, now: now, &claims)
  }

  /// Checks claims that a kernel or `ClaimIndex.scan` has recorded.
  @_noAllocation @inline(__always)
  borrowing func check(
    _ plain: PlainPayload, _ scratch: borrowing MutableSpan<UInt8>, now: Int64,
    _ claims: inout ClaimIndex
  ) throws(JWTError) {
    if required & ~plain.present != 0 { try checkRequired(claims.members) }
    if requiredCustom != 0 { try checkCustom(claims.payloadStart, scratch) }
    if !plain.isTyped { try checkTypes(&claims, isRead: plain.isRead, scratch) }
    try checkTimes(&claims, now)
    if issuer != nil { try checkIssuer(claims.issuer, scratch) }
    try checkAudience(claims.members[.audience], scratch)
    if subject != nil { try checkSubject(claims.subject, scratch) }
  }

  /// Checks the types of the registered claims and reads the times, unless a kernel has; a kernel
  /// reads only integer times.
  @_noAllocation
  private borrowing func checkTypes(
    _ claims: inout ClaimIndex, isRead: Bool, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    try Self.checkString(.issuer, claims.members)
    try Self.checkString(.subject, claims.members)
    try Self.checkString(.tokenID, claims.members)
    try Self.readTime(.issuedAt, &claims.members, isRead, scratch)
    try Self.readTime(.notBefore, &claims.members, isRead, scratch)
    try Self.readTime(.expiration, &claims.members, isRead, scratch)
  }

  @_noAllocation @inline(__always)
  private static func checkString(
    _ claim: RegisteredClaim, _ members: RegisteredMembers
  ) throws(JWTError) {
    if !members[claim].isAbsent, !members[claim].isString { throw .claimType(claim) }
  }

  /// Checks that the required claims are present; null counts as absent, as in PyJWT.
  @_noAllocation
  private borrowing func checkRequired(_ members: RegisteredMembers) throws(JWTError) {
    for index in 0..<RegisteredMembers.count where required >> UInt8(index) & 1 != 0 {
      if members[index].isAbsent || members[index].isNull, let claim = RegisteredClaim(index: index)
      {
        throw .claimMissing(claim)
      }
    }
  }

  /// As above, for unregistered claims, and checks which are strings: walks the members again.
  @_noAllocation
  private borrowing func checkCustom(
    _ payloadStart: Int, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    var (missing, mistyped) = (requiredCustom, 0 as UInt64)
    var members = JSONMembers(from: payloadStart)
    while let member = members.next(scratch) {
      if !member.value.isNull, let index = requiredNames.index(of: member.name, scratch) {
        let bit = 1 << UInt64(index) as UInt64
        missing &= ~bit
        if !member.value.isString { mistyped |= bit & requiredStrings }
      }
    }
    if missing != 0 { throw .claimMissing(requiredClaims[missing.trailingZeroBitCount]) }
    if mistyped != 0 { throw .claimType(requiredClaims[mistyped.trailingZeroBitCount]) }
  }

  /// Checks that a time is a number and reads it, unless a kernel has.
  @_noAllocation @inline(__always)
  private static func readTime(
    _ claim: RegisteredClaim, _ members: inout RegisteredMembers, _ isRead: Bool,
    _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    let value = members[claim]
    if value.isAbsent { return }
    guard value.isNumber else { throw .claimType(claim) }
    if isRead { return }
    guard let seconds = value.integer(scratch) else { throw .claimRange(claim) }
    members.setSeconds(seconds, at: claim.index)
  }

  /// Checks the times; sums saturate at 64 bits, so nothing wraps. This function has every check
  /// that depends on the clock, so claims that passed once need no other check later.
  @_noAllocation
  borrowing func checkTimes(_ claims: inout ClaimIndex, _ now: Int64) throws(JWTError) {
    let (sum, late) = now.addingReportingOverflow(leeway)
    let latest = late ? Int64.max : sum
    let (difference, early) = now.subtractingReportingOverflow(leeway)
    let earliest = early ? Int64.min : difference
    if let issuedAt = claims.issuedAt, issuedAt > latest { throw .notYetValid(.issuedAt) }
    if let maximumAge {
      guard let issuedAt = claims.issuedAt else { throw .claimMissing(.issuedAt) }
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
    guard let value else { throw .claimMissing(.issuer) }
    guard issuer!.index(of: value, scratch) != nil else { throw .issuerMismatch }
  }

  @_noAllocation
  private borrowing func checkSubject(
    _ value: JSONString?, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    guard let value else { throw .claimMissing(.subject) }
    guard subject!.index(of: value, scratch) != nil else { throw .subjectMismatch }
  }

  /// Checks `aud`: any element may match, every element must be a string.
  @_noAllocation
  private borrowing func checkAudience(
    _ value: JSONValue, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) {
    if value.isAbsent {
      if audience != nil { throw .claimMissing(.audience) }
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
      // An empty array names no audience (RFC 7519 §4.1.3): it counts as absent.
      if isEmpty, audience != nil { throw .claimMissing(.audience) }
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
