// The front door for reading: a token in, verified claims out. Each step is one call, in the
// order in which the token meets them.
import Synchronization

/// Verifies tokens with one key: immutable, made once, used by any number of threads.
///
/// ```swift
/// let verifier = try Verifier(key: key, algorithms: [.hs256], audience: ["fastapi-users:auth"])
/// let claims = try verifier.verify(token)
/// ```
///
/// Checked, in this order: the size; the form; the header against the allow list and the key; the
/// signature over the bytes as they came; the payload as strict JSON; required claims; types; `iat`,
/// `nbf`, `exp`; `iss`; `aud`; `sub`. The first failure is thrown, and nothing else of the token is
/// to be had.
public final class Verifier: Sendable {
  /// Bytes that a token may have if nothing else is said: 16 KiB.
  public static let defaultTokenLimit = 16384

  // Both always there, and a flag: to read an optional or an enumeration's payload would retain it,
  // and so write to what all threads share. What is not asked for is a key of the set, which proves
  // nothing more, or the set that has none.
  let key: VerificationKey
  let keys: RotatingKeySet
  let hasOneKey: Bool
  let steps: VerificationSteps
  let clock: @Sendable () -> Int64
  /// A number that no other verifier of this process has or had.
  let identity: UInt64
  private static let identities = Atomic<UInt64>(0)
  private let onlyGeneration: KeyGeneration

  /// Makes a verifier with one key, whatever `kid` a token has.
  ///
  /// - Parameters:
  ///   - key: What signatures are checked with; it alone decides which algorithms can be.
  ///   - algorithms: The allow list; a token's `alg` is compared with it and never obeyed.
  ///   - audience: A token must name one of these in `aud`; nil refuses every token that has `aud`.
  ///   - issuer: A token's `iss` must be this; nil asks nothing.
  ///   - sharedIssuers: In place of `issuer`: a token's `iss` must be one of these, which all sign with
  ///     the same keys. Any of them can then sign for any other; issuers that have keys of their own
  ///     have a verifier each, in an ``IssuerVerifier`` (RFC 8725 §3.8). One name alone says that
  ///     another verifier's issuers have these keys too.
  ///   - subject: A token's `sub` must be this; nil asks nothing.
  ///   - required: Claims that must be there and not null, by name.
  ///   - type: What the header's `typ` must be, for instance `at+jwt` (RFC 9068); nil asks nothing.
  ///   - leeway: Whole seconds by which clocks may differ, ≥ 0.
  ///   - maximumAge: Seconds that may have passed since `iat`, ≥ 0, which then must be there; nil
  ///     asks nothing.
  ///   - tokenLimit: Bytes that a token may have, ≥ 0; never more than ``CompactJWS/maximumLength``.
  ///   - clock: Whole seconds since 1970; read once for each token.
  /// - Throws: `algorithmKeyMismatch` where no algorithm of the list fits the key; `keyTooShort`.
  /// - Precondition: `algorithms` is not empty; at most 64 claims are required; there is no `issuer`
  ///   where there are `sharedIssuers`.
  public convenience init(
    key: VerificationKey, algorithms: [Algorithm], audience: [String]? = nil,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [],
    type: String? = nil, leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now
  ) throws(JWTError) {
    try self.init(
      key: key, algorithms: algorithms, audience: audience, allowingNullAudience: false,
      issuer: issuer, sharedIssuers: sharedIssuers, subject: subject, required: required,
      type: type, leeway: leeway, maximumAge: maximumAge, tokenLimit: tokenLimit, clock: clock)
  }

  /// As the public one; ``JotAuth`` reads `"aud":null`, which FastAPI Users writes.
  package convenience init(
    key: VerificationKey, algorithms: [Algorithm], audience: [String]?, allowingNullAudience: Bool,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [],
    type: String? = nil, leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit, clock: @escaping @Sendable () -> Int64
  ) throws(JWTError) {
    let usable = algorithms.filter { key.algorithms.contains($0) }
    guard algorithms.isEmpty || !usable.isEmpty else { throw .algorithmKeyMismatch }
    for algorithm in usable { try algorithm.check(key.algorithms, key.secretLength) }
    self.init(
      key, .none, hasOneKey: true, algorithms, usable: key.served, audience, allowingNullAudience,
      issuer, sharedIssuers, subject, required, type, leeway, maximumAge, tokenLimit, clock)
  }

  /// Makes a verifier whose keys are found by a token's `kid`: see ``KeySet``.
  ///
  /// An algorithm of the list that no key serves is no error: the set may change.
  ///
  /// - Parameter keys: Where the set in force stands; several verifiers may share it.
  /// - Precondition: As for one key.
  public convenience init(
    keys: RotatingKeySet, algorithms: [Algorithm], audience: [String]? = nil,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [],
    type: String? = nil, leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now
  ) {
    self.init(
      keys.keySet.keys[0], keys, hasOneKey: false, algorithms, usable: nil, audience, false, issuer,
      sharedIssuers, subject, required, type, leeway, maximumAge, tokenLimit, clock)
  }

  /// Makes a verifier with a set that stays as it is.
  public convenience init(
    keys: KeySet, algorithms: [Algorithm], audience: [String]? = nil,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [],
    type: String? = nil, leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now
  ) {
    self.init(
      keys: RotatingKeySet(keys), algorithms: algorithms, audience: audience, issuer: issuer,
      sharedIssuers: sharedIssuers, subject: subject, required: required, type: type,
      leeway: leeway, maximumAge: maximumAge, tokenLimit: tokenLimit, clock: clock)
  }

  private init(
    _ key: VerificationKey, _ keys: RotatingKeySet, hasOneKey: Bool, _ algorithms: [Algorithm],
    usable: UInt32?, _ audience: [String]?,
    _ allowsNullAudience: Bool, _ issuer: String?, _ sharedIssuers: [String]?,
    _ subject: String?, _ required: [String], _ type: String?, _ leeway: Int64,
    _ maximumAge: Int64?, _ tokenLimit: Int,
    _ clock: @escaping @Sendable () -> Int64
  ) {
    precondition(!algorithms.isEmpty, "a verifier allows at least one algorithm")
    precondition(leeway >= 0, "leeway is 0 seconds or more")
    precondition(maximumAge ?? 0 >= 0, "the maximum age is 0 seconds or more")
    precondition(required.count <= 64, "at most 64 claims are required")
    precondition(issuer == nil || sharedIssuers == nil, "issuer or sharedIssuers, not both")
    let issuers = issuer.map { [$0] } ?? sharedIssuers
    let seed = UInt64.random(in: .min ... .max)
    steps = VerificationSteps(
      header: Header(
        allowed: algorithms, usable: usable, signatureLength: key.signatureLength, type: type,
        seed: seed),
      policy: Policy(
        audience: audience, allowingNullAudience: allowsNullAudience, issuer: issuers,
        subject: subject, required: required, leeway: leeway, maximumAge: maximumAge, seed: seed),
      tokenLimit: min(tokenLimit, CompactJWS.maximumLength))
    (self.key, self.keys, self.hasOneKey) = (key, keys, hasOneKey)
    self.issuers = issuers ?? []
    sharesKeys = sharedIssuers != nil
    self.clock = clock
    onlyGeneration = KeyGeneration(number: 0, isSecret: key.type == .secret)
    identity = Self.identities.wrappingAdd(1, ordering: .relaxed).newValue
  }

  /// The issuers of which a token must be one's; empty where none is asked for.
  public let issuers: [String]
  /// Whether others may sign with the same keys: the issuers were given as ones that share them.
  let sharesKeys: Bool
  /// Bytes that a token may have.
  var tokenLimit: Int { steps.tokenLimit }

  /// Verifies `token` and returns its claims.
  ///
  /// - Parameter token: A JWS in the Compact Serialization, without white space around it.
  /// - Throws: ``JWTError``: the first check that failed.
  /// - Complexity: O(n).
  public func verify(_ token: String) throws(JWTError) -> VerifiedClaims {
    try VerifiedClaims(of: token, limit: tokenLimit) { token, scratch throws(JWTError) in
      try verify(token, scratch: &scratch)
    }
  }

  /// Verifies `token` without allocating and returns where its claims lie.
  ///
  /// After a success the payload stands decoded at the front of `scratch`; after a throw its content
  /// is unspecified. HMAC allocates nothing, nor does RSA by a kernel; all else is OpenSSL, which may.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `scratchLength(forToken: token.count)` bytes, the caller's own.
  /// - Throws: ``JWTError``; `bufferTooSmall` for a short scratch, before anything is read.
  /// - Complexity: O(n); for HMAC no allocation, which the compiler checks behind this call, but one of
  ///   36 KiB at a thread's first token, freed at the thread's end.
  public func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    var claims = ClaimIndex()
    try verify(token, at: clock(), scratch: &scratch, into: &claims)
    return claims
  }

  /// Verifies `token` as ``verify(_:scratch:)`` does and writes where its claims lie to `claims`: a copy
  /// of what was just written waits for it, some 5 ns.
  ///
  /// - Parameter claims: Overwritten; after a throw it has none.
  public func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>, into claims: inout ClaimIndex
  ) throws(JWTError) {
    claims = ClaimIndex()
    do throws(JWTError) {
      try verify(token, at: clock(), scratch: &scratch, into: &claims)
    } catch {
      claims = ClaimIndex()
      throw error
    }
  }

  /// Verifies one token against a reading of the clock; its payload is decoded to where `claims` says.
  @inline(__always)
  func verify(
    _ token: Span<UInt8>, at now: Int64, scratch: inout MutableSpan<UInt8>,
    into claims: inout ClaimIndex
  ) throws(JWTError) {
    if hasOneKey {
      try steps.verify(token, key: key.material, now: now, scratch: &scratch, into: &claims)
      return
    }
    let place = claims.payloadStart
    let opened = try steps.open(token, &scratch, at: place)
    try keys.read { keys throws(JWTError) in
      try keys.withKey(opened.keyID, &scratch) { key, served, scratch throws(JWTError) in
        guard served >> UInt32(opened.algorithm) & 1 == 1 else { throw .algorithmKeyMismatch }
        try VerificationSteps.checkSignature(
          token, opened.jws, key, opened.algorithm, &scratch, at: place)
      }
    }
    try steps.check(token, opened.jws.payload, now: now, scratch: &scratch, into: &claims)
  }

  /// Returns the bytes of scratch that a token of `count` bytes needs; it grows with `count`.
  public static func scratchLength(forToken count: Int) -> Int {
    VerificationSteps.scratchLength(forToken: count)
  }
}

// What TokenCache asks.
extension Verifier {
  /// Which keys are in force. With one key, always the same.
  var generation: KeyGeneration { hasOneKey ? onlyGeneration : keys.generation }

  /// Whether a token of `count` bytes is inside the limit and `scratch` large enough for it.
  @_noAllocation
  func hasRoom(forToken count: Int, _ scratch: borrowing MutableSpan<UInt8>) -> Bool {
    count <= steps.tokenLimit
      && scratch.count >= VerificationSteps.scratchLength(forToken: count)
  }

  /// Checks what the clock decides, for claims that this verifier has passed once.
  func checkTimes(_ claims: inout ClaimIndex) throws(JWTError) {
    let now = clock()
    try steps.checkTimes(&claims, now)
  }
}
