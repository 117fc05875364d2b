// Fence: several issuers, each with its own keys (RFC 8725 §3.8). The issuer in the unverified
// payload only selects the verifier, which then checks the whole token.

/// Verifies tokens of several issuers, each with its own verifier, keys, algorithms and audience.
///
/// ```swift
/// let verifier = try IssuerVerifier([
///   Verifier(keys: ours, algorithms: [.es256], audience: ["shop"], issuer: "https://id.example.com"),
///   Verifier(keys: theirs, algorithms: [.rs256], audience: ["shop"], issuer: "https://partner.example"),
/// ])
/// let claims = try verifier.verify(token)
/// ```
///
/// A key proves only that its owner signed. If one set had the keys of two issuers, each issuer
/// could sign in the other's name. So no two verifiers here may share a key, unless both declare it
/// (`sharedIssuers:`); two sets may use the same `kid`. Of a ``RotatingKeySet`` only the keys at
/// the time of creation are compared.
///
/// The claim `iss` is read before the signature is checked, and only selects the verifier. That
/// verifier checks everything, including `iss`, so a forged `iss` only selects who refuses the
/// token.
///
/// Immutable, made once, used by any number of threads. To add an issuer, make another instance:
/// the verifiers are shared, not copied.
@safe public final class IssuerVerifier: @unchecked Sendable {
  /// The verifiers, in their order.
  public let verifiers: [Verifier]
  /// The most bytes in a token: the highest limit of the verifiers.
  public let tokenLimit: Int
  // All issuers; the verifier of each has the same index.
  private let issuers: ByteStringTable
  private let references: UnsafeMutablePointer<Unmanaged<Verifier>>
  private let seed = UInt64.random(in: .min ... .max)

  /// Makes a verifier for all issuers of `verifiers`; an empty list refuses every token.
  ///
  /// - Parameter verifiers: One for each issuer, or each group of issuers that share their keys.
  /// - Throws: `issuerAbsent` if a verifier has no issuer, so would accept any; `issuerDuplicate`
  ///   if two have the same issuer; `issuerKeyShared` if two share a key, or a `RotatingKeySet`, and
  ///   not both have `sharedIssuers:`; `cryptographyFailed`. Sets are compared as they are now: keys
  ///   that two of them get later are the providers' to keep apart.
  /// - Complexity: O(issuers + keys): 3 µs for a secret, 10 to 20 µs for a public key.
  public init(_ verifiers: [Verifier]) throws(JWTError) {
    var names: [[UInt8]] = []
    var owners: [Verifier] = []
    var known: Set<[UInt8]> = []
    var keys: [[UInt8]: Verifier] = [:]
    var sets: [ObjectIdentifier: Verifier] = [:]
    let challenge = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    for (index, verifier) in verifiers.enumerated() {
      guard !verifier.issuers.isEmpty else { throw .issuerAbsent(at: index) }
      for issuer in verifier.issuers {
        let name = Array(issuer.utf8)
        guard known.insert(name).inserted else { throw .issuerDuplicate(at: index) }
        names.append(name)
        owners.append(verifier)
      }
      // A set that is empty now has no key to compare, and the same set will have the same keys.
      if !verifier.hasOneKey, let owner = sets.updateValue(verifier, forKey: .init(verifier.keys)),
        owner !== verifier, !owner.sharesKeys || !verifier.sharesKeys
      {
        throw .issuerKeyShared(at: index)
      }
      for key in verifier.hasOneKey ? [verifier.key] : verifier.keys.keySet.keys {
        let owner = keys.updateValue(verifier, forKey: try key.identity(challenge))
        guard let owner, owner !== verifier else { continue }
        guard owner.sharesKeys, verifier.sharesKeys else { throw .issuerKeyShared(at: index) }
      }
    }
    self.verifiers = verifiers
    tokenLimit = verifiers.map(\.tokenLimit).max() ?? Verifier.defaultTokenLimit
    issuers = ByteStringTable(names, seed: seed)
    // SAFETY: this object alone owns the block, initialises all of it and frees it once, in deinit;
    // `verifiers` retains every verifier as long as this object lives, so a reader need not.
    unsafe references = .allocate(capacity: owners.count)
    for (index, owner) in owners.enumerated() {
      unsafe (references + index).initialize(to: Unmanaged.passUnretained(owner))
    }
  }

  deinit {
    // SAFETY: unretained references need no deinitialising.
    unsafe references.deallocate()
  }

  /// Verifies `token` with its issuer's verifier without allocating; returns its claims' locations.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, not shared.
  /// - Throws: ``JWTError``: why no verifier was found (see ``verifier(for:scratch:)``), or the
  ///   first check that failed; `bufferTooSmall` for a short scratch.
  /// - Complexity: O(n); allocates as ``Verifier`` does: nothing for HMAC.
  public func verify(
    _ token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    var claims = ClaimIndex()
    try verify(token, scratch: &scratch, into: &claims)
    return claims
  }

  /// Verifies `token` as ``verify(_:scratch:)`` does and writes its claims' locations to `claims`.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, not shared.
  ///   - claims: Overwritten; empty after a throw.
  /// - Throws: ``JWTError``, as ``verify(_:scratch:)`` does.
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
  /// The result only tells which issuer the token claims; that may be false.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes; overwritten.
  /// - Throws: `tokenTooLarge`, `tokenMalformed`, `encrypted`, `bufferTooSmall`, `base64Invalid`;
  ///   `claimsInvalid` if the payload is not a strict JSON object; `claimMissing`, `claimType` for
  ///   `iss`; `issuerUnknown` if no verifier has it.
  /// - Complexity: O(n), for any number of issuers; no allocation.
  public func verifier(
    for token: Span<UInt8>, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> Verifier {
    try withVerifier(at: index(of: token, &scratch)) { $0 }
  }

  /// Calls `body` with the verifier of the issuer at `index`, without retaining it.
  @inline(__always)
  func withVerifier<Result, Failure: Error>(
    at index: Int, _ body: (Verifier) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the index is from the table, so inside the block; this object retains the verifier.
    try unsafe references[index]._withUnsafeGuaranteedRef { verifier in
      Swift.Result { () throws(Failure) in try body(verifier) }
    }.get()
  }

  /// Returns the index of the issuer that `token` names; its payload is decoded to `scratch` at `offset`.
  ///
  /// The payload is read like every payload, strictly and whole, so that the verifier can't find a
  /// different `iss`.
  @_noAllocation
  func index(
    of token: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>, at offset: Int = 0
  ) throws(JWTError) -> Int {
    let jws: CompactJWS
    do throws(CompactJWSError) {
      jws = try CompactJWS(token, limit: tokenLimit)
    } catch {
      throw JWTError(of: error, token, limit: tokenLimit)
    }
    guard scratch.count - offset >= VerificationSteps.scratchLength(forToken: token.count) else {
      throw .bufferTooSmall(needed: offset + VerificationSteps.scratchLength(forToken: token.count))
    }
    var claims = ClaimIndex()
    claims.payloadStart = offset
    do throws(JWTError) {
      claims.payloadLength = try Segments.decode(
        token, jws.payload, .payload, into: &scratch, at: offset)
      let plain = claims.members.readPlainPayload(
        &scratch, from: offset, count: claims.payloadLength)
      if !plain.isRead { try claims.scan(&scratch, seed: seed) }
    } catch {
      throw error.explained(by: token)
    }
    guard let issuer = claims.issuer else {
      throw claims.members[.issuer].isAbsent
        ? .claimMissing(.issuer) : .claimType(.issuer)
    }
    guard let index = issuers.index(of: issuer, scratch) else { throw .issuerUnknown }
    return index
  }
}
