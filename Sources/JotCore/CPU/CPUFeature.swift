// The instruction sets beyond the baseline that this CPU may have.
internal import CJotKernels

/// An instruction set that kernels are written for. Each type lists its own kernels.
///
/// Every kernel gives the portable code's answer; the tests run every kernel that the CPU has.
package enum CPUFeature: CaseIterable, Sendable {
  case portable
  case avx2
  /// Multiplication without flags and two carry chains: MULX, ADCX, ADOX.
  case adx
  /// The SHA extensions.
  case sha
  /// AVX-512 with 52-bit multiplication.
  case ifma
  /// AVX-512 with byte permutations.
  case vbmi

  /// Whether this CPU has it and `JOT_KERNELS` in the environment, if set, includes it.
  package var isAvailable: Bool {
    @_noAllocation get {
      switch self {
      case .portable: true
      case .avx2: Self.has(JOT_AVX2)
      case .adx: Self.has(JOT_ADX)
      case .sha: Self.has(JOT_SHA)
      case .ifma: Self.has(JOT_IFMA)
      case .vbmi: Self.has(JOT_VBMI)
      }
    }
  }

  @_noAllocation @inline(__always)
  private static func has(_ bit: Int) -> Bool { jot_kernels() & UInt32(bit) != 0 }
}
