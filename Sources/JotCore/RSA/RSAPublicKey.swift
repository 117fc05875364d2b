// Fence: a kernel raises an RSA signature to 65537 (RFC 8017 §5.2.2); RSAEncoding checks it.
internal import CJotKernels

/// An RSA public key of a usual size and exponent 65537, prepared for a kernel.
@safe package struct RSAPublicKey: ~Copyable, @unchecked Sendable {
  private let key: UnsafeMutablePointer<jot_rsa_key>
  private let kernel: CPUFeature
  /// Bytes in the modulus, and in a signature.
  package let byteCount: Int

  /// The kernels for one signature, the fastest first.
  package static var kernels: [CPUFeature] { [.ifma, .avx2] }

  /// The fastest kernel on this CPU; `portable` means OpenSSL.
  package static var bestKernel: CPUFeature { kernels.first { $0.isAvailable } ?? .portable }

  /// Prepares a key of exponent 65537; nil unless the modulus is odd and has 2048, 3072 or 4096
  /// bits.
  ///
  /// - Precondition: the kernel is available.
  package init?(modulus: Span<UInt8>, kernel: CPUFeature) {
    guard Self.kernels.contains(kernel) else { return nil }
    precondition(kernel.isAvailable, "this CPU has the kernel")
    // SAFETY: this value alone owns the block, which has the right size and alignment. The call
    // initialises all of it and reads the modulus. Freed once, in deinit or here.
    let key = unsafe UnsafeMutableRawPointer.allocateApart(MemoryLayout<jot_rsa_key>.size)
      .bindMemory(to: jot_rsa_key.self, capacity: 1)
    let isPrepared = unsafe modulus.withUnsafeBufferPointer {
      unsafe jot_rsa_prepare(key, $0.baseAddress, $0.count) == 1
    }
    guard isPrepared else {
      unsafe key.deallocate()
      return nil
    }
    (self.kernel, byteCount) = (kernel, modulus.count)
    unsafe self.key = key
  }

  deinit {
    // SAFETY: freed once; plain numbers need no deinitialising.
    unsafe key.deallocate()
  }

  /// Returns whether `signature[offset..<offset + count]` is a signature of this digest.
  // Makes a span: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at offset: Int, count: Int, of digest: Digest,
    in encoding: RSAEncoding
  ) -> Bool {
    var encoded = [512 of UInt8](repeating: 0)
    var span = encoded.mutableSpan
    guard apply(to: signature, at: offset, count: count, into: &span) else { return false }
    return encoding.isEncoded(span.span, in: 0..<count, of: digest)
  }

  /// Raises `signature[offset..<offset + count]` to the power of 65537 modulo n and writes the
  /// result to the front of `encoded`. Returns false if the signature is not as long as the modulus
  /// or not below it.
  // Makes a span: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package borrowing func apply(
    to signature: borrowing MutableSpan<UInt8>, at offset: Int = 0, count: Int,
    into encoded: inout MutableSpan<UInt8>
  ) -> Bool {
    guard count == byteCount else { return false }
    precondition(
      offset >= 0 && offset <= signature.count - count && count <= encoded.count,
      "both are long enough")
    // SAFETY: the key's block lives as long as this borrow and is only read. The kernel reads and
    // writes `byteCount` bytes, which lie inside both spans.
    return unsafe signature.withUnsafeBufferPointer { signature in
      unsafe encoded.withUnsafeMutableBufferPointer { encoded in
        let from = unsafe signature.baseAddress! + offset
        let done =
          switch kernel {
          case .ifma: unsafe jot_rsa_public_ifma(key, encoded.baseAddress, from)
          case .avx2: unsafe jot_rsa_public_avx2(key, encoded.baseAddress, from)
          default: 0 as Int32
          }
        return done == 1
      }
    }
  }
}
