// Fence: ECDSA signatures verified together, which takes less time for each. Not constant-time: for
// public values only.
internal import CJotKernels

/// Up to ``capacity`` signatures by keys on one curve; on the stack.
@safe package struct ECDSABatch {
  /// The most signatures in a batch.
  package static var capacity: Int { @_noAllocation get { 32 } }

  /// The number of signatures added.
  package private(set) var count = 0

  // Of the keys: curve and sets as the kernels know them, and bytes of a coordinate.
  private var number: Int32 = 0
  private var sets: UInt32 = 0
  private var length = 0
  private var generator: UnsafePointer<UInt64>?
  // Only the first `count` are valid.
  private var jobs: [32 of jot_ecdsa_job]
  private var offsets: [32 of Int]
  private var digests: [32 of [72 of UInt8]]

  @_noAllocation
  package init() {
    unsafe generator = nil
    unsafe jobs = [32 of jot_ecdsa_job](repeating: jot_ecdsa_job())
    offsets = [32 of Int](repeating: 0)
    digests = [32 of [72 of UInt8]](repeating: [72 of UInt8](repeating: 0))
  }

  /// Adds the signature r and s at `offset` in the bytes given to `verify(in:)`, of this digest.
  ///
  /// Unsafe: `key` must live until `verify(in:)` has returned.
  ///
  /// - Precondition: ``count`` is below ``capacity``; all keys have the same curve and kernel.
  @_noAllocation
  @unsafe package mutating func add(
    _ key: borrowing ECDSAKey, signature offset: Int, of digest: Digest
  ) {
    guard count < Self.capacity else { preconditionFailure("there is room") }
    guard count == 0 || key.number == number && key.sets == sets else {
      preconditionFailure("keys of one curve and kernel")
    }
    (number, sets, length) = (key.number, key.sets, key.length)
    unsafe generator = key.generator
    unsafe jobs[count].table = UnsafePointer(key.table)
    offsets[count] = offset
    unsafe jobs[count].digest_count = digest.count
    digests[count] = digest.storage
    count += 1
  }

  /// Verifies the added signatures and removes them. Bit i of the result tells whether the one
  /// added i-th, from 0, is valid.
  ///
  /// - Precondition: all signatures lie inside.
  // Excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package mutating func verify(in bytes: borrowing MutableSpan<UInt8>) -> UInt32 {
    guard count > 0 else { return 0 }
    let (count, last) = (count, bytes.count - 2 * length)
    self.count = 0
    // SAFETY: each signature lies inside, as checked, and its key lives, as `add` requires. A
    // digest has at most 64 of 72 bytes. The kernel reads these and the tables, and writes the
    // verdicts of the first `count` jobs.
    return unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe withUnsafeBytes(of: &digests) { digests in
        for index in 0..<count {
          guard offsets[index] >= 0, offsets[index] <= last else {
            preconditionFailure("all signatures lie inside")
          }
          unsafe jobs[index].signature = bytes.baseAddress! + offsets[index]
          unsafe jobs[index].digest = (digests.baseAddress! + 72 * index)
            .assumingMemoryBound(to: UInt8.self)
        }
        return unsafe withUnsafeMutableBytes(of: &jobs) { memory in
          let jobs = unsafe memory.baseAddress!.assumingMemoryBound(to: jot_ecdsa_job.self)
          unsafe jot_ecdsa_verify(number, sets, generator, jobs, count)
          var verdicts: UInt32 = 0
          for index in 0..<count { verdicts |= UInt32(unsafe jobs[index].is_valid) << index }
          return verdicts
        }
      }
    }
  }
}
