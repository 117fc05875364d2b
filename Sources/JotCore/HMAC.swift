// Fence: HMAC (RFC 2104) on hash states prepared once per key: two copies a MAC, no key schedule.
// Before it: CompactJWS's signing input. After it: the tag, written or compared as base64url.
internal import CJotKernels
internal import COpenSSL

/// An HMAC key as the hash states after its inner and outer block, for each SHA-2 hash.
///
/// The states are as secret as the key they replace: owned on the heap, wiped on release. The key's
/// own bytes are not kept.
@safe public struct HMACKey: ~Copyable, @unchecked Sendable {
  /// The states of one key: values, so that a MAC starts from copies.
  fileprivate struct States {
    /// The two states of each hash once more as words, for the kernels: they stand first, so that
    /// `midstates` knows where.
    var words256 = [16 of UInt32](repeating: 0)
    var words384 = [16 of UInt64](repeating: 0)
    var words512 = [16 of UInt64](repeating: 0)
    var inner256 = SHA256State()
    var outer256 = SHA256State()
    var inner384 = SHA512State(.sha384)
    var outer384 = SHA512State(.sha384)
    var inner512 = SHA512State(.sha512)
    var outer512 = SHA512State(.sha512)
  }

  private let states: UnsafeMutablePointer<States>

  /// Prepares a key from `secret`.
  ///
  /// Any length serves here; what a secret must be is Jot's to check.
  public init(_ secret: borrowing Secret) {
    // SAFETY: the memory is this value's alone, initialised whole, and freed once, in deinit.
    unsafe states = Self.allocate()
    unsafe states.initialize(to: States())
    for hash in [SHA2.sha256, .sha384, .sha512] {
      var block = secret.withBytes { Self.block($0, hash) }
      Self.xor(&block, with: 0x36)
      absorb(block, hash, inner: true)
      Self.xor(&block, with: 0x36 ^ 0x5c)
      absorb(block, hash, inner: false)
      // SAFETY: the block, which is the key in disguise, is wiped within its size.
      unsafe OPENSSL_cleanse(&block, MemoryLayout<[128 of UInt8]>.size)
    }
    for index in 0..<8 {
      let outer = index + 8
      unsafe states.pointee.words256[index] = states.pointee.inner256.words[index]
      unsafe states.pointee.words256[outer] = states.pointee.outer256.words[index]
      unsafe states.pointee.words384[index] = states.pointee.inner384.words[index]
      unsafe states.pointee.words384[outer] = states.pointee.outer384.words[index]
      unsafe states.pointee.words512[index] = states.pointee.inner512.words[index]
      unsafe states.pointee.words512[outer] = states.pointee.outer512.words[index]
    }
  }

  private init(states: UnsafeMutablePointer<States>) { unsafe self.states = states }

  private static func allocate() -> UnsafeMutablePointer<States> {
    // SAFETY: a block of the right size and alignment, bound to what it will hold.
    unsafe UnsafeMutableRawPointer.allocateApart(MemoryLayout<States>.size)
      .bindMemory(to: States.self, capacity: 1)
  }

  /// Returns a second key of the same secret.
  public borrowing func copy() -> HMACKey {
    // SAFETY: as in the first initializer; the states are plain values.
    let other = unsafe Self.allocate()
    unsafe other.initialize(to: states.pointee)
    return unsafe HMACKey(states: other)
  }

  deinit {
    // SAFETY: wiped within its size, then freed; the states need no deinitialising.
    unsafe OPENSSL_cleanse(states, MemoryLayout<States>.size)
    unsafe states.deallocate()
  }

  /// Where the eight words of the state after the key's inner block are, and after its outer one:
  /// the hash's words, which live and stay in place as long as the key.
  @unsafe @_noAllocation @inline(__always)
  borrowing func midstates(
    for hash: SHA2
  ) -> (inner: UnsafeRawPointer, outer: UnsafeRawPointer) {
    // SAFETY: three pairs of states, of 64, 128 and 128 bytes, stand first and without a gap.
    let words = unsafe UnsafeRawPointer(states)
    switch hash {
    case .sha256: return unsafe (words, words + 32)
    case .sha384: return unsafe (words + 64, words + 128)
    case .sha512: return unsafe (words + 192, words + 256)
    }
  }

  /// Computes the MAC of `bytes[range]` and returns it.
  ///
  /// - Precondition: `range` lies inside the span.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  public borrowing func authenticate(
    _ bytes: Span<UInt8>, in range: Range<Int>, with hash: SHA2
  ) -> Digest {
    var digest = Digest(count: hash.digestLength)
    // SAFETY: the states live as long as this borrow and are only read: each `state` is a
    // copy, which hashing overwrites.
    switch hash {
    case .sha256 where Kernel.sha.isAvailable:
      authenticateByKernel(bytes, range, into: &digest)
    case .sha256:
      var state = unsafe states.pointee.inner256
      state.update(bytes, range)
      state.finish(into: &digest)
      unsafe state = states.pointee.outer256
      state.update(digest)
      state.finish(into: &digest)
    case .sha384:
      var state = unsafe states.pointee.inner384
      state.update(bytes, range)
      state.finish(into: &digest)
      unsafe state = states.pointee.outer384
      state.update(digest)
      state.finish(into: &digest)
    case .sha512:
      var state = unsafe states.pointee.inner512
      state.update(bytes, range)
      state.finish(into: &digest)
      unsafe state = states.pointee.outer512
      state.update(digest)
      state.finish(into: &digest)
    }
    return digest
  }

  @_noAllocation @inline(__always)
  private borrowing func authenticateByKernel(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into digest: inout Digest
  ) {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    let (start, count) = (range.lowerBound, range.count)
    // SAFETY: the kernel reads the sixteen words, which stand first in the states, and the range,
    // which lies inside (its start stands for nothing where there is none), and writes 32 of the
    // digest's 72 bytes.
    unsafe bytes.withUnsafeBufferPointer { message in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { tag in
        unsafe jot_hmac_sha256_shani(
          tag.baseAddress!.assumingMemoryBound(to: UInt8.self),
          UnsafeRawPointer(states).assumingMemoryBound(to: UInt32.self),
          message.baseAddress.map { unsafe $0 + start }, count)
      }
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
    // One way through for nearly all tokens: a digest that travels by value costs as much as the
    // comparison.
    if case .sha256 = hash, Kernel.sha.isAvailable, Kernel.avx2.isAvailable {
      return isTagByKernels(signature, message, text)
    }
    var tag = authenticate(text, in: message, with: hash)
    defer { tag.wipe() }
    return tag.isEncoded(text, in: signature)
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
          tag, UnsafeRawPointer(states).assumingMemoryBound(to: UInt32.self), base + start, count)
        let isTag =
          unsafe isWide
          ? jot_base64url_spells_vbmi(base + place, tag, 32)
          : jot_base64url_spells_avx2(base + place, tag, 32)
        // What the tag of a forged token would have been is nobody's to read.
        unsafe jot_wipe_32(tag)
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
          tag, UnsafeRawPointer(states).assumingMemoryBound(to: UInt32.self), base + start, count)
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

  /// Returns `key` padded to a block with zeros, hashed first where it is longer (RFC 2104 §2).
  private static func block(_ key: Span<UInt8>, _ hash: SHA2) -> [128 of UInt8] {
    var block = [128 of UInt8](repeating: 0)
    if key.count <= hash.blockLength {
      for index in 0..<key.count { block[index] = key[index] }
    } else {
      var digest = hash.hash(key, in: 0..<key.count)
      for index in 0..<digest.count { block[index] = digest.storage[index] }
      digest.wipe()
    }
    return block
  }

  private static func xor(_ block: inout [128 of UInt8], with byte: UInt8) {
    for index in 0..<128 { block[index] ^= byte }
  }

  private borrowing func absorb(_ block: [128 of UInt8], _ hash: SHA2, inner: Bool) {
    let (bytes, whole) = (block.span, 0..<hash.blockLength)
    // SAFETY: only `init` calls this, when nobody else knows the states.
    switch (hash, inner) {
    case (.sha256, true): unsafe states.pointee.inner256.update(bytes, whole)
    case (.sha256, false): unsafe states.pointee.outer256.update(bytes, whole)
    case (.sha384, true): unsafe states.pointee.inner384.update(bytes, whole)
    case (.sha384, false): unsafe states.pointee.outer384.update(bytes, whole)
    case (.sha512, true): unsafe states.pointee.inner512.update(bytes, whole)
    case (.sha512, false): unsafe states.pointee.outer512.update(bytes, whole)
    }
  }
}
