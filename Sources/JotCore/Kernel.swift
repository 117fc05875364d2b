// Which instructions this CPU has beyond what every CPU of its kind has.
internal import CJotKernels

/// A set of instructions that kernels are written for: what each noun has kernels of, it says itself.
///
/// Every kernel gives the portable code's answer; the tests run over all that the CPU has.
package enum Kernel: UInt32, CaseIterable, Sendable {
  case portable = 0
  case avx2 = 1
  /// The SHA extensions.
  case sha = 2
  /// MULX, ADCX and ADOX.
  case adx = 4
  /// AVX-512 with 52-bit multiplication.
  case ifma = 8
  /// AVX-512 with byte permutations.
  case vbmi = 16

  /// Whether this CPU has it and `JOT_KERNELS` in the environment, if set, names it.
  package var isAvailable: Bool {
    @_noAllocation @inline(__always) get { jot_kernels() & rawValue == rawValue }
  }
}
