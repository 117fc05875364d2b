// Fence: calls base64url's C kernels.
internal import CJotKernels

extension Base64URL {
  /// The kernels for base64url.
  package static var kernels: [CPUFeature] { [.portable, .avx2, .vbmi] }

  /// The fastest kernel on this CPU.
  package static var bestKernel: CPUFeature {
    @_noAllocation @inline(__always) get {
      if CPUFeature.vbmi.isAvailable { return .vbmi }
      return CPUFeature.avx2.isAvailable ? .avx2 : .portable
    }
  }
}

extension CPUFeature {
  /// Decodes `text[range]` and returns true. Returns false if the text is invalid or too short for
  /// the kernel; `bytes` is then unspecified.
  ///
  /// - Precondition: `isAvailable`; the range lies inside; its length is a possible encoded length;
  ///   `bytes` holds the decoded length from `offset` on. Inlined, so that a caller that has
  ///   already checked this does not check twice.
  @_noAllocation @inline(__always)
  func decode(
    _ text: Span<UInt8>, _ range: Range<Int>, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) -> Bool {
    if case .portable = self { return false }
    let (start, count) = (range.lowerBound, range.count)
    guard start >= 0, range.upperBound <= text.count, offset >= 0,
      let needed = Base64URL.decodedLength(of: count), bytes.count - offset >= needed
    else { preconditionFailure("the text lies inside, and its bytes have room") }
    // SAFETY: the kernel reads `source[0..<count]` and writes the decoded length, which fits. Both
    // pointers die with these closures, and because `bytes` is inout the regions can't overlap.
    return unsafe text.withUnsafeBufferPointer { source in
      unsafe bytes.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return false }
        if case .vbmi = self {
          return unsafe jot_base64url_decode_vbmi(to + offset, from + start, count) != 0
        }
        return unsafe jot_base64url_decode_avx2(to + offset, from + start, count) != 0
      }
    }
  }

  /// Encodes `bytes[range]` and returns true. Returns false and writes nothing if the range is too
  /// short for the kernel.
  ///
  /// - Precondition: `isAvailable`; the range lies inside; `text` holds its encoded length from
  ///   `offset` on.
  @_noAllocation @inline(__always)
  func encode(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into text: inout MutableSpan<UInt8>, at offset: Int
  ) -> Bool {
    if case .portable = self { return false }
    let (start, count) = (range.lowerBound, range.count)
    guard start >= 0, range.upperBound <= bytes.count, offset >= 0,
      text.count - offset >= Base64URL.encodedLength(of: count)
    else { preconditionFailure("the bytes lie inside, and their text has room") }
    // SAFETY: as above; the kernel writes the encoded length, which fits.
    return unsafe bytes.withUnsafeBufferPointer { source in
      unsafe text.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return false }
        if case .vbmi = self {
          return unsafe jot_base64url_encode_vbmi(to + offset, from + start, count) != 0
        }
        return unsafe jot_base64url_encode_avx2(to + offset, from + start, count) != 0
      }
    }
  }

  /// Returns whether the characters at `text` are the base64url of bytes[0..<count], in a time
  /// that depends on `count` alone. The bytes are not changed or copied.
  ///
  /// Unsafe: reads `count` bytes and `encodedLength(of: count)` characters.
  ///
  /// - Precondition: `isAvailable`; `count` is 16 or more.
  @unsafe @_noAllocation @inline(__always)
  func matchesEncoding(
    _ text: UnsafePointer<UInt8>, _ bytes: UnsafePointer<UInt8>, count: Int
  ) -> Bool {
    // SAFETY: the kernels read only what the caller guarantees.
    switch self {
    case .vbmi: unsafe jot_base64url_matches_vbmi(text, bytes, count) != 0
    case .avx2: unsafe jot_base64url_matches_avx2(text, bytes, count) != 0
    default: unsafe Self.matchesPortably(text, bytes, count)
    }
  }

  // Makes spans: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis") @inline(never)
  private static func matchesPortably(
    _ text: UnsafePointer<UInt8>, _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    // SAFETY: as above; the spans die with this call.
    let text = unsafe Span(
      _unsafeStart: text, count: Base64URL.encodedLength(of: count))
    let bytes = unsafe Span(_unsafeStart: bytes, count: count)
    return Base64URL.isEncodedPortably(text, bytes)
  }
}
