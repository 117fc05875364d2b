// Fence: SHA-2 (FIPS 180-4), by a kernel or OpenSSL's low-level calls.
internal import CJotKernels
internal import COpenSSL

/// A member of the SHA-2 family, as the JOSE algorithms use it (RFC 7518 §3).
@usableFromInline package enum SHA2: Sendable {
  case sha256
  case sha384
  case sha512

  /// Bytes in a digest: 32, 48 or 64.
  package var digestLength: Int {
    @_noAllocation @inlinable @inline(__always) get {
      switch self {
      case .sha256: 32
      case .sha384: 48
      case .sha512: 64
      }
    }
  }

  /// Bytes in a block: 64 or 128.
  package var blockLength: Int {
    @_noAllocation get { self == .sha256 ? 64 : 128 }
  }

  /// Hashes `bytes[range]` and returns the digest; empty if OpenSSL's provider fails.
  ///
  /// - Precondition: `range` lies inside the span.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  package func hash(_ bytes: Span<UInt8>, in range: Range<Int>) -> Digest {
    if case .sha256 = self, CPUFeature.sha.isAvailable { return hashByKernel(bytes, range) }
    if Primitives.areLeftToOpenSSL { return hashByProvider(bytes, range) }
    return hashByOpenSSL(bytes, in: range)
  }

  /// As `hash`, without a kernel: the kernels' oracle.
  @_noAllocation
  package func hashByOpenSSL(_ bytes: Span<UInt8>, in range: Range<Int>) -> Digest {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    let (start, count) = (range.lowerBound, range.count)
    var digest = Digest(count: digestLength)
    // SAFETY: C reads the range, which lies inside (without bytes its start is unused), and writes
    // the digest, at most 64 of 72 bytes.
    unsafe bytes.withUnsafeBufferPointer { message in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { storage in
        unsafe jot_sha2(
          storage.baseAddress!.assumingMemoryBound(to: UInt8.self), digest.count,
          message.baseAddress.map { unsafe $0 + start }, count)
      }
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
    // SAFETY: the kernel reads the range, which lies inside (without bytes its start is unused),
    // and writes 32 of the digest's 72 bytes.
    unsafe bytes.withUnsafeBufferPointer { message in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { storage in
        unsafe jot_sha256_shani(
          storage.baseAddress!.assumingMemoryBound(to: UInt8.self),
          message.baseAddress.map { unsafe $0 + start }, count)
      }
    }
    return digest
  }

  /// Hashes bytes in a mutable buffer.
  // Makes `bytes.span`: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis") @inline(__always)
  package func hash(_ bytes: borrowing MutableSpan<UInt8>, in range: Range<Int>) -> Digest {
    hash(bytes.span, in: range)
  }
}

/// The result of a hash or a MAC: at most 64 bytes, on the stack.
///
/// It is empty if OpenSSL's provider failed, which only happens if every primitive is left to it.
@usableFromInline package struct Digest: Sendable {
  /// The number of bytes used.
  package let count: Int
  // Padded with zeros, so that whole blocks of 12 bytes can be encoded; the first characters are
  // the digest's.
  var storage: [72 of UInt8]

  /// What a failed provider returns.
  package static var empty: Digest { @_noAllocation get { Digest(count: 0) } }

  @_noAllocation
  init(count: Int) {
    self.count = count
    storage = [72 of UInt8](repeating: 0)
  }

  /// Copies a digest that was computed elsewhere.
  ///
  /// - Parameter bytes: At most 64 bytes.
  package init(copying bytes: Span<UInt8>) {
    precondition(bytes.count <= 64, "at most 64 bytes")
    self.init(count: bytes.count)
    for index in bytes.indices { storage[index] = bytes[index] }
  }

  package subscript(index: Int) -> UInt8 {
    @_noAllocation get { storage[index] }
  }

  /// Writes the digest as base64url to `text` at `offset` and returns how many characters it wrote.
  ///
  /// Neither control flow nor addresses depend on the bytes.
  ///
  /// - Throws: `destinationTooSmall`, before anything is written.
  // Makes `storage.span`: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package func encode(
    into text: inout MutableSpan<UInt8>, at offset: Int
  ) throws(Base64URLError) -> Int {
    try Base64URL.encode(storage.span, in: 0..<count, into: &text, at: offset)
  }

  /// Returns whether `text[range]` is this digest in base64url, in a time that depends on the
  /// lengths alone.
  ///
  /// The digest is encoded, the text is not decoded. So a second spelling of the same bytes does
  /// not match, at no cost. For digests that may be public: HMACKey compares a MAC without copying
  /// it.
  @_noAllocation
  package func isEncoded(
    _ text: Span<UInt8>, in range: Range<Int>, kernel: CPUFeature = Base64URL.bestKernel
  ) -> Bool {
    guard range.count == Base64URL.encodedLength(of: count), range.lowerBound >= 0,
      range.upperBound <= text.count
    else { return false }
    let (start, count) = (range.lowerBound, count)
    // SAFETY: reads `count` of the digest's 72 bytes, and the range, which lies inside and is as
    // long as their text.
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe Swift.withUnsafeBytes(of: storage) { bytes in
        unsafe kernel.matchesEncoding(
          text.baseAddress! + start, bytes.baseAddress!.assumingMemoryBound(to: UInt8.self),
          count: count)
      }
    }
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
}
