// Fence: base64url's way into the C kernels.
internal import CJotKernels

extension Base64URL {
  /// The kernels that there are for base64url.
  package static var kernels: [Kernel] { [.portable, .avx2] }

  /// The fastest that this CPU has.
  package static var bestKernel: Kernel {
    @_noAllocation get { Kernel.avx2.isAvailable ? .avx2 : .portable }
  }
}

extension Kernel {
  /// Decodes leading whole blocks of `text[range]` and returns the number of characters consumed.
  ///
  /// - Precondition: `isAvailable`; the range lies inside; `bytes` holds its decoded length from
  ///   `offset` on.
  @_noAllocation
  func decodeBlocks(
    _ text: Span<UInt8>, _ range: Range<Int>, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) -> Int {
    guard case .avx2 = self else { return 0 }
    let (start, count) = (range.lowerBound, range.count)
    // SAFETY: the kernel reads `source[0..<count]` and writes three quarters of what it consumes,
    // which `decode` has found room for. Both pointers die with these closures, and because
    // `bytes` is inout the regions can't overlap.
    return unsafe text.withUnsafeBufferPointer { source in
      unsafe bytes.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return 0 }
        return unsafe jot_base64url_decode_avx2(to + offset, from + start, count)
      }
    }
  }

  /// Encodes leading whole blocks of `bytes[range]` and returns the number of bytes consumed.
  ///
  /// - Precondition: `isAvailable`; the range lies inside; `text` holds its encoded length from
  ///   `offset` on.
  @_noAllocation
  func encodeBlocks(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into text: inout MutableSpan<UInt8>, at offset: Int
  ) -> Int {
    guard case .avx2 = self else { return 0 }
    let (start, count) = (range.lowerBound, range.count)
    // SAFETY: as above; it writes four thirds of what it consumes, which `encode` has found room
    // for.
    return unsafe bytes.withUnsafeBufferPointer { source in
      unsafe text.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return 0 }
        return unsafe jot_base64url_encode_avx2(to + offset, from + start, count)
      }
    }
  }
}
