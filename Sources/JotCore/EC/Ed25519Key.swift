// Fence: Ed25519 signatures (RFC 8032 §5.1.7) by a kernel, with a table of the key's multiples.
internal import CJotKernels
internal import COpenSSL

/// An Ed25519 public key with a table of its multiples, so that a verification only adds.
///
/// A signature is valid if OpenSSL finds it valid: s is below the order of the base point, and R is
/// the canonical encoding of s B - h A, without the cofactor. The table is public data; time and
/// addresses depend on it and on the signature.
@usableFromInline @safe package struct Ed25519Key: ~Copyable, @unchecked Sendable {
  let table: UnsafeRawPointer
  private let ownsTable: Bool
  private let kernel: CPUFeature

  /// Bytes in a table.
  package static var byteCount: Int { @_noAllocation get { Int(JOT_ED25519_KEY_SIZE) } }

  /// Bytes in a signature.
  package static var signatureLength: Int { @_noAllocation get { 64 } }

  /// The kernels, the fastest first.
  package static var kernels: [CPUFeature] { [.ifma, .adx, .portable] }

  /// The fastest kernel on this CPU.
  package static var bestKernel: CPUFeature {
    @_noAllocation get {
      if CPUFeature.ifma.isAvailable { return .ifma }
      return CPUFeature.adx.isAvailable ? .adx : .portable
    }
  }

  /// Prepares a key in memory of its own; nil if the 32 bytes are no point.
  ///
  /// Decodes as OpenSSL does: y may be 2^255 - 19 or more, and the order may be small. The first
  /// key of a process makes the base point's table too.
  ///
  /// - Precondition: the kernel is available and one of ``kernels``.
  package init?(point: Span<UInt8>, kernel: CPUFeature = bestKernel) {
    // SAFETY: the block has a table's size and alignment. The key owns it, or it is freed here.
    let block = unsafe UnsafeMutableRawPointer.allocateApart(Self.byteCount)
    guard unsafe Self.prepare(block, point, kernel) else {
      unsafe block.deallocate()
      return nil
    }
    unsafe table = UnsafeRawPointer(block)
    (ownsTable, self.kernel) = (true, kernel)
  }

  /// As above, in memory of the caller's, aligned to 64 bytes.
  ///
  /// Unsafe: the memory has ``byteCount`` bytes, and the key alone uses it as long as it lives.
  @unsafe
  package init?(
    point: Span<UInt8>, kernel: CPUFeature = bestKernel, memory: UnsafeMutableRawPointer
  ) {
    // SAFETY: as the caller promises.
    guard unsafe Self.prepare(memory, point, kernel) else { return nil }
    unsafe table = UnsafeRawPointer(memory)
    (ownsTable, self.kernel) = (false, kernel)
  }

  private static func prepare(
    _ block: UnsafeMutableRawPointer, _ point: Span<UInt8>, _ kernel: CPUFeature
  ) -> Bool {
    precondition(kernels.contains(kernel) && kernel.isAvailable, "this CPU has the kernel")
    guard point.count == 32 else { return false }
    precondition(UInt(bitPattern: block) % 64 == 0, "the memory is aligned")
    // SAFETY: reads the 32 bytes, and writes a table's size.
    let hasADX = kernel != .portable && CPUFeature.adx.isAvailable
    return unsafe point.withUnsafeBufferPointer {
      let point = $0.baseAddress
      return hasADX
        ? unsafe jot_ed25519_prepare_adx(block, point) == 1
        : unsafe jot_ed25519_prepare(block, point) == 1
    }
  }

  deinit {
    // SAFETY: allocated by the initializer; plain numbers need no deinitialising.
    if ownsTable { unsafe table.deallocate() }
  }

  /// Returns whether `signature[offset..<offset + 64]` is a signature of `message[range]`.
  ///
  /// - Precondition: both lie inside.
  /// - Complexity: O(n); no allocation.
  // Makes a span: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at offset: Int, of message: Span<UInt8>,
    in range: Range<Int>
  ) -> Bool {
    guard offset >= 0, offset <= signature.count - Self.signatureLength, range.lowerBound >= 0,
      range.upperBound <= message.count
    else { preconditionFailure("signature and message lie inside") }
    let (start, count) = (range.lowerBound, range.count)
    // SAFETY: C reads the signature's 64 bytes and the range, which lie inside (without bytes its
    // start is unused), and the table, which lives as long as this borrow. It writes a digest of 64
    // bytes.
    return unsafe message.withUnsafeBufferPointer { message in
      unsafe signature.withUnsafeBufferPointer { signature in
        let signature = unsafe signature.baseAddress! + offset
        var hash = [64 of UInt8](repeating: 0)
        return unsafe withUnsafeMutableBytes(of: &hash) { hash in
          let hash = unsafe hash.baseAddress!.assumingMemoryBound(to: UInt8.self)
          unsafe jot_sha512_for_ed25519(
            hash, signature, jot_ed25519_point(table),
            message.baseAddress.map { unsafe $0 + start }, count)
          var job = unsafe jot_ed25519_job(key: table, signature: signature, hash: hash)
          return switch kernel {
          case .ifma: unsafe jot_ed25519_verify_ifma(&job) == 1
          case .adx: unsafe jot_ed25519_verify_adx(&job) == 1
          default: unsafe jot_ed25519_verify(&job) == 1
          }
        }
      }
    }
  }
}
