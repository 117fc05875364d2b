// The kernels for batches of SHA-2, and the fastest for a number of messages.
internal import CJotKernels

extension SHA2Batch {
  /// Code that hashes several messages together.
  package enum Kernel: Sendable {
    case portable, avx2, avx512
    /// Streams of the SHA extensions, in 16 registers or in AVX-512's 32: SHA-256 only.
    case shani, shaniAVX512

    /// Whether this CPU has what it needs: see ``CPUFeature/isAvailable``.
    package var isAvailable: Bool {
      @_noAllocation get {
        switch self {
        case .portable: true
        case .avx2: CPUFeature.avx2.isAvailable
        case .avx512: CPUFeature.ifma.isAvailable
        case .shani: CPUFeature.sha.isAvailable
        case .shaniAVX512: CPUFeature.sha.isAvailable && CPUFeature.ifma.isAvailable
        }
      }
    }
  }
}

extension SHA2 {
  /// The kernels for batches.
  package var batchKernels: [SHA2Batch.Kernel] {
    self == .sha256
      ? [.portable, .avx2, .avx512, .shani, .shaniAVX512] : [.portable, .avx2, .avx512]
  }

  /// The fastest kernel on this CPU for `count` messages.
  @_noAllocation
  package func batchKernel(for count: Int) -> SHA2Batch.Kernel {
    let hasAVX512 = CPUFeature.ifma.isAvailable
    if case .sha256 = self, CPUFeature.sha.isAvailable {
      if jot_has_fast_sha() != 0 { return hasAVX512 ? .shaniAVX512 : .shani }
      // From 12 messages on, sixteen lanes are faster than Intel's SHA extensions, even with four of
      // them empty.
      return hasAVX512 && count >= 12 ? .avx512 : .shani
    }
    // A wide kernel takes the same time for one message as for all lanes: up to two are faster
    // alone.
    guard count > 2 else { return .portable }
    if hasAVX512 { return .avx512 }
    return CPUFeature.avx2.isAvailable ? .avx2 : .portable
  }
}
