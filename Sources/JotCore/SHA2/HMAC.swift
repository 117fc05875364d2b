// Fence: HMAC (RFC 2104) from hash states that are computed once per key.
internal import CJotKernels
internal import COpenSSL

/// An HMAC key as the hash states after its inner and outer blocks, for each SHA-2 hash.
///
/// The states are as secret as the key they replace: owned on the heap, wiped on release. The key's
/// own bytes are kept only if every primitive is left to OpenSSL's providers, which can't continue
/// from a state.
@usableFromInline @safe package struct HMACKey: ~Copyable, @unchecked Sendable {
  /// Three pairs of states, of 2 × 32, 2 × 64 and 2 × 64 bytes; see `midstates`. Behind them a
  /// word, the number of the key's own bytes or -1, and these.
  private let states: UnsafeMutableRawPointer
  private static let (stateBytes, keyOffset) = (64 + 128 + 128, 64 + 128 + 128 + 8)

  /// Prepares a key from `secret`.
  ///
  /// Accepts any length; Jot checks what a secret must be.
  package init(_ secret: borrowing Secret) {
    // SAFETY: this value alone owns the memory, which is written whole and freed once, in deinit; C
    // reads the secret's bytes.
    let isForProvider = Primitives.areSettledForOpenSSL()
    let count = isForProvider ? secret.count : -1
    unsafe states = .allocateApart(Self.keyOffset + max(0, count))
    unsafe states.storeBytes(of: count, toByteOffset: Self.stateBytes, as: Int.self)
    secret.withBytes { key in
      unsafe key.withUnsafeBufferPointer { key in
        if isForProvider {
          if let bytes = key.baseAddress {
            unsafe (states + Self.keyOffset).copyMemory(from: bytes, byteCount: count)
          }
          // Random, not zeros: a path that used them by mistake would then accept no tag.
          for offset in stride(from: 0, to: Self.stateBytes, by: 8) {
            unsafe states.storeBytes(
              of: .random(in: .min ... .max), toByteOffset: offset, as: UInt64.self)
          }
          return
        }
        for hash in [SHA2.sha256, .sha384, .sha512] {
          unsafe jot_hmac_prepare(
            UnsafeMutableRawPointer(mutating: midstates(for: hash).inner), hash.digestLength,
            key.baseAddress, key.count)
        }
      }
    }
  }

  private init(copying states: UnsafeMutableRawPointer, byteCount: Int) {
    // SAFETY: as above; the other key is borrowed while its block is read.
    unsafe self.states = .allocateApart(byteCount)
    unsafe self.states.copyMemory(from: states, byteCount: byteCount)
  }

  /// Returns a second key of the same secret.
  package borrowing func copy() -> HMACKey {
    unsafe HMACKey(copying: states, byteCount: byteCount)
  }

  deinit {
    // SAFETY: wiped within its size, then freed; words need no deinitialising.
    unsafe OPENSSL_cleanse(states, byteCount)
    unsafe states.deallocate()
  }

  /// Where the states begin, to load their first cache line in advance: those for SHA-256.
  package var address: UInt { unsafe UInt(bitPattern: states) }

  /// The number of the key's own bytes; -1 if they are not kept.
  private var keyCount: Int {
    // SAFETY: the word lies inside the block.
    @_noAllocation get { unsafe states.load(fromByteOffset: Self.stateBytes, as: Int.self) }
  }

  private var byteCount: Int { Self.keyOffset + max(0, keyCount) }

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

  /// Computes the MAC of `bytes[range]` and returns it; empty if OpenSSL's provider fails.
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
    let isDone = unsafe bytes.withUnsafeBufferPointer { message in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { tag in
        unsafe authenticate(
          message.baseAddress, start, count, hash,
          into: tag.baseAddress!.assumingMemoryBound(to: UInt8.self))
      }
    }
    guard isDone else { return .empty }
    return digest
  }

  /// Writes the MAC of message[start..<start + count], 32 to 64 bytes, to `tag` and nowhere else;
  /// returns false if OpenSSL's provider fails.
  @unsafe @_noAllocation @inline(__always)
  private borrowing func authenticate(
    _ message: UnsafePointer<UInt8>?, _ start: Int, _ count: Int, _ hash: SHA2,
    into tag: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    // SAFETY: C reads the states and the message, whose range the caller has checked (without a
    // message `start` is unused), and writes the MAC.
    let message = unsafe message.map { unsafe $0 + start }
    if case .sha256 = hash, CPUFeature.sha.isAvailable {
      unsafe jot_hmac_sha256_shani(
        tag, states.assumingMemoryBound(to: UInt32.self), message, count)
      return true
    }
    let keyCount = keyCount
    guard keyCount < 0 else {
      return unsafe hash.authenticateByProvider(
        message, count, key: states + Self.keyOffset, keyCount, into: tag)
    }
    let (inner, outer) = unsafe midstates(for: hash)
    unsafe jot_hmac(tag, hash.digestLength, inner, outer, message, count)
    return true
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
          let isDone = unsafe authenticate(message.baseAddress, 0, count, hash, into: right)
          let isSame = unsafe isDone && CRYPTO_memcmp(right, tag.baseAddress, length) == 0
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
        let isDone = unsafe authenticate(base, start, count, hash, into: tag)
        let isTag =
          unsafe isDone
          && Base64URL.bestKernel.matchesEncoding(base + offset, tag, count: length)
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

  /// Writes the MAC of `token[message]` as base64url to `token` at `offset`; returns false if
  /// OpenSSL's provider fails.
  ///
  /// - Precondition: the message and the text's range lie inside the span and do not overlap.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation @inline(__always)
  package borrowing func writeTag(
    of message: Range<Int>, in token: inout MutableSpan<UInt8>, at offset: Int, with hash: SHA2
  ) -> Bool {
    // A single path, as in `isTag`.
    if case .sha256 = hash, CPUFeature.sha.isAvailable, CPUFeature.avx2.isAvailable {
      writeTagByKernels(message, &token, offset)
      return true
    }
    return writeTagByDigest(message, &token, offset, hash)
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
  ) -> Bool {
    let tag = authenticate(token.span, in: message, with: hash)
    guard tag.count > 0 else { return false }
    guard (try? tag.encode(into: &token, at: offset)) != nil else {
      preconditionFailure("the tag's room lies inside")
    }
    return true
  }
}
