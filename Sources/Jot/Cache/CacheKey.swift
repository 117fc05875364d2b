// The key of a TokenCache entry.

/// A token, its verifier, and the key set generation before the token was verified.
package struct CacheKey: Sendable {
  /// The hash of the whole token, under the cache's own key.
  let fingerprint: Fingerprint
  /// Compared as numbers, not hashed with the token: numbers can't collide, hashing them would take
  /// another BLAKE2b block, and so a stale generation can be distinguished from a missing entry.
  let verifier: UInt64
  let generation: UInt64

  package init(fingerprint: Fingerprint, verifier: UInt64, generation: UInt64) {
    (self.fingerprint, self.verifier, self.generation) = (fingerprint, verifier, generation)
  }

  /// Returns whether these are this token's fingerprint and verifier, every bit of them.
  @_noAllocation @inline(__always)
  package func isSame(_ words: (UInt64, UInt64, UInt64, UInt64), _ verifier: UInt64) -> Bool {
    // In parentheses: in Swift ^ and | have one precedence, so that without them the ones of each
    // word would hide the differences of those before it.
    let own = fingerprint.words
    let difference =
      (words.0 ^ own.0) | (words.1 ^ own.1) | (words.2 ^ own.2) | (words.3 ^ own.3)
      | (verifier ^ self.verifier)
    return difference == 0
  }

  /// Selects the shard and the slot in its table; unpredictable.
  var hash: UInt64 {
    @_noAllocation @inline(__always) get { Self.hash(fingerprint.words.0, verifier) }
  }

  @_noAllocation @inline(__always)
  static func hash(_ word: UInt64, _ verifier: UInt64) -> UInt64 {
    // Mixing in the verifier separates the entries of one token for different verifiers.
    word ^ verifier &* 0x9e37_79b9_7f4a_7c15
  }
}
