// Fence: the BLAKE2b hash (libb2) that represents a token in TokenCache.
internal import CBlake2
internal import COpenSSL

/// A keyed hash of a token: 256 bits. Without the key no one can predict it or find a collision.
package struct Fingerprint: Sendable {
  let words: (UInt64, UInt64, UInt64, UInt64)

  package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }
}

/// A random key for fingerprints, stored as the BLAKE2b state after hashing it.
@safe struct FingerprintKey: ~Copyable, @unchecked Sendable {
  private let begun: UnsafeMutableRawPointer

  /// Draws a random key; ends the process if the system has no random numbers.
  init() {
    var key = (0..<Int(JOT_BLAKE2B_KEY)).map { _ in UInt8.random(in: .min ... .max) }
    defer { wipe(&key) }
    // SAFETY: this value alone owns the block; C writes a state's bytes to it and reads the key's
    // 32. It is freed once, in deinit.
    unsafe begun = .allocate(byteCount: Self.byteCount, alignment: 128)
    unsafe jot_blake2b_begin(begun, key)
  }

  deinit {
    // SAFETY: a state's bytes, all written; this value alone owns them.
    unsafe OPENSSL_cleanse(begun, Int(JOT_BLAKE2B_STATE))
    unsafe begun.deallocate()
  }

  /// The memory of a key in bytes, in cache lines of its own.
  static var byteCount: Int { (Int(JOT_BLAKE2B_STATE) + 127) / 128 * 128 }

  /// Returns the fingerprint of `token`, which is not empty.
  @_noAllocation
  borrowing func fingerprint(of token: Span<UInt8>) -> Fingerprint {
    var words = (0, 0, 0, 0) as (UInt64, UInt64, UInt64, UInt64)
    // SAFETY: C reads the state and the token's bytes and writes four words; it keeps no pointer.
    unsafe token.withUnsafeBufferPointer { bytes in
      unsafe withUnsafeMutableBytes(of: &words) { words in
        unsafe jot_blake2b_finish(
          begun, bytes.baseAddress, bytes.count,
          words.baseAddress!.assumingMemoryBound(to: UInt64.self))
      }
    }
    return Fingerprint(words: words)
  }
}
