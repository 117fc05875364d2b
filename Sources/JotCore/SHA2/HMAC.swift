// Fence: HMAC (RFC 2104) from hash states that are prepared once per key.
// Before it: CompactJWS's signing input. After it: the tag, written or compared as base64url.
internal import CJotKernels
internal import COpenSSL

/// An HMAC key as the hash states after its inner and outer block, for each SHA-2 hash.
///
/// The states are as secret as the key they replace: owned on the heap, wiped on release. The key's
/// own bytes are not kept.
@safe public struct HMACKey: ~Copyable, @unchecked Sendable {
  /// Three pairs of states, of twice 32, 64 and 64 bytes: see `midstates`.
  private let states: UnsafeMutableRawPointer
  private static let byteCount = 64 + 128 + 128

  /// Prepares a key from `secret`.
  ///
  /// Any length serves here; what a secret must be is Jot's to check.
  public init(_ secret: borrowing Secret) {
    // SAFETY: the memory is this value's alone, written whole, and freed once, in deinit; C reads the
    // secret's bytes.
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
  public borrowing func copy() -> HMACKey { unsafe HMACKey(copying: states) }

  deinit {
    // SAFETY: wiped within its size, then freed; words need no deinitialising.
    unsafe OPENSSL_cleanse(states, Self.byteCount)
    unsafe states.deallocate()
  }

  /// Where the eight words of the state after the key's inner block are, and after its outer one:
  /// the hash's words, which live and stay in place as long as the key.
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
  /// For a MAC that is to be shown: one that proves a forgery is compared by `isTag`, which wipes it.
  ///
  /// - Precondition: `range` lies inside the span.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  public borrowing func authenticate(
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

  /// Writes the MAC of message[start..<start + count], 32 to 64 bytes, to `tag`, and nowhere else.
  @unsafe @_noAllocation @inline(__always)
  private borrowing func authenticate(
    _ message: UnsafePointer<UInt8>?, _ start: Int, _ count: Int, _ hash: SHA2,
    into tag: UnsafeMutablePointer<UInt8>
  ) {
    // SAFETY: C reads the states and the message, which the caller has checked (its start stands for
    // nothing where there is none), and writes the MAC.
    let message = unsafe message.map { unsafe $0 + start }
    if case .sha256 = hash, Kernel.sha.isAvailable {
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
  public borrowing func isTag(
    _ signature: Range<Int>, of message: Range<Int>, in text: Span<UInt8>, with hash: SHA2
  ) -> Bool {
    // One way through for nearly all tokens: what chooses between more costs as much as the
    // comparison.
    if case .sha256 = hash, Kernel.sha.isAvailable, Kernel.avx2.isAvailable {
      return isTagByKernels(signature, message, text)
    }
    return isTagByAny(signature, message, text, hash)
  }

  /// Returns whether `tag` is the MAC of `message`, in a time that depends on the lengths alone.
  ///
  /// - Complexity: O(n); no allocation.
  // Left out of the check as Bytes.swift says: two spans are captured.
  @_semantics("no_performance_analysis")
  public borrowing func isTag(
    _ tag: Span<UInt8>, of message: Span<UInt8>, with hash: SHA2
  ) -> Bool {
    let (length, count) = (hash.digestLength, message.count)
    guard tag.count == length else { return false }
    var right = [64 of UInt8](repeating: 0)
    // SAFETY: the MAC has at most 64 bytes; as many are compared as there are of both.
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
    let (start, count, place) = (message.lowerBound, message.count, signature.lowerBound)
    var tag = [64 of UInt8](repeating: 0)
    // SAFETY: the MAC has at most 64 bytes; both ranges lie inside, and the signature's is as long as
    // the MAC's text.
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe withUnsafeMutableBytes(of: &tag) { tag in
        guard let base = text.baseAddress else { return false }
        let tag = unsafe tag.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe authenticate(base, start, count, hash, into: tag)
        let isTag = unsafe Base64URL.bestKernel.spells(base + place, tag, count: length)
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
    let (start, count, place) = (message.lowerBound, message.count, signature.lowerBound)
    let isWide = Kernel.vbmi.isAvailable
    var tag = [32 of UInt8](repeating: 0)
    // SAFETY: the first kernel reads the sixteen words, which stand first in the states, and the
    // message, and writes 32 bytes; the second reads these and 43 characters. Both ranges lie inside.
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe withUnsafeMutableBytes(of: &tag) { tag in
        guard let base = text.baseAddress else { return false }
        let tag = unsafe tag.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe jot_hmac_sha256_shani(
          tag, states.assumingMemoryBound(to: UInt32.self), base + start, count)
        let isTag =
          unsafe isWide
          ? jot_base64url_spells_vbmi(base + place, tag, 32)
          : jot_base64url_spells_avx2(base + place, tag, 32)
        // What the tag of a forged token would have been is nobody's to read.
        unsafe jot_wipe(tag, 32)
        return isTag != 0
      }
    }
  }

  /// Writes the MAC of `token[message]` as base64url to `token` at `place`.
  ///
  /// - Precondition: the message, and the text's room, lie inside the span and have no byte in common.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation @inline(__always)
  package borrowing func writeTag(
    of message: Range<Int>, in token: inout MutableSpan<UInt8>, at place: Int, with hash: SHA2
  ) {
    // As for `isTag`.
    if case .sha256 = hash, Kernel.sha.isAvailable, Kernel.avx2.isAvailable {
      writeTagByKernels(message, &token, place)
    } else {
      writeTagByDigest(message, &token, place, hash)
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func writeTagByKernels(
    _ message: Range<Int>, _ token: inout MutableSpan<UInt8>, _ place: Int
  ) {
    guard message.lowerBound >= 0, message.upperBound <= token.count, place >= 0,
      token.count - place >= 43
    else { preconditionFailure("the message and the tag's room lie inside") }
    let (start, count) = (message.lowerBound, message.count)
    let isWide = Kernel.vbmi.isAvailable
    // Not wiped: the token shows it.
    var tag = [32 of UInt8](repeating: 0)
    // SAFETY: the first kernel reads the sixteen words, which stand first in the states, and the
    // message, and writes the 32 bytes; the second reads these and writes 43 characters. Both places
    // lie inside.
    unsafe token.withUnsafeMutableBufferPointer { token in
      guard let base = token.baseAddress else { return }
      unsafe withUnsafeMutableBytes(of: &tag) { tag in
        let tag = unsafe tag.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe jot_hmac_sha256_shani(
          tag, states.assumingMemoryBound(to: UInt32.self), base + start, count)
        if isWide {
          _ = unsafe jot_base64url_encode_vbmi(base + place, tag, 32)
        } else {
          _ = unsafe jot_base64url_encode_avx2(base + place, tag, 32)
        }
      }
    }
  }

  // Left out of the check as Bytes.swift says: `token.span` is made here.
  @_semantics("no_performance_analysis") @inline(never)
  private borrowing func writeTagByDigest(
    _ message: Range<Int>, _ token: inout MutableSpan<UInt8>, _ place: Int, _ hash: SHA2
  ) {
    let tag = authenticate(token.span, in: message, with: hash)
    guard (try? tag.encode(into: &token, at: place)) != nil else {
      preconditionFailure("the tag's room lies inside")
    }
  }
}
