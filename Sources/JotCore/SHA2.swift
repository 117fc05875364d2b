// Fence: SHA-2 (FIPS 180-4) on OpenSSL's context structs, copied as values.
// Before it: the signing input. After it: HMAC, or a signature over the digest.
internal import CJotKernels
internal import COpenSSL

/// A member of the SHA-2 family, as the JOSE algorithms use it (RFC 7518 §3).
public enum SHA2: Sendable {
  case sha256
  case sha384
  case sha512

  /// Bytes in a digest: 32, 48 or 64.
  public var digestLength: Int {
    @_noAllocation get {
      switch self {
      case .sha256: 32
      case .sha384: 48
      case .sha512: 64
      }
    }
  }

  /// Bytes in a block: 64 or 128.
  public var blockLength: Int {
    @_noAllocation get { self == .sha256 ? 64 : 128 }
  }

  /// Hashes `bytes[range]` and returns the digest.
  ///
  /// - Precondition: `range` lies inside the span.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  public func hash(_ bytes: Span<UInt8>, in range: Range<Int>) -> Digest {
    if case .sha256 = self, Kernel.sha.isAvailable { return hashByKernel(bytes, range) }
    return hashByOpenSSL(bytes, in: range)
  }

  /// The same without a kernel: the kernels' oracle.
  @_noAllocation
  package func hashByOpenSSL(_ bytes: Span<UInt8>, in range: Range<Int>) -> Digest {
    var digest = Digest(count: digestLength)
    switch self {
    case .sha256:
      var state = SHA256State()
      state.update(bytes, range)
      state.finish(into: &digest)
    case .sha384, .sha512:
      var state = SHA512State(self)
      state.update(bytes, range)
      state.finish(into: &digest)
    }
    return digest
  }

  @_noAllocation @inline(__always)
  private func hashByKernel(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Digest {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    let (start, count) = (range.lowerBound, range.count)
    var digest = Digest(count: digestLength)
    // SAFETY: the kernel reads the range, which lies inside (its start stands for nothing where there
    // is none), and writes 32 of the digest's 72 bytes.
    unsafe bytes.withUnsafeBufferPointer { message in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { storage in
        unsafe jot_sha256_shani(
          storage.baseAddress!.assumingMemoryBound(to: UInt8.self),
          message.baseAddress.map { unsafe $0 + start }, count)
      }
    }
    return digest
  }

  /// Hashes bytes that stand in a buffer that is being written.
  // Left out of the check as Bytes.swift says: `bytes.span` is made here.
  @_semantics("no_performance_analysis") @inline(__always)
  public func hash(_ bytes: borrowing MutableSpan<UInt8>, in range: Range<Int>) -> Digest {
    hash(bytes.span, in: range)
  }
}

/// The bytes that a hash or a MAC gives: at most 64, on the stack.
public struct Digest: Sendable {
  /// Bytes in use.
  public let count: Int
  // Zeros stand behind the bytes, so that whole blocks of twelve can be encoded, and their first
  // characters are the digest's.
  var storage: [72 of UInt8]

  @_noAllocation
  init(count: Int) {
    self.count = count
    storage = [72 of UInt8](repeating: 0)
  }

  public subscript(index: Int) -> UInt8 {
    @_noAllocation get { storage[index] }
  }

  /// Writes the digest as base64url to `text` at `offset` and returns how many characters it took.
  ///
  /// Neither control flow nor addresses depend on the bytes.
  ///
  /// - Throws: `destinationTooSmall`, before anything is written.
  // Left out of the check as Bytes.swift says: `storage.span` is made here.
  @_semantics("no_performance_analysis")
  public func encode(
    into text: inout MutableSpan<UInt8>, at offset: Int
  ) throws(Base64URLError) -> Int {
    try Base64URL.encode(storage.span, in: 0..<count, into: &text, at: offset)
  }

  /// Returns whether `text[range]` is this digest in base64url, in a time that depends on the
  /// lengths alone.
  ///
  /// As the digest is encoded and not the text decoded, a second spelling of the same bytes is no
  /// match, at no cost.
  @_noAllocation
  public func isEncoded(_ text: Span<UInt8>, in range: Range<Int>) -> Bool {
    isEncoded(text, in: range, kernel: Base64URL.bestKernel)
  }

  /// Compares with one kernel: what the tests compare.
  @_noAllocation @inline(__always)
  package func isEncoded(_ text: Span<UInt8>, in range: Range<Int>, kernel: Kernel) -> Bool {
    guard range.count == Base64URL.encodedLength(of: count) else { return false }
    if let answer = kernel.spells(text, range, storage, count: count) { return answer }
    return isEncodedPortably(text, in: range)
  }

  // Left out of the check as Bytes.swift says: `characters.span` is made here.
  @_semantics("no_performance_analysis") @inline(never)
  private func isEncodedPortably(_ text: Span<UInt8>, in range: Range<Int>) -> Bool {
    var characters = [96 of UInt8](repeating: 0)
    var room = characters.mutableSpan
    let blocks = (count + 11) / 12 * 12
    guard
      (try? Base64URL.encode(
        storage.span, in: 0..<blocks, into: &room, at: 0, kernel: .portable)) != nil
    else { return false }
    return text.equalsInConstantTime(
      characters.span.extracting(first: range.count), in: range)
  }

  /// Returns whether the bytes are those of `other`, in a time that depends on the lengths alone.
  package func equals(_ other: Span<UInt8>) -> Bool {
    let storage = storage.span
    return other.count == count
      && storage.equalsInConstantTime(other, in: 0..<count)
  }

  /// Calls `body` with the bytes.
  @unsafe
  package func withUnsafeBytes<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    let span = storage.span
    return unsafe span.withUnsafeBufferPointer {
      unsafe body(UnsafeBufferPointer(rebasing: $0[..<count]))
    }
  }

  /// Overwrites the bytes.
  @_noAllocation
  mutating func wipe() {
    // SAFETY: wiped within its size.
    unsafe OPENSSL_cleanse(&storage, MemoryLayout<[72 of UInt8]>.size)
  }
}

/// SHA-256 under way: a value, so that a prepared prefix is copied instead of hashed again.
struct SHA256State {
  private var context: SHA256_CTX

  @_noAllocation
  init() {
    context = SHA256_CTX()
    // SAFETY: the call writes within the struct that it is given.
    _ = unsafe SHA256_Init(&context)
  }

  /// Goes on from a state after whole blocks.
  @_noAllocation
  init(words: [8 of UInt32], byteCount: Int) {
    self.init()
    let h = words
    context.h = (h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7])
    context.Nl = UInt32(byteCount * 8)
  }

  @_noAllocation @inline(__always)
  mutating func update(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    let (start, length) = (range.lowerBound, range.count)
    guard start >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    guard length > 0 else { return }
    // SAFETY: the call reads the range, which lies inside, and writes within the struct.
    unsafe bytes.withUnsafeBufferPointer {
      _ = unsafe SHA256_Update(&context, $0.baseAddress! + start, length)
    }
  }

  @_noAllocation @inline(__always)
  mutating func update(_ digest: borrowing Digest) {
    let length = digest.count
    // SAFETY: the call reads `count` of the digest's 72 bytes and writes within the struct.
    unsafe withUnsafeBytes(of: digest.storage) {
      _ = unsafe SHA256_Update(&context, $0.baseAddress!, length)
    }
  }

  /// The eight words that stand for all whole blocks so far.
  var words: [8 of UInt32] {
    let h = context.h
    return [h.0, h.1, h.2, h.3, h.4, h.5, h.6, h.7]
  }

  /// Ends the hash. What the state still holds is the digest; the message's last block is wiped.
  @_noAllocation @inline(__always)
  mutating func finish(into digest: inout Digest) {
    // SAFETY: 32 bytes are written into 72.
    unsafe withUnsafeMutableBytes(of: &digest.storage) {
      _ = unsafe SHA256_Final($0.baseAddress!.assumingMemoryBound(to: UInt8.self), &context)
    }
  }
}

/// SHA-384 or SHA-512 under way; see ``SHA256State``.
struct SHA512State {
  private var context: SHA512_CTX

  @_noAllocation
  init(_ hash: SHA2) {
    context = SHA512_CTX()
    // SAFETY: as SHA256State.
    _ = unsafe hash == .sha384 ? SHA384_Init(&context) : SHA512_Init(&context)
  }

  /// Goes on from a state after whole blocks.
  @_noAllocation
  init(_ hash: SHA2, words: [8 of UInt64], byteCount: Int) {
    self.init(hash)
    let h = words
    context.h = (h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7])
    context.Nl = UInt64(byteCount * 8)
  }

  @_noAllocation @inline(__always)
  mutating func update(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    let (start, length) = (range.lowerBound, range.count)
    guard start >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    guard length > 0 else { return }
    // SAFETY: the call reads the range, which lies inside, and writes within the struct.
    unsafe bytes.withUnsafeBufferPointer {
      _ = unsafe SHA512_Update(&context, $0.baseAddress! + start, length)
    }
  }

  @_noAllocation @inline(__always)
  mutating func update(_ digest: borrowing Digest) {
    let length = digest.count
    // SAFETY: the call reads `count` of the digest's 72 bytes and writes within the struct.
    unsafe withUnsafeBytes(of: digest.storage) {
      _ = unsafe SHA512_Update(&context, $0.baseAddress!, length)
    }
  }

  /// The eight words that stand for all whole blocks so far.
  var words: [8 of UInt64] {
    let h = context.h
    return [h.0, h.1, h.2, h.3, h.4, h.5, h.6, h.7]
  }

  @_noAllocation @inline(__always)
  mutating func finish(into digest: inout Digest) {
    // SAFETY: as SHA256State; the context knows which of 48 and 64 bytes it writes.
    unsafe withUnsafeMutableBytes(of: &digest.storage) {
      _ = unsafe SHA512_Final($0.baseAddress!.assumingMemoryBound(to: UInt8.self), &context)
    }
  }
}
