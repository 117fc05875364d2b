// A counter of key set replacements: a token verified with one set must not count as verified with
// the next.

/// The current key set of a verifier, by number, and whether its keys are secrets.
struct KeyGeneration: Equatable, Sendable {
  /// The number in the higher bits; the lowest bit is set if the keys are secrets.
  let bits: UInt64

  @_noAllocation @inline(__always)
  init(bits: UInt64) { self.bits = bits }

  @_noAllocation
  init(number: UInt64, isSecret: Bool) { bits = number << 1 | (isSecret ? 1 : 0) }

  var isSecret: Bool { @_noAllocation @inline(__always) get { bits & 1 == 1 } }

  /// The generation after this one, for a set of the given kind.
  @_noAllocation
  func next(isSecret: Bool) -> KeyGeneration {
    KeyGeneration(number: (bits >> 1) + 1, isSecret: isSecret)
  }
}
