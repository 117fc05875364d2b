// What an entry of TokenCache is found by. Before it: Fingerprint, and the verifier's identity and
// generation. After it: CacheShard.

/// A token, the verifier that it is for, and the key set that was in force before it was verified.
struct CacheKey: Sendable {
  /// Of the whole token, under the cache's own key.
  let fingerprint: Fingerprint
  /// Compared as numbers, not hashed with the token: that can't collide, it saves a block of
  /// BLAKE2b, and an entry whose generation is over can be told from none.
  let verifier: UInt64
  let generation: UInt64

  /// Decides the shard and the place in its table; an unforeseeable number.
  var hash: UInt64 {
    @_noAllocation @inline(__always) get { Self.hash(fingerprint.words.0, verifier) }
  }

  @_noAllocation @inline(__always)
  static func hash(_ word: UInt64, _ verifier: UInt64) -> UInt64 {
    // The verifier's part keeps apart what many verifiers make of one token.
    word ^ verifier &* 0x9e37_79b9_7f4a_7c15
  }
}

/// Which of its key sets a verifier has in force, and whether they are secrets.
struct KeyGeneration: Equatable, Sendable {
  /// The count in the higher bits, in the lowest one whether the set has secrets.
  let bits: UInt64

  @_noAllocation @inline(__always)
  init(bits: UInt64) { self.bits = bits }

  @_noAllocation
  init(number: UInt64, isSecret: Bool) { bits = number << 1 | (isSecret ? 1 : 0) }

  var isSecret: Bool { @_noAllocation @inline(__always) get { bits & 1 == 1 } }

  /// The generation that a set of another kind, or of the same, begins.
  @_noAllocation
  func next(isSecret: Bool) -> KeyGeneration {
    KeyGeneration(number: bits >> 1 + 1, isSecret: isSecret)
  }
}
