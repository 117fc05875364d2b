// Fence: RSA public keys prepared for Jot's own kernels. Before it: KeyHandle.
// After it: RSAEncoding, which looks at what the kernel gives.
internal import CJotKernels

/// An RSA public key of a usual size and the usual exponent, as a kernel needs it.
@safe package struct RSAPublicKey: ~Copyable, @unchecked Sendable {
  private let key: UnsafeMutablePointer<jot_rsa_key>
  private let kernel: Kernel
  /// Bytes in the modulus, and in a signature.
  package let byteCount: Int

  /// The kernels that there are; the best first.
  package static var kernels: [Kernel] { [.ifma, .avx2] }

  /// The fastest that this CPU has; the portable one stands for OpenSSL.
  package static var bestKernel: Kernel { kernels.first { $0.isAvailable } ?? .portable }

  /// Prepares a key; nil for what is OpenSSL's to verify: other types, sizes and exponents.
  ///
  /// - Precondition: the kernel is available.
  init?(_ handle: borrowing KeyHandle, kernel: Kernel) {
    guard let modulus = Self.modulus(of: handle) else { return nil }
    self.init(modulus: modulus.span, kernel: kernel)
  }

  /// The modulus of an RSA key with the usual exponent, 65537; nil for any other key.
  static func modulus(of handle: borrowing KeyHandle) -> [UInt8]? {
    guard handle.type == .rsa, let members = handle.publicMembers, members.count == 2,
      members[1].bytes == [1, 0, 1]
    else { return nil }
    return members[0].bytes
  }

  /// Prepares a key of exponent 65537; nil unless the modulus is odd and has 2048, 3072 or 4096
  /// bits.
  ///
  /// - Precondition: the kernel is available.
  package init?(modulus: Span<UInt8>, kernel: Kernel) {
    guard Self.kernels.contains(kernel) else { return nil }
    precondition(kernel.isAvailable, "this CPU has the kernel")
    // SAFETY: the block is this value's alone, of the right size and alignment, initialised whole by
    // the call, which reads the modulus, and freed once, in deinit or here.
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

  /// Returns whether `signature[place..<place + count]` is one of what has this digest, by the
  /// algorithm at `number`.
  // Left out of the check as Bytes.swift says: a span is made here.
  @_semantics("no_performance_analysis")
  borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at place: Int, count: Int, of digest: Digest,
    by number: Int
  ) -> Bool {
    var encoded = [512 of UInt8](repeating: 0)
    var room = encoded.mutableSpan
    guard apply(to: signature, at: place, count: count, into: &room) else { return false }
    return RSAEncoding.isEncoded(room.span, in: 0..<count, of: digest, by: number)
  }

  /// Raises `signature[place..<place + count]` to the power of 65537 modulo n, and writes that to the
  /// front of `encoded`. False where a signature is not as long as the modulus, or not below it.
  // Left out of the check as Bytes.swift says: a span is made on the way.
  @_semantics("no_performance_analysis")
  package borrowing func apply(
    to signature: borrowing MutableSpan<UInt8>, at place: Int = 0, count: Int,
    into encoded: inout MutableSpan<UInt8>
  ) -> Bool {
    guard count == byteCount else { return false }
    precondition(
      place >= 0 && place <= signature.count - count && count <= encoded.count,
      "both are long enough")
    // SAFETY: the key's block lives as long as this borrow and is only read. The kernel reads and
    // writes `byteCount` bytes, which lie inside both.
    return unsafe signature.withUnsafeBufferPointer { signature in
      unsafe encoded.withUnsafeMutableBufferPointer { encoded in
        let from = unsafe signature.baseAddress! + place
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
