// Fence: HMAC (RFC 2104) from hash states that are computed once per key.
internal import CJotKernels
internal import COpenSSL

/// An HMAC key as the hash states after its inner and outer blocks, for each SHA-2 hash.
///
/// The states are as secret as the key they replace: owned on the heap, wiped on release. The key's
/// own bytes are not kept.
@usableFromInline @safe package struct HMACKey: ~Copyable, @unchecked Sendable {
  /// Three pairs of states, of 2 × 32, 2 × 64 and 2 × 64 bytes; see `midstates`.
  private let states: UnsafeMutableRawPointer
  private static let byteCount = 64 + 128 + 128

  /// Prepares a key from `secret`.
  ///
  /// Accepts any length; Jot checks what a secret must be.
  package init(_ secret: borrowing Secret) {
    // SAFETY: this value alone owns the memory, which is written whole and freed once, in deinit; C
    // reads the secret's bytes.
    unsafe states = .allocateApart(Self.byteCount)
    secret.withBytes { key in
      unsafe key.withUnsafeBufferPointer { key in
        for hash in [SHA2.sha256, .sha384, .sha512] {
          unsafe jot_hmac_prepare(
            UnsafeMutableRawPointer(mutating: midstates(for: hash).inner), hash.digestLength,
            key.baseAddress, key.count)
        }
      }
    }
  }

  private init(copying states: UnsafeMutableRawPointer) {
    // SAFETY: as above; the other key is borrowed while its states are read.
    unsafe self.states = .allocateApart(Self.byteCount)
    unsafe self.states.copyMemory(from: states, byteCount: Self.byteCount)
  }

  /// Returns a second key of the same secret.
  package borrowing func copy() -> HMACKey { unsafe HMACKey(copying: states) }

  deinit {
    // SAFETY: wiped within its size, then freed; words need no deinitialising.
    unsafe OPENSSL_cleanse(states, Self.byteCount)
    unsafe states.deallocate()
  }

  /// The addresses of the states after the key's inner and outer blocks: eight words each, of the
  /// hash's size, at a fixed address as long as the key lives.
  @unsafe @_noAllocation @inline(__always)
  borrowing func midstates(
    for hash: SHA2
  ) -> (inner: UnsafeRawPointer, outer: UnsafeRawPointer) {
    // SAFETY: all six states lie inside the block.
    let words = unsafe UnsafeRawPointer(states)
    switch hash {
    case .sha256: return unsafe (words, words + 32)
    case .sha384: return unsafe (words + 64, words + 128)
    case .sha512: return unsafe (words + 192, words + 256)
    }
  }

  /// Computes the MAC of `bytes[range]` and returns it.
  ///
  /// For a MAC that will be shown. To verify one use `isTag`, which wipes the computed MAC.
  ///
  /// - Precondition: `range` lies inside the span.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  package borrowing func authenticate(
    _ bytes: Span<UInt8>, in range: Range<Int>, with hash: SHA2
  ) -> Digest {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    let (start, count) = (range.lowerBound, range.count)
    var digest = Digest(count: hash.digestLength)
    // SAFETY: the range lies inside; at most 64 of the digest's 72 bytes are written.
    unsafe bytes.withUnsafeBufferPointer { message in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { tag in
        unsafe authenticate(
          message.baseAddress, start, count, hash,
          into: tag.baseAddress!.assumingMemoryBound(to: UInt8.self))
      }
    }
    return digest
  }

  /// Writes the MAC of message[start..<start + count], 32 to 64 bytes, to `tag` and nowhere else.
  @unsafe @_noAllocation @inline(__always)
  private borrowing func authenticate(
    _ message: UnsafePointer<UInt8>?, _ start: Int, _ count: Int, _ hash: SHA2,
    into tag: UnsafeMutablePointer<UInt8>
  ) {
    // SAFETY: C reads the states and the message, whose range the caller has checked (without a
    // message `start` is unused), and writes the MAC.
    let message = unsafe message.map { unsafe $0 + start }
    if case .sha256 = hash, CPUFeature.sha.isAvailable {
      unsafe jot_hmac_sha256_shani(
        tag, states.assumingMemoryBound(to: UInt32.self), message, count)
    } else {
      let (inner, outer) = unsafe midstates(for: hash)
      unsafe jot_hmac(tag, hash.digestLength, inner, outer, message, count)
    }
  }

  /// Returns whether `text[signature]` is the MAC of `text[message]` in base64url, in a time that
  /// depends on the lengths alone.
  ///
  /// - Precondition: both ranges lie inside the span.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  package borrowing func isTag(
    _ signature: Range<Int>, of message: Range<Int>, in text: Span<UInt8>, with hash: SHA2
  ) -> Bool {
    // A single path for nearly all tokens: choosing between paths costs as much as comparing.
    if case .sha256 = hash, CPUFeature.sha.isAvailable, CPUFeature.avx2.isAvailable {
      return isTagByKernels(signature, message, text)
    }
    return isTagByAny(signature, message, text, hash)
  }

  /// Returns whether `tag` is the MAC of `message`, in a time that depends on the lengths alone.
  ///
  /// - Complexity: O(n); no allocation.
  // Captures two spans: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package borrowing func isTag(
    _ tag: Span<UInt8>, of message: Span<UInt8>, with hash: SHA2
  ) -> Bool {
    let (length, count) = (hash.digestLength, message.count)
    guard tag.count == length else { return false }
    var right = [64 of UInt8](repeating: 0)
    // SAFETY: the MAC has at most 64 bytes; only bytes that both have are compared.
    return unsafe message.withUnsafeBufferPointer { message in
      unsafe tag.withUnsafeBufferPointer { tag in
        unsafe withUnsafeMutableBytes(of: &right) { right in
          let right = unsafe right.baseAddress!.assumingMemoryBound(to: UInt8.self)
          unsafe authenticate(message.baseAddress, 0, count, hash, into: right)
          let isSame = unsafe CRYPTO_memcmp(right, tag.baseAddress, length) == 0
          unsafe jot_wipe(right, 64)
          return isSame
        }
      }
    }
  }

  @_noAllocation @inline(never)
  private borrowing func isTagByAny(
    _ signature: Range<Int>, _ message: Range<Int>, _ text: Span<UInt8>, _ hash: SHA2
  ) -> Bool {
    guard message.lowerBound >= 0, message.upperBound <= text.count, signature.lowerBound >= 0,
      signature.upperBound <= text.count
    else { preconditionFailure("both ranges lie inside") }
    let length = hash.digestLength
    guard signature.count == Base64URL.encodedLength(of: length) else { return false }
    let (start, count, offset) = (message.lowerBound, message.count, signature.lowerBound)
    var tag = [64 of UInt8](repeating: 0)
    // SAFETY: the MAC has at most 64 bytes; both ranges lie inside, and the signature's range is as
    // long as the MAC's text.
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe withUnsafeMutableBytes(of: &tag) { tag in
        guard let base = text.baseAddress else { return false }
        let tag = unsafe tag.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe authenticate(base, start, count, hash, into: tag)
        let isTag = unsafe Base64URL.bestKernel.matchesEncoding(base + offset, tag, count: length)
        unsafe jot_wipe(tag, 64)
        return isTag
      }
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func isTagByKernels(
    _ signature: Range<Int>, _ message: Range<Int>, _ text: Span<UInt8>
  ) -> Bool {
    guard message.lowerBound >= 0, message.upperBound <= text.count, signature.lowerBound >= 0,
      signature.upperBound <= text.count
    else { preconditionFailure("both ranges lie inside") }
    guard signature.count == 43 else { return false }
    let (start, count, offset) = (message.lowerBound, message.count, signature.lowerBound)
    let isWide = CPUFeature.vbmi.isAvailable
    var tag = [32 of UInt8](repeating: 0)
    // SAFETY: the first kernel reads the sixteen words, which are first in the states, and the
    // message, and writes 32 bytes; the second reads these and 43 characters. Both ranges lie
    // inside.
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe withUnsafeMutableBytes(of: &tag) { tag in
        guard let base = text.baseAddress else { return false }
        let tag = unsafe tag.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe jot_hmac_sha256_shani(
          tag, states.assumingMemoryBound(to: UInt32.self), base + start, count)
        let isTag =
          unsafe isWide
          ? jot_base64url_matches_vbmi(base + offset, tag, 32)
          : jot_base64url_matches_avx2(base + offset, tag, 32)
        // The correct tag of a forged token must not stay in memory.
        unsafe jot_wipe(tag, 32)
        return isTag != 0
      }
    }
  }

  /// Writes the MAC of `token[message]` as base64url to `token` at `offset`.
  ///
  /// - Precondition: the message and the text's range lie inside the span and do not overlap.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation @inline(__always)
  package borrowing func writeTag(
    of message: Range<Int>, in token: inout MutableSpan<UInt8>, at offset: Int, with hash: SHA2
  ) {
    // A single path, as in `isTag`.
    if case .sha256 = hash, CPUFeature.sha.isAvailable, CPUFeature.avx2.isAvailable {
      writeTagByKernels(message, &token, offset)
    } else {
      writeTagByDigest(message, &token, offset, hash)
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func writeTagByKernels(
    _ message: Range<Int>, _ token: inout MutableSpan<UInt8>, _ offset: Int
  ) {
    guard message.lowerBound >= 0, message.upperBound <= token.count, offset >= 0,
      token.count - offset >= 43
    else { preconditionFailure("the message and the tag's room lie inside") }
    let (start, count) = (message.lowerBound, message.count)
    let isWide = CPUFeature.vbmi.isAvailable
    // Not wiped: the token contains it.
    var tag = [32 of UInt8](repeating: 0)
    // SAFETY: the first kernel reads the sixteen words, which are first in the states, and the
    // message, and writes the 32 bytes; the second reads these and writes 43 characters. Both
    // ranges lie inside.
    unsafe token.withUnsafeMutableBufferPointer { token in
      guard let base = token.baseAddress else { return }
      unsafe withUnsafeMutableBytes(of: &tag) { tag in
        let tag = unsafe tag.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe jot_hmac_sha256_shani(
          tag, states.assumingMemoryBound(to: UInt32.self), base + start, count)
        if isWide {
          _ = unsafe jot_base64url_encode_vbmi(base + offset, tag, 32)
        } else {
          _ = unsafe jot_base64url_encode_avx2(base + offset, tag, 32)
        }
      }
    }
  }

  // Makes `token.span`: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis") @inline(never)
  private borrowing func writeTagByDigest(
    _ message: Range<Int>, _ token: inout MutableSpan<UInt8>, _ offset: Int, _ hash: SHA2
  ) {
    let tag = authenticate(token.span, in: message, with: hash)
    guard (try? tag.encode(into: &token, at: offset)) != nil else {
      preconditionFailure("the tag's room lies inside")
    }
  }
}
