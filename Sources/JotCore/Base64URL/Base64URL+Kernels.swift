// Fence: base64url's way into the C kernels.
internal import CJotKernels

extension Base64URL {
  /// The kernels that there are for base64url.
  package static var kernels: [Kernel] { [.portable, .avx2, .vbmi] }

  /// The fastest that this CPU has.
  package static var bestKernel: Kernel {
    @_noAllocation @inline(__always) get {
      if Kernel.vbmi.isAvailable { return .vbmi }
      return Kernel.avx2.isAvailable ? .avx2 : .portable
    }
  }
}

extension Kernel {
  /// Decodes `text[range]` and returns true; or false, what is in `bytes` then being unspecified,
  /// if something is wrong with the text or the kernel doesn't take texts so short.
  ///
  /// - Precondition: `isAvailable`; the range lies inside and its length is a text's; `bytes` holds
  ///   its decoded length from `offset` on. A caller that has checked so pays for it once, inlined.
  @_noAllocation @inline(__always)
  func decode(
    _ text: Span<UInt8>, _ range: Range<Int>, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) -> Bool {
    if case .portable = self { return false }
    let (start, count) = (range.lowerBound, range.count)
    guard start >= 0, range.upperBound <= text.count, offset >= 0,
      let needed = Base64URL.decodedLength(of: count), bytes.count - offset >= needed
    else { preconditionFailure("the text lies inside, and its bytes have room") }
    // SAFETY: the kernel reads `source[0..<count]` and writes the decoded length, for which there is
    // room. Both pointers die with these closures, and because `bytes` is inout the regions can't
    // overlap.
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

  /// Encodes `bytes[range]` and returns true; or false, with nothing written, if the kernel doesn't
  /// take so few bytes.
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
    // SAFETY: as above; it writes the encoded length, for which there is room.
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

  /// Returns whether the characters from `text` on are the base64url of bytes[0..<count], in a time
  /// that depends on `count` alone. The bytes are left as they are, and no copy is made.
  ///
  /// Unsafe: `count` bytes are read, and as many characters as these have.
  ///
  /// - Precondition: `isAvailable`; `count` is 16 or more.
  @unsafe @_noAllocation @inline(__always)
  func spells(
    _ text: UnsafePointer<UInt8>, _ bytes: UnsafePointer<UInt8>, count: Int
  ) -> Bool {
    // SAFETY: the kernels read what the caller promises.
    switch self {
    case .vbmi: unsafe jot_base64url_spells_vbmi(text, bytes, count) != 0
    case .avx2: unsafe jot_base64url_spells_avx2(text, bytes, count) != 0
    default: unsafe Self.spellsPortably(text, bytes, count)
    }
  }

  // Left out of the check as Bytes.swift says: spans are made here.
  @_semantics("no_performance_analysis") @inline(never)
  private static func spellsPortably(
    _ text: UnsafePointer<UInt8>, _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    // SAFETY: as above; the spans die with this call.
    let text = unsafe Span(
      _unsafeStart: text, count: Base64URL.encodedLength(of: count))
    let bytes = unsafe Span(_unsafeStart: bytes, count: count)
    return Base64URL.isEncodedPortably(text, bytes)
  }
}
