// The public API for verification: a token in, verified claims out.
import Synchronization

/// Verifies tokens with one key or a set of keys: immutable, made once, used by any number of threads.
///
/// ```swift
/// let verifier = try Verifier(key: key, algorithms: [.rs256], audience: ["shop"])
/// let claims = try verifier.verify(token)
/// ```
///
/// `verify` of a `String`, a `Substring` or bytes is a method of ``TokenVerifier``, which this class
/// conforms to. The methods here allocate nothing, or verify a batch.
///
/// Checks in this order: the size; the form; the header against the allow list and the key; the
/// signature over the bytes as received; the payload as strict JSON; required claims; types; `iat`,
/// `nbf`, `exp`; `iss`; `aud`; `sub`. Throws the first failure; nothing else of the token is
/// available.
public final class Verifier: Sendable {
  /// The default limit of a token's size: 16 KiB.
  public static let defaultTokenLimit = 16384

  // None of the three is Optional, and `hasOneKey` says which to use; the unused are empty, or a
  // random key. Reading an Optional or an enumeration's payload would retain it, and so write to
  // memory that all threads share.
  let key: VerificationKey
  package let keys: RotatingKeySet
  /// The set of `key` alone, if that has an ID, which its tokens' headers may have.
  private let onlyKeys: KeySet
  let hasOneKey: Bool
  let steps: VerificationSteps
  let clock: @Sendable () -> Int64
  /// A number that no other verifier of this process has or had.
  let identity: UInt64
  private static let identities = Atomic<UInt64>(0)
  private let onlyGeneration: KeyGeneration

  /// Makes a verifier with one key, for tokens with any `kid`.
  ///
  /// - Parameters:
  ///   - key: The verification key; it alone decides which algorithms are possible.
  ///   - algorithms: The allow list; a token's `alg` is compared with it and never obeyed.
  ///   - audience: A token must name one of these in `aud`; nil refuses every token with `aud`.
  ///   - issuer: A token's `iss` must equal this; nil accepts any.
  ///   - sharedIssuers: Instead of `issuer`: a token's `iss` must be one of these, which all sign
  ///     with the same keys. Any of them can then sign for any other. Issuers with their own keys
  ///     need a verifier each, in an ``IssuerVerifier`` (RFC 8725 §3.8). A single name means that
  ///     another verifier's issuers have these keys too.
  ///   - subject: A token's `sub` must equal this; nil accepts any.
  ///   - required: Names of claims that must be present and not null.
  ///   - type: The required `typ` of the header, for instance `at+jwt` (RFC 9068); nil accepts any.
  ///   - leeway: Whole seconds by which clocks may differ, ≥ 0.
  ///   - maximumAge: The most seconds since `iat`, ≥ 0; `iat` is then required. Nil means no limit.
  ///   - tokenLimit: The most bytes in a token, ≥ 0; always below 1 GiB.
  ///   - clock: Whole seconds since 1970; read once for each token.
  /// - Throws: `algorithmKeyMismatch` if no algorithm of the list fits the key; `keyTooShort`.
  /// - Precondition: `algorithms` is not empty; at most 64 claims are required; `issuer` and
  ///   `sharedIssuers` are not both given.
  public convenience init(
    key: VerificationKey, algorithms: [Algorithm], audience: [String]? = nil,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [],
    type: String? = nil, leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now
  ) throws(JWTError) {
    try self.init(
      key: key,
      expecting: Expectations(
        algorithms: algorithms, audience: audience, issuer: issuer, sharedIssuers: sharedIssuers,
        subject: subject, required: required, type: type, leeway: leeway, maximumAge: maximumAge,
        tokenLimit: tokenLimit, clock: clock))
  }

  package convenience init(
    key: VerificationKey, expecting expectations: Expectations
  ) throws(JWTError) {
    let usable = expectations.algorithms.filter { key.algorithms.contains($0) }
    guard !usable.isEmpty else { throw .algorithmKeyMismatch }
    for algorithm in usable { try algorithm.check(key.algorithms, key.secretLength) }
    self.init(key, .none, hasOneKey: true, expectations)
  }

  /// Makes a verifier that finds its key by a token's `kid`: see ``KeySet``.
  ///
  /// `keys` holds the current set; several verifiers may share it. An algorithm of the list without
  /// a key is not an error: the set may change. The other parameters and the preconditions are the
  /// same as for one key.
  public convenience init(
    keys: RotatingKeySet, algorithms: [Algorithm], audience: [String]? = nil,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [],
    type: String? = nil, leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now
  ) {
    self.init(
      Self.unused, keys, hasOneKey: false,
      Expectations(
        algorithms: algorithms, audience: audience, issuer: issuer, sharedIssuers: sharedIssuers,
        subject: subject, required: required, type: type, leeway: leeway, maximumAge: maximumAge,
        tokenLimit: tokenLimit, clock: clock))
  }

  /// Makes a verifier with a fixed set, which finds its key by a token's `kid`: see ``KeySet``.
  ///
  /// The other parameters and the preconditions are the same as for one key.
  public convenience init(
    keys: KeySet, algorithms: [Algorithm], audience: [String]? = nil,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [],
    type: String? = nil, leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit,
    clock: @escaping @Sendable () -> Int64 = NumericDate.now
  ) {
    self.init(
      Self.unused, RotatingKeySet(keys), hasOneKey: false,
      Expectations(
        algorithms: algorithms, audience: audience, issuer: issuer, sharedIssuers: sharedIssuers,
        subject: subject, required: required, type: type, leeway: leeway, maximumAge: maximumAge,
        tokenLimit: tokenLimit, clock: clock))
  }

  package convenience init(keys: RotatingKeySet, expecting expectations: Expectations) {
    self.init(Self.unused, keys, hasOneKey: false, expectations)
  }

  /// The `key` of all verifiers with a set, which they do not use. One of the set would not be released
  /// when the set is replaced.
  private static let unused = VerificationKey(unchecked: .random(count: 64))

  private init(
    _ key: VerificationKey, _ keys: RotatingKeySet, hasOneKey: Bool, _ expectations: Expectations
  ) {
    steps = VerificationSteps(
      expectations, onlyKey: hasOneKey ? key : nil, seed: .random(in: .min ... .max))
    (self.key, self.keys, self.hasOneKey) = (key, keys, hasOneKey)
    onlyKeys = hasOneKey && key.keyID != nil ? (try? KeySet([key])) ?? .none : .none
    issuers = expectations.issuers ?? []
    sharesKeys = expectations.sharedIssuers != nil
    clock = expectations.clock
    onlyGeneration = KeyGeneration(number: 0, isSecret: key.type == .secret)
    identity = Self.identities.wrappingAdd(1, ordering: .relaxed).newValue
  }

  /// The accepted issuers; empty accepts any.
  public let issuers: [String]
  /// Whether the issuers were given as `sharedIssuers`: others may sign with the same keys.
  let sharesKeys: Bool
  /// The most bytes in a token.
  public var tokenLimit: Int { steps.tokenLimit }

  /// Verifies `token` without allocating and returns its claims' locations.
  ///
  /// After success the decoded payload is at the front of `scratch`; after a throw its content is
  /// unspecified. HMAC and RSA kernels allocate nothing; everything else is OpenSSL, which may.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `scratchLength(forToken: token.count)` bytes, not shared.
  /// - Throws: ``JWTError``; `bufferTooSmall` for a short scratch, before anything is read.
  /// - Complexity: O(n). HMAC and RSA kernels do not allocate; the compiler checks that inside this
  ///   call. A thread's first token allocates 41 KiB, freed at the thread's end.
  public func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    var claims = ClaimIndex()
    try verify(token, at: clock(), scratch: &scratch, into: &claims)
    return claims
  }

  /// Verifies `token` as ``verify(_:scratch:)`` does and writes its claims' locations to `claims`.
  ///
  /// Returning the structure costs a store-forwarding stall of some 5 ns.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `scratchLength(forToken: token.count)` bytes, not shared.
  ///   - claims: Overwritten; empty after a throw.
  /// - Throws: ``JWTError``, as ``verify(_:scratch:)`` does.
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

  /// Verifies one token at the time `now`; its payload is decoded to the offset in `claims`.
  ///
  /// Defines the order of the steps, for one key and for a set. A batch does the same steps in the
  /// same order, but checks the signatures of several tokens at once: see `VerificationBatch`.
  @inline(__always)
  func verify(
    _ token: Span<UInt8>, at now: Int64, scratch: inout MutableSpan<UInt8>,
    into claims: inout ClaimIndex
  ) throws(JWTError) {
    let offset = claims.payloadStart
    try withKeys { keys throws(JWTError) in
      let opened = try steps.open(token, keys, &scratch, at: offset)
      do throws(JWTError) {
        try withKey(of: opened, keys, &scratch) { key, scratch throws(JWTError) in
          try VerificationSteps.checkSignature(token, opened, key, &scratch, at: offset)
        }
        try steps.decodePayload(token, opened.jws.payload, into: &scratch, &claims)
        try steps.checkClaims(&scratch, now, &claims)
      } catch {
        throw steps.refusal(error, opened.hasCountedDots, token)
      }
    }
  }

  /// Calls `body` with the current keys, which live at least as long as the call.
  @inline(__always)
  func withKeys<Result, Failure: Error>(
    _ body: (KeySet) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if hasOneKey { return try body(onlyKeys) }
    return try keys.read(body)
  }

  /// Calls `body` with the key for a token's signature.
  ///
  /// - Parameter keys: From `withKeys`.
  /// - Throws: `keyNotFound`, `algorithmKeyMismatch`; errors of `body`.
  @inline(__always)
  func withKey(
    of opened: VerificationSteps.Opened, _ keys: KeySet, _ scratch: inout MutableSpan<UInt8>,
    _ body: (borrowing VerificationKey.Material, inout MutableSpan<UInt8>) throws(JWTError) -> Void
  ) throws(JWTError) {
    // The header was already compared with this key's algorithms.
    if hasOneKey { return try body(key.material, &scratch) }
    let entry =
      opened.entry >= 0
      ? opened.entry : try keys.entry(opened.keyID, opened.algorithm, scratch)
    try keys.withKey(at: entry, &scratch, body)
  }

  /// Returns the bytes of scratch for a token of `count` bytes; it grows with `count`.
  public static func scratchLength(forToken count: Int) -> Int {
    VerificationSteps.scratchLength(forToken: count)
  }
}

// For TokenCache.
extension Verifier {
  /// The current key generation; with one key, always the same.
  var generation: KeyGeneration { hasOneKey ? onlyGeneration : keys.generation }

  /// Whether a token of `count` bytes is within the limit and `scratch` is large enough for it.
  @_noAllocation
  func hasRoom(forToken count: Int, _ scratch: borrowing MutableSpan<UInt8>) -> Bool {
    count <= steps.tokenLimit
      && scratch.count >= VerificationSteps.scratchLength(forToken: count)
  }

  /// Does the checks that depend on the clock, for claims that this verifier accepted before.
  func checkTimes(_ claims: inout ClaimIndex) throws(JWTError) {
    let now = clock()
    try steps.policy.checkTimes(&claims, now)
  }
}

// For tests.
extension Verifier {
  /// Whether the header of `token` is recognised by its text, so that it is not decoded as JSON.
  package func recognisesHeader(of token: [UInt8]) -> Bool {
    var scratch = [UInt8](repeating: 0, count: Self.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    return withKeys { keys in
      (try? steps.open(token.span, keys, &span, at: 0))?.hasCountedDots == false
    }
  }
}
