// Fence: SHA-2 (FIPS 180-4), by a kernel or OpenSSL.
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
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    let (start, count) = (range.lowerBound, range.count)
    var digest = Digest(count: digestLength)
    // SAFETY: C reads the range, which lies inside (its start stands for nothing where there is none),
    // and writes the digest's bytes, 64 of 72 at most.
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
  /// match, at no cost. For a digest that may be known: HMACKey compares a MAC where it lies.
  @_noAllocation
  package func isEncoded(
    _ text: Span<UInt8>, in range: Range<Int>, kernel: Kernel = Base64URL.bestKernel
  ) -> Bool {
    guard range.count == Base64URL.encodedLength(of: count), range.lowerBound >= 0,
      range.upperBound <= text.count
    else { return false }
    let (start, count) = (range.lowerBound, count)
    // SAFETY: `count` of the digest's 72 bytes are read, and the range, which lies inside and is as
    // long as their text.
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe Swift.withUnsafeBytes(of: storage) { bytes in
        unsafe kernel.spells(
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
