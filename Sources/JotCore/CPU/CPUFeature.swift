// Which instructions this CPU has beyond what every CPU of its kind has.
internal import CJotKernels

/// A set of instructions that kernels are written for: what each noun has kernels of, it says itself.
///
/// Every kernel gives the portable code's answer; the tests run over all that the CPU has.
package enum Kernel: CaseIterable, Sendable {
  case portable
  case avx2
  /// The SHA extensions.
  case sha
  /// AVX-512 with 52-bit multiplication.
  case ifma
  /// AVX-512 with byte permutations.
  case vbmi

  /// Whether this CPU has it and `JOT_KERNELS` in the environment, if set, names it.
  package var isAvailable: Bool {
    @_noAllocation get {
      switch self {
      case .portable: true
      case .avx2: Self.has(JOT_AVX2)
      case .sha: Self.has(JOT_SHA)
      case .ifma: Self.has(JOT_IFMA)
      case .vbmi: Self.has(JOT_VBMI)
      }
    }
  }

  @_noAllocation @inline(__always)
  private static func has(_ bit: Int) -> Bool { jot_kernels() & UInt32(bit) != 0 }
}
