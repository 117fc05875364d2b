// Fence: several issuers, each with keys of its own (RFC 8725 §3.8). The issuer is read from the
// unverified payload only to choose the verifier, which then checks all of the token.

/// Verifies tokens of several issuers: each has a verifier, with its own keys, algorithms and audience.
///
/// ```swift
/// let verifier = try IssuerVerifier([
///   Verifier(keys: ours, algorithms: [.es256], audience: ["shop"], issuer: "https://id.example.com"),
///   Verifier(keys: theirs, algorithms: [.rs256], audience: ["shop"], issuer: "https://partner.example"),
/// ])
/// let claims = try verifier.verify(token)
/// ```
///
/// A key proves nothing but that its owner signed: were the keys of two issuers in one set, each could
/// sign what the other is trusted with. So no two verifiers here have a key in common, unless each of
/// them says that others share its keys (`sharedIssuers:`); two sets may use the same `kid`. Of a
/// ``RotatingKeySet`` the keys are compared that it has when this is made.
///
/// The claim `iss` is read before the signature is checked, and decides one thing: which verifier is
/// asked. That verifier checks everything, `iss` included, so a forged `iss` only chooses who refuses.
///
/// Immutable, made once, used by any number of threads. To add an issuer, make another: the
/// verifiers themselves are shared, not copied.
@safe public final class IssuerVerifier: @unchecked Sendable {
  /// The verifiers, in their order.
  public let verifiers: [Verifier]
  /// Bytes that a token may have: what the verifier with the highest limit allows.
  let tokenLimit: Int
  // All issuers, and at each one's index its verifier.
  private let issuers: ByteStringTable
  private let references: UnsafeMutablePointer<Unmanaged<Verifier>>
  private let seed = UInt64.random(in: .min ... .max)

  /// Makes a verifier for all issuers of `verifiers`; without any it refuses every token.
  ///
  /// - Parameter verifiers: One for each issuer, or for each group of issuers that share their keys.
  /// - Throws: `issuerAbsent` where a verifier was made without an issuer and would take any;
  ///   `issuerDuplicate` where two have the same one; `issuerKeyShared` where two have a key in common
  ///   and not both were made with `sharedIssuers:`; `cryptographyFailed`.
  /// - Complexity: O(issuers + keys): 3 µs for a secret, 10 to 20 µs for a public key.
  public init(_ verifiers: [Verifier]) throws(JWTError) {
    var names: [[UInt8]] = []
    var owners: [Verifier] = []
    var known: Set<[UInt8]> = []
    var keys: [[UInt8]: Verifier] = [:]
    let challenge = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    for (place, verifier) in verifiers.enumerated() {
      guard !verifier.issuers.isEmpty else { throw .issuerAbsent(at: place) }
      for issuer in verifier.issuers {
        let name = Array(issuer.utf8)
        guard known.insert(name).inserted else { throw .issuerDuplicate(at: place) }
        names.append(name)
        owners.append(verifier)
      }
      for key in verifier.hasOneKey ? [verifier.key] : verifier.keys.keySet.keys {
        let owner = keys.updateValue(verifier, forKey: try key.fingerprint(challenge))
        guard let owner, owner !== verifier else { continue }
        guard owner.sharesKeys, verifier.sharesKeys else { throw .issuerKeyShared(at: place) }
      }
    }
    self.verifiers = verifiers
    tokenLimit = verifiers.map(\.tokenLimit).max() ?? Verifier.defaultTokenLimit
    issuers = ByteStringTable(names, seed: seed)
    // SAFETY: the block is this object's alone, initialised whole, and freed once, in deinit;
    // `verifiers` holds every verifier as long as this object lives, so a reader need not.
    unsafe references = .allocate(capacity: owners.count)
    for (index, owner) in owners.enumerated() {
      unsafe (references + index).initialize(to: Unmanaged.passUnretained(owner))
    }
  }

  deinit {
    // SAFETY: references that are not counted need no deinitialising.
    unsafe references.deallocate()
  }

  /// Verifies `token` with its issuer's verifier and returns its claims.
  ///
  /// - Parameter token: A JWS in the Compact Serialization, without white space around it.
  /// - Throws: ``JWTError``: why no verifier could be chosen (see ``verifier(for:scratch:)``), or the
  ///   first check that failed.
  /// - Complexity: O(n).
  public func verify(_ token: String) throws(JWTError) -> VerifiedClaims {
    try VerifiedClaims(of: token, limit: tokenLimit) { token, scratch throws(JWTError) in
      try verify(token, scratch: &scratch)
    }
  }

  /// Verifies `token` with its issuer's verifier without allocating and returns where its claims lie.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, the caller's own.
  /// - Throws: as ``verify(_:)`` does; `bufferTooSmall` for a short scratch.
  /// - Complexity: O(n); allocates as ``Verifier`` does, so for HMAC nothing.
  public func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    var claims = ClaimIndex()
    try verify(token, scratch: &scratch, into: &claims)
    return claims
  }

  /// Verifies `token` as ``verify(_:scratch:)`` does and writes where its claims lie to `claims`.
  ///
  /// - Parameter claims: Overwritten; after a throw it has none.
  public func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>, into claims: inout ClaimIndex
  ) throws(JWTError) {
    claims = ClaimIndex()
    let index = try index(of: token, &scratch)
    try withVerifier(at: index) { verifier throws(JWTError) in
      try verifier.verify(token, scratch: &scratch, into: &claims)
    }
  }

  /// Returns the verifier of the issuer that `token` names, without verifying anything.
  ///
  /// What it says of the token is only who would have to vouch for it: the name may be a lie.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes; overwritten.
  /// - Throws: `tokenTooLarge`, `tokenMalformed`, `encrypted`, `bufferTooSmall`, `base64Invalid`;
  ///   `claimsInvalid` where the payload is not a strict JSON object; `claimMissing`, `claimType` for
  ///   `iss`; `issuerUnknown` where it is no verifier's.
  /// - Complexity: O(n), whatever number of issuers there is; no allocation.
  public func verifier(
    for token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> Verifier {
    try withVerifier(at: index(of: token, &scratch)) { $0 }
  }

  /// Calls `body` with the verifier of the issuer at `index`, without counting a reference.
  @inline(__always)
  func withVerifier<Result, Failure: Error>(
    at index: Int, _ body: (Verifier) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the index is one of the table's, so inside the block; this object holds the verifier.
    try unsafe references[index]._withUnsafeGuaranteedRef { verifier in
      Swift.Result { () throws(Failure) in try body(verifier) }
    }.get()
  }

  /// Returns the index of the issuer that `token` names; its payload is decoded to `scratch` at `place`.
  ///
  /// The payload is read as every payload is, strictly and whole, so that the verifier can't find
  /// another `iss` than was found here.
  @_noAllocation
  func index(
    of token: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>, at place: Int = 0
  ) throws(JWTError) -> Int {
    let jws: CompactJWS
    do throws(CompactJWSError) {
      jws = try CompactJWS(token, limit: tokenLimit)
    } catch {
      throw JWTError(error)
    }
    guard VerificationSteps.isEnough(scratch.count - place, forToken: token.count) else {
      throw .bufferTooSmall(needed: place + VerificationSteps.scratchLength(forToken: token.count))
    }
    var claims = ClaimIndex()
    claims.payloadStart = place
    claims.payloadLength = try Segments.decode(
      token, jws.payload, .payload, into: &scratch, at: place)
    let plain = claims.values.readPlain(&scratch, from: place, count: claims.payloadLength)
    if !plain.isRead { try claims.scan(&scratch, seed: seed) }
    guard let issuer = claims.issuer else {
      throw claims.values.iss.isAbsent
        ? .claimMissing(.registered(.issuer)) : .claimType(.issuer)
    }
    guard let index = issuers.index(of: issuer, scratch) else { throw .issuerUnknown }
    return index
  }
}
