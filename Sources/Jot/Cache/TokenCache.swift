// A cache of verified claims.

/// A cache of verified tokens, for keys whose signatures are expensive: RSA, ECDSA, EdDSA.
///
/// ```swift
/// let cached = CachedVerifier(verifier, cache: TokenCache(entries: 10_000))
/// let claims = try cached.verify(token)
/// ```
///
/// The result always equals the verifier's own, claims and errors: `iat`, the maximum age, `nbf`
/// and `exp` are checked each time; nothing else can change. Replacing a key set invalidates
/// everything verified with it. Failures are not cached. HMAC keys, whose verification costs less
/// than a lookup, go directly to the verifier. So does every token if all primitives are left to
/// OpenSSL: it has no BLAKE2b in its FIPS provider.
///
/// Any number of threads and verifiers may share a cache. An entry has claims and a fingerprint of
/// the token (BLAKE2b under a random key), never the token. The memory is allocated once. A hit
/// allocates nothing, takes no lock and writes nothing to an entry but the visited bit of the first hit. A
/// full cache evicts by SIEVE.
public final class TokenCache: Sendable {
  private let memory: CacheMemory
  private let key: FingerprintKey

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - entries: The most tokens in the cache.
  ///   - bytes: The most memory, in total. An entry takes 256 bytes with a payload of up to 104,
  ///     and 256 for each 240 more. A payload of more than 4,096 bytes is not cached.
  /// - Precondition: `entries` ≥ 1; 64 KiB ≤ `bytes` ≤ 64 GiB.
  public init(entries: Int = 10_000, bytes: Int = 16 << 20) {
    precondition(entries >= 1, "a cache has room for one entry at least")
    precondition(bytes >= 1 << 16 && bytes <= 1 << 36, "a cache has 64 KiB to 64 GiB")
    key = FingerprintKey()
    memory = CacheMemory(entries: entries, bytes: bytes - FingerprintKey.byteCount)
  }

  /// Verifies `token` as `verifier` does, and leaves the same result in `scratch`.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - verifier: Entries belong to it: another verifier never finds them.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, not shared.
  /// - Throws: ``JWTError``: the first check that failed, in the verifier's order.
  /// - Complexity: O(n); no allocation for a cached token.
  public func verify(
    _ token: Span<UInt8>, with verifier: Verifier, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    try verify(token, with: verifier, scratch: &scratch, whileReading: {}, beforeKeeping: {})
  }

  /// Verifies `token` as `verifier` does, and leaves the same result in `scratch`.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - verifier: Selects the verifier of the token's issuer, to which its entries belong.
  ///   - scratch: At least `Verifier.scratchLength(forToken: token.count)` bytes, not shared.
  /// - Throws: ``JWTError``: the first check that failed, in the verifier's order.
  /// - Complexity: O(n); no allocation for a cached token.
  public func verify(
    _ token: Span<UInt8>, with verifier: IssuerVerifier, scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    let issuer = try verifier.index(of: token, &scratch)
    return try verifier.withVerifier(at: issuer) { verifier throws(JWTError) in
      try verify(token, with: verifier, scratch: &scratch)
    }
  }

  /// As the public function, with two test hooks: between a reader's two loads of an entry's
  /// version, and between verification and the second load of the generation.
  @inline(__always)
  package func verify(
    _ token: Span<UInt8>, with verifier: Verifier, scratch: inout MutableSpan<UInt8>,
    whileReading: () -> Void, beforeKeeping: () -> Void
  ) throws(JWTError) -> ClaimIndex {
    let generation = verifier.generation
    // The verifier refuses tokens for their size before anything is hashed. BLAKE2b is no primitive
    // of a validated module.
    guard !generation.isSecret, verifier.hasRoom(forToken: token.count, scratch),
      !Primitives.areLeftToOpenSSL
    else {
      return try verifier.verify(token, scratch: &scratch)
    }
    let key = CacheKey(
      fingerprint: key.fingerprint(of: token), verifier: verifier.identity,
      generation: generation.bits)
    let shard = memory.shard(key.hash)
    var claims = ClaimIndex()
    if let found = shard.find(key) {
      whileReading()
      switch shard.read(found, key, into: &scratch, &claims) {
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
    // Such an entry would never be found, but it would evict another one.
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

  /// Removes all entries but keeps the counts; verifications in progress may still insert.
  public func removeAll() { memory.forEachShard { $0.removeAll() } }

  /// Counts since the cache was made, and its current content.
  public struct Statistics: Equatable, Sendable {
    /// Tokens that were found, even if they had expired.
    public let hits: Int
    /// Tokens that were not found, so verified.
    public let misses: Int
    /// Entries removed to free space.
    public let evictions: Int
    /// Entries found, or about to be inserted, after the key set was replaced.
    public let stale: Int
    /// Verified tokens that were not cached: too long, or another thread held the shard's lock.
    public let dropped: Int
    /// Current entries, including those that only time or rotation has ended.
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

  /// The memory of the cache in bytes.
  public var byteCount: Int { memory.byteCount + FingerprintKey.byteCount }

  /// The whole content of the cache's memory, for tests that search it.
  package var contents: [UInt8] { memory.contents() }
}
