// Fence: RSA signatures to the power 65537, one in each vector lane. Not constant-time: for public
// values only.
internal import CJotKernels
internal import COpenSSL

/// An RSA modulus n prepared for the kernels; 2048, 3072 or 4096 bits.
@safe package struct RSABatchKey: ~Copyable, @unchecked Sendable {
  /// The length of the modulus in bytes.
  package let length: Int

  fileprivate let words: UnsafeMutablePointer<UInt64>
  // The modulus as given, after the words.
  private let modulus: UnsafeMutablePointer<UInt8>

  /// Prepares a key, or returns nil if the kernels don't support the modulus: it must have 256, 384
  /// or 512 bytes, be odd and have its top bit set.
  ///
  /// - Parameter modulus: Big-endian.
  package init?(modulus: Span<UInt8>) {
    length = modulus.count
    guard length == 256 || length == 384 || length == 512,
      modulus[0] >= 0x80, modulus[length - 1] & 1 == 1
    else { return nil }
    let count = jot_rsa_batch_key_words(length)
    // SAFETY: this value alone owns the memory, which is as long as the kernels' words and the
    // modulus, is written whole here, and is freed once, in deinit. The preparation supports the
    // modulus's length.
    let block = unsafe UnsafeMutableRawPointer.allocateApart(8 * count + length)
    unsafe words = block.bindMemory(to: UInt64.self, capacity: count)
    unsafe self.modulus = (block + 8 * count).bindMemory(to: UInt8.self, capacity: length)
    unsafe modulus.withUnsafeBufferPointer {
      unsafe jot_rsa_batch_prepare(words, $0.baseAddress, $0.count)
      unsafe self.modulus.initialize(from: $0.baseAddress!, count: $0.count)
    }
  }

  /// Returns whether `bytes[offset..<offset + length]`, big-endian, is below the modulus.
  ///
  /// - Precondition: the number lies inside.
  // Excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package borrowing func isBelowModulus(_ bytes: borrowing MutableSpan<UInt8>, at offset: Int)
    -> Bool
  {
    guard offset >= 0, offset <= bytes.count - length else {
      preconditionFailure("the number lies inside")
    }
    // SAFETY: both have `length` bytes.
    return unsafe bytes.withUnsafeBufferPointer {
      unsafe memcmp($0.baseAddress! + offset, modulus, length) < 0
    }
  }

  deinit {
    // SAFETY: allocated by the initializer; words need no deinitialising.
    unsafe words.deallocate()
  }
}

/// Signatures for the lanes of a kernel: at most `lanes`, with moduli of equal length.
@safe package struct RSABatch {
  @safe private struct Job {
    var key: UnsafePointer<UInt64>
    var signature: Int
    var result: Int
  }

  /// The number of signatures added.
  package private(set) var count = 0
  /// The number of signatures that the kernel takes.
  package let lanes: Int

  private var length = 0
  // Only the first `count` are valid.
  private var jobs: [8 of Job?]

  /// The kernels for batches.
  package static var kernels: [CPUFeature] { [.avx2, .ifma] }

  /// The fastest kernel on this CPU, or nil: signatures are then raised one by one.
  package static var bestKernel: CPUFeature? {
    @_noAllocation get {
      if CPUFeature.ifma.isAvailable { return .ifma }
      return CPUFeature.avx2.isAvailable ? .avx2 : nil
    }
  }

  /// - Precondition: `kernel` is one of `kernels` and available.
  @_noAllocation
  package init(_ kernel: CPUFeature) {
    guard kernel.isAvailable else { preconditionFailure("this CPU has the kernel") }
    switch kernel {
    case .avx2: lanes = 4
    case .ifma: lanes = 8
    default: preconditionFailure("a kernel for RSA")
    }
    jobs = .init(repeating: nil)
  }

  /// Adds the signature at offset `signature` in the bytes given to `exponentiate(in:)`. Its result
  /// is written at offset `result`, which may be equal.
  ///
  /// Unsafe: `key` must live until `exponentiate(in:)` has returned.
  ///
  /// - Precondition: a lane is free; all keys have the same length.
  @_noAllocation
  @unsafe package mutating func add(
    _ key: borrowing RSABatchKey, signature: Int, result: Int
  ) {
    guard count < lanes else { preconditionFailure("a lane is free") }
    guard count == 0 || length == key.length else { preconditionFailure("keys of one length") }
    length = key.length
    unsafe jobs[count] = Job(key: UnsafePointer(key.words), signature: signature, result: result)
    count += 1
  }

  /// Raises the added signatures to the power 65537, writes the results, each below its modulus,
  /// and removes the signatures.
  ///
  /// The caller must check that each signature is below its modulus; for one that is not, the
  /// result is still its power modulo n.
  ///
  /// - Precondition: all ranges lie inside, and no two results overlap.
  @_noAllocation
  package mutating func exponentiate(in bytes: inout MutableSpan<UInt8>) {
    guard count > 0 else { return }
    let (count, length, last) = (count, length, bytes.count - length)
    // SAFETY: each job's offsets are checked: `length` bytes from each lie inside. Its key lives,
    // as `add` requires, and was prepared for this length. Lanes without a job repeat the first
    // job, which writes the same bytes twice. A kernel touches nothing else.
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      let base = buffer.baseAddress!
      var filled = unsafe [8 of jot_rsa_batch_job](repeating: jot_rsa_batch_job())
      for lane in 0..<8 {
        guard let job = jobs[lane < count ? lane : 0], job.signature >= 0,
          job.signature <= last, job.result >= 0, job.result <= last
        else { preconditionFailure("signatures and results lie inside") }
        unsafe filled[lane] = jot_rsa_batch_job(
          key: job.key, signature: base + job.signature, result: base + job.result)
      }
      unsafe withUnsafePointer(to: &filled) {
        unsafe $0.withMemoryRebound(to: jot_rsa_batch_job.self, capacity: 8) {
          if lanes == 8 {
            unsafe jot_rsa_batch_ifma($0, length)
          } else {
            unsafe jot_rsa_batch_avx2($0, length)
          }
        }
      }
    }
    self.count = 0
  }
}
