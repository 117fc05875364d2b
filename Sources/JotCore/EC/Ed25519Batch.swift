// Fence: Ed25519 signatures (RFC 8032 §5.1.7) of any keys, several at once.
internal import CJotKernels
internal import COpenSSL

/// Up to ``capacity`` Ed25519 signatures that are verified together; on the stack.
///
/// They share the inversion of their points' coordinates; their hashes, and with the widest kernel
/// the rest as well, are computed in vector lanes.
@safe package struct Ed25519Batch: ~Copyable {
  /// The most signatures in a batch.
  package static var capacity: Int { @_noAllocation get { Int(JOT_ED25519_BATCH) } }

  /// The number of signatures added.
  package private(set) var count = 0

  private let kernel: CPUFeature
  // Only the first `count` are valid.
  private var keys: [32 of UnsafeRawPointer?]
  private var signatures: [32 of Int]
  private var messages: [32 of Range<Int>]

  /// - Precondition: the kernel is available and one of `Ed25519Key.kernels`.
  @_noAllocation
  package init(_ kernel: CPUFeature = Ed25519Key.bestKernel) {
    switch kernel {
    case .portable, .adx, .ifma: break
    default: preconditionFailure("a kernel for Ed25519")
    }
    guard kernel.isAvailable else { preconditionFailure("this CPU has the kernel") }
    self.kernel = kernel
    unsafe keys = [32 of UnsafeRawPointer?](repeating: nil)
    signatures = [32 of Int](repeating: 0)
    messages = [32 of Range<Int>](repeating: 0..<0)
  }

  /// Adds a signature of 64 bytes at offset `signature` of one buffer, and its message, a range of
  /// another, both given to `verify(_:in:)`.
  ///
  /// Unsafe: `key` must live until `verify` has returned.
  ///
  /// - Precondition: ``count`` is below ``capacity``.
  @unsafe @_noAllocation
  package mutating func add(_ key: borrowing Ed25519Key, signature: Int, message: Range<Int>) {
    guard count < Self.capacity else { preconditionFailure("there is room") }
    unsafe keys[count] = key.table
    signatures[count] = signature
    messages[count] = message
    count += 1
  }

  /// Verifies the added signatures and removes them. Bit i of the result tells whether the one
  /// added as number i, from 0, is valid.
  ///
  /// - Precondition: all signatures lie in `bytes`, and all messages in `text`.
  /// - Complexity: O(n); no allocation.
  // Makes a span: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package mutating func verify(
    _ bytes: borrowing MutableSpan<UInt8>, of text: Span<UInt8>
  ) -> UInt32 {
    let count = count
    var prefixes = [32 of [64 of UInt8]](repeating: [64 of UInt8](repeating: 0))
    var hashes = SHA2Batch(.sha512)
    var jobs = unsafe [32 of jot_ed25519_job](repeating: jot_ed25519_job())
    let (length, end) = (text.count, bytes.count - Ed25519Key.signatureLength)
    // SAFETY: each job's signature and message are checked to lie inside, and its key lives, as
    // `add` requires. C reads them; what is hashed before a message, R and the key's bytes, is
    // copied to 64 bytes of its own. There are at most 32 of each. Prefixes and hashes are in place
    // while they are used.
    return unsafe withUnsafeMutableBytes(of: &prefixes) { prefixes in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        for index in 0..<count {
          let (signature, message) = (signatures[index], messages[index])
          guard signature >= 0, signature <= end, message.lowerBound >= 0,
            message.upperBound <= length, let key = unsafe keys[index]
          else { preconditionFailure("signatures and messages lie inside") }
          let prefix = unsafe prefixes.baseAddress! + 64 * index
          let from = unsafe bytes.baseAddress! + signature
          _ = unsafe memcpy(prefix, from, 32)
          _ = unsafe memcpy(prefix + 32, jot_ed25519_point(key), 32)
          unsafe hashes.add(message, after: prefix.assumingMemoryBound(to: UInt8.self))
          unsafe jobs[index] = jot_ed25519_job(key: key, signature: from, hash: nil)
        }
        hashes.finish(text)
        self.count = 0
        return unsafe hashes.withUnsafeDigests { hashes in
          for index in 0..<count { unsafe jobs[index].hash = hashes + 64 * index }
          return unsafe run(&jobs, count)
        }
      }
    }
  }

  @unsafe @_noAllocation
  private func run(_ jobs: inout [32 of jot_ed25519_job], _ count: Int) -> UInt32 {
    // SAFETY: the first `count` jobs are complete.
    unsafe withUnsafeBytes(of: &jobs) {
      let jobs = unsafe $0.baseAddress!.assumingMemoryBound(to: jot_ed25519_job.self)
      return switch kernel {
      case .ifma: unsafe jot_ed25519_verify_batch_ifma(jobs, count)
      case .adx: unsafe jot_ed25519_verify_batch_adx(jobs, count)
      default: unsafe jot_ed25519_verify_batch(jobs, count)
      }
    }
  }
}
