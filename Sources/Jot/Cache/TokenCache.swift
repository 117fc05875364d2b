// Claims that were verified, kept for the next time. Before it: Verifier, and a token that comes
// again. After it: the same ClaimIndex and VerifiedClaims.

/// Remembers what tokens were verified, for keys whose signatures are dear: RSA, ECDSA, EdDSA.
///
/// ```swift
/// let cache = TokenCache(entries: 10_000)
/// let claims = try cache.verify(token, with: verifier)
/// ```
///
/// The answer is always the verifier's own, claims and errors alike: `iat`, the maximum age, `nbf` and
/// `exp` are checked each time, all else can't have changed, and a key set that was replaced takes all
/// it had verified along. Failures are not kept. HMAC keys, whose verification costs less than a look,
/// are passed on to the verifier.
///
/// Any number of threads and verifiers may share a cache. An entry has claims and a fingerprint of the
/// token (BLAKE2b under a random key), never the token. The memory is allocated once; a hit allocates
/// nothing, takes no lock and writes nothing into an entry but the mark of the first hit. SIEVE
/// decides what goes when there is no room.
public final class TokenCache: Sendable {
  private let memory: CacheMemory
  private let key: FingerprintKey

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - entries: How many tokens it remembers at most.
  ///   - bytes: Memory that it has at most, all included; an entry takes 256 bytes with a payload
  ///     of up to 104, and 256 for each 240 more. A payload of more than 4,096 is not kept.
  /// - Precondition: `entries` ≥ 1; 64 KiB ≤ `bytes` ≤ 64 GiB.
  public init(entries: Int = 10_000, bytes: Int = 16 << 20) {
    precondition(entries >= 1, "a cache has room for one entry at least")
    precondition(bytes >= 1 << 16 && bytes <= 1 << 36, "a cache has 64 KiB to 64 GiB")
    key = FingerprintKey()
    memory = CacheMemory(entries: entries, bytes: bytes - FingerprintKey.byteCount)
  }

  /// Verifies `token` as `verifier` does, without checking the signature of a token that it knows.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization, without white space around it.
  ///   - verifier: Entries are its own: another one never finds them.
  /// - Throws: ``JWTError``: the first check that failed, as the verifier has it.
  /// - Complexity: O(n).
  public func verify(
    _ token: String, with verifier: Verifier
  ) throws(JWTError) -> VerifiedClaims {
    try VerifiedClaims(of: token, limit: verifier.tokenLimit) { token, scratch throws(JWTError) in
      try verify(token, with: verifier, scratch: &scratch)
    }
  }

  /// Verifies `token` as `verifier` does, and leaves in `scratch` what it would.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - verifier: Entries are its own: another one never finds them.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, the caller's own.
  /// - Throws: ``JWTError``: the first check that failed, as the verifier has it.
  /// - Complexity: O(n); no allocation for a token that it knows.
  public func verify(
    _ token: Span<UInt8>, with verifier: Verifier, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    try verify(token, with: verifier, scratch: &scratch, whileReading: {}, beforeKeeping: {})
  }

  /// Verifies `token` as `verifier` does: the issuer chooses the verifier, whose entries are its own.
  public func verify(
    _ token: String, with verifier: IssuerVerifier
  ) throws(JWTError) -> VerifiedClaims {
    try VerifiedClaims(of: token, limit: verifier.tokenLimit) { token, scratch throws(JWTError) in
      try verify(token, with: verifier, scratch: &scratch)
    }
  }

  /// Verifies `token` as `verifier` does, and leaves in `scratch` what it would.
  ///
  /// - Parameters: as for ``verify(_:with:scratch:)-(_,Verifier,_)``.
  public func verify(
    _ token: Span<UInt8>, with verifier: IssuerVerifier, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    let issuer = try verifier.index(of: token, &scratch)
    return try verifier.withVerifier(at: issuer) { verifier throws(JWTError) in
      try verify(token, with: verifier, scratch: &scratch)
    }
  }

  /// As the public one, with two places where a test may change the world: between a reader's two
  /// looks at an entry's version, and between verification and the second look at the generation.
  @inline(__always)
  package func verify(
    _ token: Span<UInt8>, with verifier: Verifier, scratch: inout MutableSpan<UInt8>,
    whileReading: () -> Void, beforeKeeping: () -> Void
  ) throws(JWTError) -> ClaimIndex {
    let generation = verifier.generation
    // What is refused for its size is refused by the verifier, before anything is hashed.
    guard !generation.isSecret, verifier.hasRoom(forToken: token.count, scratch) else {
      return try verifier.verify(token, scratch: &scratch)
    }
    let key = CacheKey(
      fingerprint: key.fingerprint(of: token), verifier: verifier.identity,
      generation: generation.bits)
    let shard = memory.shard(key.hash)
    var claims = ClaimIndex()
    if let place = shard.find(key) {
      whileReading()
      switch shard.read(place, key, into: &scratch, &claims) {
      case .entry:
        memory.count(.hit)
        try verifier.checkTimes(&claims)
        return claims
      case .stale: memory.count(.stale)
      case .changed: break
      }
    }
    memory.count(.miss)
    claims = try verifier.verify(token, scratch: &scratch)
    beforeKeeping()
    // Not needed, as such an entry would never be found: but it would take another's place.
    guard verifier.generation == generation else {
      memory.count(.stale)
      return claims
    }
    switch shard.insert(key, claims, scratch) {
    case .kept(let evicted): if evicted > 0 { memory.count(.eviction, evicted) }
    case .dropped: memory.count(.dropped)
    }
    return claims
  }

  /// Forgets everything but the counts; what other threads are verifying may still come in.
  public func removeAll() { memory.forEachShard { $0.removeAll() } }

  /// What happened since the cache was made, and what is in it.
  public struct Statistics: Equatable, Sendable {
    /// Tokens that were found, also where their time was over.
    public let hits: Int
    /// Tokens that were not found, and so verified.
    public let misses: Int
    /// Entries that went to make room.
    public let evictions: Int
    /// Entries that were found, or ready to come in, when the key set had been replaced.
    public let stale: Int
    /// Verified tokens that were not kept: too long, or another thread was busy at their place.
    public let dropped: Int
    /// Entries at this moment, those included that only time or rotation has ended.
    public let entries: Int
  }

  /// The counts; exact while no thread uses the cache.
  public var statistics: Statistics {
    var entries = 0
    memory.forEachShard { entries += $0.count }
    return Statistics(
      hits: memory.sum(.hit), misses: memory.sum(.miss), evictions: memory.sum(.eviction),
      stale: memory.sum(.stale), dropped: memory.sum(.dropped), entries: entries)
  }

  /// Bytes of memory that the cache has.
  public var byteCount: Int { memory.byteCount + FingerprintKey.byteCount }

  /// All that stands in the cache's memory, for tests that search it.
  package var contents: [UInt8] { memory.contents() }
}
