// Fence: RSA signatures raised to 65537, one in each lane of a vector. Public values only.
// Before it: signatures decoded. After it: the encoding that each should be, compared whole.
internal import CJotKernels
internal import COpenSSL

/// An RSA modulus n prepared for the kernels, which take 2048, 3072 and 4096 bits.
@safe package struct RSAManyKey: ~Copyable, @unchecked Sendable {
  /// The length of the modulus in bytes.
  package let length: Int

  fileprivate let words: UnsafeMutablePointer<UInt64>
  // The modulus as it was given, behind the words.
  private let modulus: UnsafeMutablePointer<UInt8>

  /// Prepares a key, or returns nil if the modulus is none that the kernels take: of 256, 384 or 512
  /// bytes, odd, its top bit set.
  ///
  /// - Parameter modulus: big-endian.
  package init?(modulus: Span<UInt8>) {
    length = modulus.count
    guard length == 256 || length == 384 || length == 512,
      modulus[0] >= 0x80, modulus[length - 1] & 1 == 1
    else { return nil }
    let count = jot_rsa_many_key_words(length)
    // SAFETY: the memory is this value's alone, as long as the kernels want it and the modulus is,
    // written whole here, and freed once, in deinit. The modulus is of a length that the preparation
    // takes.
    let block = unsafe UnsafeMutableRawPointer.allocateApart(8 * count + length)
    unsafe words = block.bindMemory(to: UInt64.self, capacity: count)
    unsafe self.modulus = (block + 8 * count).bindMemory(to: UInt8.self, capacity: length)
    unsafe modulus.withUnsafeBufferPointer {
      unsafe jot_rsa_many_prepare(words, $0.baseAddress, $0.count)
      unsafe self.modulus.initialize(from: $0.baseAddress!, count: $0.count)
    }
  }

  /// Returns whether the big-endian number at `place`, as long as the modulus, is below it.
  ///
  /// - Precondition: it lies inside.
  // Left out of the check as Bytes.swift says.
  @_semantics("no_performance_analysis")
  package borrowing func isAbove(_ bytes: borrowing MutableSpan<UInt8>, at place: Int) -> Bool {
    guard place >= 0, place <= bytes.count - length else {
      preconditionFailure("the number lies inside")
    }
    // SAFETY: both have `length` bytes.
    return unsafe bytes.withUnsafeBufferPointer {
      unsafe memcmp($0.baseAddress! + place, modulus, length) < 0
    }
  }

  deinit {
    // SAFETY: allocated by the initializer; words need no deinitialising.
    unsafe words.deallocate()
  }
}

/// Signatures on their way into the lanes of a kernel: up to `lanes` of them, of moduli of one length.
@safe package struct RSAMany {
  @safe private struct Job {
    var key: UnsafePointer<UInt64>
    var signature: Int
    var result: Int
  }

  /// How many signatures there are.
  package private(set) var count = 0
  /// How many the kernel takes.
  package let lanes: Int

  private var length = 0
  // Of `count` jobs; the others are no job.
  private var jobs: [8 of Job?]

  /// The kernels that there are.
  package static var kernels: [Kernel] { [.avx2, .ifma] }

  /// The fastest that this CPU has, or nil: then signatures are raised one by one.
  package static var bestKernel: Kernel? {
    @_noAllocation get {
      if Kernel.ifma.isAvailable { return .ifma }
      return Kernel.avx2.isAvailable ? .avx2 : nil
    }
  }

  /// - Precondition: `kernel` is one of `kernels` and available.
  @_noAllocation
  package init(_ kernel: Kernel) {
    guard kernel.isAvailable else { preconditionFailure("this CPU has the kernel") }
    switch kernel {
    case .avx2: lanes = 4
    case .ifma: lanes = 8
    default: preconditionFailure("a kernel for RSA")
    }
    jobs = .init(repeating: nil)
  }

  /// Adds the signature that will stand at `signature` in the bytes given to `raise(in:)`, its result
  /// to be written at `result`, which may be the same place.
  ///
  /// Unsafe: `key` must live until `raise(in:)` has returned.
  ///
  /// - Precondition: a lane is free, and all keys are of one length.
  @_noAllocation
  @unsafe package mutating func add(
    _ key: borrowing RSAManyKey, signature: Int, result: Int
  ) {
    guard count < lanes else { preconditionFailure("a lane is free") }
    guard count == 0 || length == key.length else { preconditionFailure("keys of one length") }
    length = key.length
    unsafe jobs[count] = Job(key: UnsafePointer(key.words), signature: signature, result: result)
    count += 1
  }

  /// Raises the signatures that were added to 65537, writes the results, each below its modulus, and
  /// forgets the signatures.
  ///
  /// Whether a signature is below its modulus is the caller's to check; results of those that are not
  /// are what they would be modulo n.
  ///
  /// - Precondition: all places lie inside, and no two results overlap.
  @_noAllocation
  package mutating func raise(in bytes: inout MutableSpan<UInt8>) {
    guard count > 0 else { return }
    let (count, length, last) = (count, length, bytes.count - length)
    // SAFETY: each job's places are checked to lie inside, for `length` bytes; its key lives, as
    // `add` demands, and was prepared for this length. Lanes without a job get the first one again,
    // which writes the same bytes twice. A kernel touches nothing else.
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      let base = buffer.baseAddress!
      var filled = unsafe [8 of jot_rsa_many_job](repeating: jot_rsa_many_job())
      for lane in 0..<8 {
        guard let job = jobs[lane < count ? lane : 0], job.signature >= 0,
          job.signature <= last, job.result >= 0, job.result <= last
        else { preconditionFailure("signatures and results lie inside") }
        unsafe filled[lane] = jot_rsa_many_job(
          key: job.key, signature: base + job.signature, result: base + job.result)
      }
      unsafe withUnsafePointer(to: &filled) {
        unsafe $0.withMemoryRebound(to: jot_rsa_many_job.self, capacity: 8) {
          if lanes == 8 {
            unsafe jot_rsa_many_ifma($0, length)
          } else {
            unsafe jot_rsa_many_avx2($0, length)
          }
        }
      }
    }
    self.count = 0
  }
}
