// Fence: BLAKE2b by libb2, which stands for a token's bytes in TokenCache. Before it: a whole token.
// After it: CacheKey.
internal import CBlake2
internal import COpenSSL

/// What stands for a token: 256 bits that nobody without the key can foresee or make meet.
struct Fingerprint: Sendable {
  let words: (UInt64, UInt64, UInt64, UInt64)
}

/// A random key for fingerprints, in a state of BLAKE2b that has hashed it already.
@safe struct FingerprintKey: ~Copyable, @unchecked Sendable {
  private let begun: UnsafeMutableRawPointer

  /// Draws a key; a system that has no random numbers ends the process.
  init() {
    var key = (0..<Int(JOT_BLAKE2B_KEY)).map { _ in UInt8.random(in: .min ... .max) }
    defer { wipe(&key) }
    // SAFETY: the block is this value's alone; C writes a state's bytes into it and reads the key's
    // 32. It is freed once, in deinit.
    unsafe begun = .allocate(byteCount: Self.byteCount, alignment: 128)
    unsafe jot_blake2b_begin(begun, key)
  }

  deinit {
    // SAFETY: a state's bytes, all written, and nobody else's.
    unsafe OPENSSL_cleanse(begun, Int(JOT_BLAKE2B_STATE))
    unsafe begun.deallocate()
  }

  /// Bytes of memory that a key takes, in cache lines of its own.
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
