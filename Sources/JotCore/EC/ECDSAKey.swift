// Fence: ECDSA signatures of a prepared key (FIPS 186-5 §6.4.2, RFC 7518 §3.4, RFC 8812 §3.2). Not
// constant-time: for public values only.
internal import CJotKernels

/// A curve of ECDSA's.
package enum ECDSACurve: Int, CaseIterable, Sendable {
  case p256, p384, p521, secp256k1

  /// Bytes of a coordinate, and of each half of a signature.
  package var coordinateLength: Int {
    @_noAllocation get {
      switch self {
      case .p256, .secp256k1: 32
      case .p384: 48
      case .p521: 66
      }
    }
  }

  // The number that the kernels know it by.
  fileprivate var number: Int32 {
    switch self {
    case .p256: Int32(JOT_P256)
    case .p384: Int32(JOT_P384)
    case .p521: Int32(JOT_P521)
    case .secp256k1: Int32(JOT_SECP256K1)
    }
  }
}

/// A public key whose multiples are tabulated: then a signature is a sum of table entries.
@usableFromInline @safe package struct ECDSAKey: ~Copyable, @unchecked Sendable {
  package let curve: ECDSACurve
  package let kernel: CPUFeature

  // The curve and the kernel as the kernels know them, and bytes of a coordinate: enumerations
  // can't be compared without allocations.
  let number: Int32
  let sets: UInt32
  let length: Int
  let table: UnsafeMutablePointer<UInt64>
  let generator: UnsafePointer<UInt64>

  /// The kernels for a curve, the fastest first.
  package static func kernels(on curve: ECDSACurve) -> [CPUFeature] {
    switch curve {
    case .p256: [.ifma, .adx, .portable]
    case .p384, .p521, .secp256k1: [.adx, .portable]
    }
  }

  /// The fastest kernel on this CPU.
  package static func bestKernel(on curve: ECDSACurve) -> CPUFeature {
    kernels(on: curve).first { $0.isAvailable } ?? .portable
  }

  /// Bytes of a key's table.
  package static func byteCount(on curve: ECDSACurve) -> Int {
    8 * jot_ecdsa_table_words(curve.number)
  }

  /// Tabulates a key; nil unless the coordinates are below the prime and those of a point.
  ///
  /// The first key on a curve also makes the generator's table, which all keys share and which is
  /// never freed: 256 KiB, or 576 for P-384 and 1,188 for P-521.
  ///
  /// - Parameters:
  ///   - x: Big-endian, `curve.coordinateLength` bytes.
  ///   - y: As `x`.
  /// - Precondition: the kernel is available and one of the curve's.
  package init?(curve: ECDSACurve, x: Span<UInt8>, y: Span<UInt8>, kernel: CPUFeature) {
    precondition(
      Self.kernels(on: curve).contains(kernel) && kernel.isAvailable, "this CPU has the kernel")
    guard x.count == curve.coordinateLength, y.count == curve.coordinateLength else { return nil }
    // SAFETY: this value alone owns the block, which is as long as the table. The call writes it
    // whole or returns 0, and reads coordinates of the curve's length. Freed once, in deinit or
    // here.
    let table = unsafe UnsafeMutableRawPointer.allocateApart(Self.byteCount(on: curve))
      .bindMemory(to: UInt64.self, capacity: jot_ecdsa_table_words(curve.number))
    let isPrepared = unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeBufferPointer { y in
        unsafe jot_ecdsa_prepare(
          curve.number, kernel.sets, table, x.baseAddress, y.baseAddress) == 1
      }
    }
    guard isPrepared else {
      unsafe table.deallocate()
      return nil
    }
    (self.curve, self.kernel) = (curve, kernel)
    (number, sets, length) = (curve.number, kernel.sets, curve.coordinateLength)
    unsafe self.table = table
    unsafe generator = Generator.of(curve).table
  }

  deinit {
    // SAFETY: freed once; plain numbers need no deinitialising.
    unsafe table.deallocate()
  }

  /// Returns whether the bytes at `offset`, twice a coordinate's, are a signature r and s of this
  /// digest.
  ///
  /// Of a digest longer than the curve's order the first bytes count (FIPS 186-5 §6.4.2). `s` and
  /// n - `s` are both valid.
  ///
  /// - Precondition: the signature lies inside.
  // Excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at offset: Int, of digest: Digest
  ) -> Bool {
    guard offset >= 0, offset <= signature.count - 2 * length else {
      preconditionFailure("the signature lies inside")
    }
    // SAFETY: the tables live as long as this borrow and are only read. The kernel reads the
    // signature, which lies inside, and the digest's bytes; it writes the job's verdict.
    return unsafe signature.withUnsafeBufferPointer { signature in
      unsafe digest.withUnsafeBytes { digest in
        var job = unsafe jot_ecdsa_job(
          table: table, signature: signature.baseAddress! + offset, digest: digest.baseAddress,
          digest_count: digest.count, is_valid: 0)
        unsafe jot_ecdsa_verify(number, sets, generator, &job, 1)
        return unsafe job.is_valid == 1
      }
    }
  }
}

extension CPUFeature {
  // What ECDSA's kernels are chosen by.
  fileprivate var sets: UInt32 {
    switch self {
    case .adx: UInt32(JOT_ADX)
    case .ifma: UInt32(JOT_IFMA) | (CPUFeature.adx.isAvailable ? UInt32(JOT_ADX) : 0)
    default: 0
    }
  }
}

/// The table of a curve's generator: made once, when the curve's first key is, and never freed.
@safe private struct Generator: @unchecked Sendable {
  let table: UnsafePointer<UInt64>

  private static let p256 = Generator(.p256)
  private static let p384 = Generator(.p384)
  private static let p521 = Generator(.p521)
  private static let secp256k1 = Generator(.secp256k1)

  static func of(_ curve: ECDSACurve) -> Generator {
    switch curve {
    case .p256: p256
    case .p384: p384
    case .p521: p521
    case .secp256k1: secp256k1
    }
  }

  private init(_ curve: ECDSACurve) {
    // SAFETY: the block is as long as the table, which the call writes whole. Then it is only read.
    let count = jot_ecdsa_shared_words(curve.number)
    let table = unsafe UnsafeMutableRawPointer.allocateApart(8 * count)
      .bindMemory(to: UInt64.self, capacity: count)
    _ = unsafe jot_ecdsa_prepare(curve.number, ECDSAKey.bestKernel(on: curve).sets, table, nil, nil)
    unsafe self.table = UnsafePointer(table)
  }
}
