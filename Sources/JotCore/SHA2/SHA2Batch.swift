// Fence: SHA-2 and HMAC of several messages of one text at once, in the lanes of a kernel.
internal import CJotKernels
internal import COpenSSL

/// Up to ``capacity`` messages that are hashed or authenticated together; on the stack.
///
/// Each message is a range of one text, with its own key or without one.
@usableFromInline @safe package struct SHA2Batch: ~Copyable {
  /// The most messages in a batch.
  package static var capacity: Int { @_noAllocation @inlinable get { 32 } }

  @usableFromInline package let hash: SHA2
  @usableFromInline package private(set) var count = 0
  /// The end of the last message.
  @usableFromInline var end = 0
  private var jobs: [32 of jot_sha2_job]
  private var digests: [32 of [64 of UInt8]]

  @_noAllocation
  package init(_ hash: SHA2) {
    self.hash = hash
    unsafe jobs = [32 of jot_sha2_job](
      repeating: jot_sha2_job(inner: nil, outer: nil, start: 0, count: 0, prefix: nil))
    digests = [32 of [64 of UInt8]](repeating: [64 of UInt8](repeating: 0))
  }

  /// Adds the message `text[range]`, to be hashed.
  ///
  /// - Precondition: ``count`` is below ``capacity``.
  @_noAllocation
  package mutating func add(_ range: Range<Int>) {
    // SAFETY: the initial values are constants.
    unsafe add(range, inner: jot_sha2_initial(hash.digestLength), outer: nil)
  }

  /// Adds the 64 bytes at `prefix` and the message `text[range]`, to be hashed as one by SHA-512.
  ///
  /// Unsafe: the prefix must live until `finish` has returned.
  ///
  /// - Precondition: the hash is SHA-512, and ``count`` is below ``capacity``.
  @unsafe @_noAllocation
  package mutating func add(_ range: Range<Int>, after prefix: UnsafePointer<UInt8>) {
    guard case .sha512 = hash else { preconditionFailure("SHA-512 takes a prefix") }
    unsafe add(range, inner: jot_sha2_initial(64), outer: nil, prefix: prefix)
  }

  /// Adds the message `text[range]`, to be authenticated with `key`.
  ///
  /// Unsafe: the key must live until `finish` has returned.
  ///
  /// - Precondition: ``count`` is below ``capacity``.
  @unsafe @_noAllocation
  package mutating func add(_ range: Range<Int>, key: borrowing HMACKey) {
    let states = unsafe key.midstates(for: hash)
    unsafe add(range, inner: states.inner, outer: states.outer)
  }

  @_noAllocation @inline(__always)
  private mutating func add(
    _ range: Range<Int>, inner: UnsafeRawPointer?, outer: UnsafeRawPointer?,
    prefix: UnsafePointer<UInt8>? = nil
  ) {
    guard count < Self.capacity, range.lowerBound >= 0 else {
      preconditionFailure("there is room, and the range can lie inside")
    }
    unsafe jobs[count] = jot_sha2_job(
      inner: inner, outer: outer, start: range.lowerBound, count: range.count, prefix: prefix)
    end = max(end, range.upperBound)
    count += 1
  }

  /// Empties the batch for reuse.
  @_noAllocation @inlinable
  package mutating func removeAll() {
    count = 0
    end = 0
  }

  /// Hashes all messages, which lie in `text`; ``digest(at:)`` has the results.
  ///
  /// - Precondition: every range lies inside the span.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  package mutating func finish(_ text: Span<UInt8>) {
    finish(text, by: hash.batchKernel(for: count))
  }

  /// As above, for messages in a mutable buffer.
  // Makes `text.span`: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis") @inline(__always)
  package mutating func finish(_ text: borrowing MutableSpan<UInt8>) { finish(text.span) }

  /// As above, with the given kernel.
  ///
  /// - Precondition: `kernel` is available and one of `hash.batchKernels`.
  @_noAllocation
  package mutating func finish(_ text: Span<UInt8>, by kernel: Kernel) {
    guard end <= text.count else { preconditionFailure("every range lies inside") }
    unsafe Self.run(kernel, hash, text, &jobs, count, into: &digests)
  }

  /// Returns the digest, or tag, of message `index`, counted from 0 in the order of adding.
  ///
  /// - Precondition: the message exists, and `finish` was called after it was added.
  // Mutating only to avoid a copy: reading an element of a borrowed array copies the whole array.
  @_noAllocation
  package mutating func digest(at index: Int) -> Digest {
    guard index >= 0, index < count else { preconditionFailure("the message was added") }
    var digest = Digest(count: hash.digestLength)
    // SAFETY: `index` is below 32, so the 64 bytes that are read lie inside the digests; 64 of 72
    // are written. Those behind the digest are zero in both.
    unsafe withUnsafeBytes(of: &digests) { digests in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { storage in
        _ = unsafe memcpy(storage.baseAddress!, digests.baseAddress! + 64 * index, 64)
      }
    }
    return digest
  }

  /// Calls `body` with the digests, 64 bytes for each message, in the order of adding, and returns
  /// what it returns.
  ///
  /// - Precondition: `finish` was called.
  @unsafe
  mutating func withUnsafeDigests(_ body: (UnsafePointer<UInt8>) -> UInt32) -> UInt32 {
    // SAFETY: `body` reads the digests, which are in place as long as it runs.
    unsafe withUnsafeBytes(of: &digests) {
      unsafe body($0.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Returns whether `text[range]` is the digest at `index` in base64url, in a time that depends on
  /// the lengths alone.
  ///
  /// Compares without copying, and wipes the digest if it differs: it may be the correct MAC of a
  /// forged token.
  ///
  /// - Precondition: as for ``digest(at:)``; the range lies inside the span.
  @_noAllocation
  package mutating func isEncoded(
    at index: Int, _ text: Span<UInt8>, in range: Range<Int>
  ) -> Bool {
    guard index >= 0, index < count, range.lowerBound >= 0, range.upperBound <= text.count else {
      preconditionFailure("the message was added, and the range lies inside")
    }
    let (length, start) = (hash.digestLength, range.lowerBound)
    let hasLength = range.count == Base64URL.encodedLength(of: length)
    // SAFETY: reads `length` of the digest's 64 bytes, and as many characters as encode them, which
    // is the range; wipes the 64 bytes.
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe withUnsafeMutableBytes(of: &digests) { digests in
        let digest = unsafe (digests.baseAddress! + 64 * index)
          .assumingMemoryBound(to: UInt8.self)
        if hasLength, let base = text.baseAddress,
          unsafe Base64URL.bestKernel.matchesEncoding(base + start, digest, count: length)
        {
          return true
        }
        unsafe jot_wipe(digest, 64)
        return false
      }
    }
  }

  /// Writes the digest at `index` as base64url to `text` at `offset`, without copying it.
  ///
  /// - Precondition: as for ``digest(at:)``; the text fits.
  @_noAllocation
  package mutating func encode(
    at index: Int, into text: inout MutableSpan<UInt8>, at offset: Int
  ) {
    guard CPUFeature.avx2.isAvailable else { return encodePortably(index, &text, offset) }
    let length = hash.digestLength
    guard index >= 0, index < count, offset >= 0,
      text.count - offset >= Base64URL.encodedLength(of: length)
    else { preconditionFailure("the message was added, and there is room") }
    let isWide = CPUFeature.vbmi.isAvailable
    // SAFETY: the kernel reads `length` of the digest's 64 bytes and writes as many characters as
    // encode them, which fit.
    unsafe text.withUnsafeMutableBufferPointer { text in
      unsafe withUnsafeMutableBytes(of: &digests) { digests in
        guard let base = text.baseAddress else { return }
        let digest = unsafe (digests.baseAddress! + 64 * index)
          .assumingMemoryBound(to: UInt8.self)
        if isWide {
          _ = unsafe jot_base64url_encode_vbmi(base + offset, digest, length)
        } else {
          _ = unsafe jot_base64url_encode_avx2(base + offset, digest, length)
        }
      }
    }
  }

  @_noAllocation @inline(never)
  private mutating func encodePortably(
    _ index: Int, _ text: inout MutableSpan<UInt8>, _ offset: Int
  ) {
    guard (try? digest(at: index).encode(into: &text, at: offset)) != nil else {
      preconditionFailure("there is room")
    }
  }

  @_noAllocation
  private static func run(
    _ kernel: Kernel, _ hash: SHA2, _ text: Span<UInt8>, _ jobs: inout [32 of jot_sha2_job],
    _ count: Int, into digests: inout [32 of [64 of UInt8]]
  ) {
    let length = hash.digestLength
    // SAFETY: the kernel reads the first `count` jobs, their states, which are constants or belong
    // to keys that live until `finish` returns, and their ranges, which lie inside. It writes a
    // digest of at most 64 bytes for each, and there are at most 32.
    unsafe text.withUnsafeBufferPointer { text in
      unsafe withUnsafeBytes(of: &jobs) { jobs in
        unsafe withUnsafeMutableBytes(of: &digests) { digests in
          let text = text.baseAddress
          let jobs = unsafe jobs.baseAddress!.assumingMemoryBound(to: jot_sha2_job.self)
          let to = unsafe digests.baseAddress!.assumingMemoryBound(to: UInt8.self)
          switch (kernel, length) {
          case (.shani, 32): unsafe jot_sha256_batch_shani(to, text, jobs, count)
          case (.shaniAVX512, 32): unsafe jot_sha256_batch_shani_avx512(to, text, jobs, count)
          case (.avx512, 32): unsafe jot_sha256_batch_avx512(to, text, jobs, count)
          case (.avx2, 32): unsafe jot_sha256_batch_avx2(to, text, jobs, count)
          case (.avx2, _): unsafe jot_sha512_batch_avx2(to, text, jobs, count, length)
          case (.avx512, _): unsafe jot_sha512_batch_avx512(to, text, jobs, count, length)
          case (.portable, _):
            for index in 0..<count {
              unsafe hashAlone(jobs[index], text, length, into: to + 64 * index)
            }
          default: preconditionFailure("the hash has this kernel")
          }
        }
      }
    }
  }

  /// Hashes one message with OpenSSL.
  @unsafe @_noAllocation
  private static func hashAlone(
    _ job: jot_sha2_job, _ text: UnsafePointer<UInt8>?, _ length: Int,
    into digest: UnsafeMutablePointer<UInt8>
  ) {
    // SAFETY: as in `run`.
    let message = unsafe text.map { unsafe $0 + job.start }
    if let outer = unsafe job.outer, let inner = unsafe job.inner {
      unsafe jot_hmac(digest, length, inner, outer, message, job.count)
    } else if let prefix = unsafe job.prefix {
      unsafe jot_sha512_for_ed25519(digest, prefix, prefix + 32, message, job.count)
    } else {
      unsafe jot_sha2(digest, length, message, job.count)
    }
  }
}
