// Fence: verifies with a public key: by an RSA kernel, a curve's table, or OpenSSL.
internal import COpenSSL

/// A checked asymmetric public key. OpenSSL's contexts are made on first use.
struct PublicKey: ~Copyable, Sendable {
  private struct Tabled: ~Copyable, Sendable {
    let place: KeyTables.Place
    let contexts: KeyContexts
  }

  private enum Engine: ~Copyable, Sendable {
    case kernel(RSAPublicKey)
    /// By the key's table, if it has one now, otherwise by OpenSSL.
    case table(Tabled)
    case openSSL(KeyContexts)
  }

  let handle: KeyHandle
  private let engine: Engine
  /// The key prepared for batches of RSA signatures; nil without a kernel.
  let batchKey: RSABatchKey?

  /// Bytes in a signature.
  let signatureLength: Int

  /// Takes ownership of a key.
  ///
  /// - Parameters:
  ///   - rsaKernel: The kernel for the RSA keys that it supports; portable means OpenSSL, nil the
  ///     best.
  ///   - tables: Where a curve's key may get a table; nil for never.
  init(
    _ handle: consuming KeyHandle, rsaKernel: CPUFeature? = nil, tables: KeyTables? = .shared
  ) throws(JWTError) {
    // Before the kernels are chosen.
    let isLeft = Primitives.areSettledForOpenSSL()
    let kernel = rsaKernel ?? RSAPublicKey.bestKernel
    let modulus = handle.usualModulus
    if let modulus, let key = RSAPublicKey(modulus: modulus.span, kernel: kernel) {
      engine = .kernel(key)
    } else if !isLeft, let tables, CurveTable.byteCount(handle.type) != nil {
      engine = .table(
        Tabled(place: KeyTables.Place(in: tables), contexts: try KeyContexts(handle, .verify)))
    } else {
      engine = .openSSL(try KeyContexts(handle, .verify))
    }
    batchKey = modulus.flatMap { modulus in
      RSABatch.bestKernel == nil ? nil : RSABatchKey(modulus: modulus.span)
    }
    signatureLength = handle.signatureLength
    self.handle = handle
  }

  /// The number of idle OpenSSL contexts.
  var waitingContexts: Int {
    switch engine {
    case .kernel: 0
    case .table(let key): key.contexts.count
    case .openSSL(let contexts): contexts.count
    }
  }

  /// Returns whether `signature[offset..<offset + count]` is a signature of `message[range]`.
  ///
  /// - Throws: `cryptographyFailed`, `providerMissing` if OpenSSL can't begin.
  @_noAllocation
  borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at offset: Int = 0, count: Int,
    of message: Span<UInt8>, in range: Range<Int>, by algorithm: AlgorithmID
  ) throws(JWTError) -> Bool {
    precondition(offset >= 0 && offset <= signature.count - count)
    guard count == signatureLength else { return false }
    switch engine {
    case .kernel(let key):
      let digest = algorithm.hash.hash(message, in: range)
      return key.isValid(signature, at: offset, count: count, of: digest, in: algorithm.rsaEncoding)
    case .table(let key):
      if let use = unsafe key.place.acquire() {
        // SAFETY: the table lives until `end`.
        let isValid = unsafe use.table.pointee.isValid(
          signature, at: offset, of: message, in: range, by: algorithm)
        unsafe use.end()
        return isValid
      }
      let isValid = try isValid(
        key.contexts, signature, offset, count, message, range, algorithm)
      if isValid { countUse(key.place) }
      return isValid
    case .openSSL(let contexts):
      return try isValid(contexts, signature, offset, count, message, range, algorithm)
    }
  }

  /// Whether the key has a table now.
  var hasTable: Bool {
    switch engine {
    case .table(let key): key.place.hasTable
    case .kernel: false
    case .openSSL: false
    }
  }

  /// Takes the key's table for use until `end`. Returns nil without a table.
  @unsafe @_noAllocation
  borrowing func acquireTable() -> KeyTables.Use? {
    switch engine {
    case .table(let key): unsafe key.place.acquire()
    case .kernel: nil
    case .openSSL: nil
    }
  }

  // May make the table; Design.md, "Allocation".
  @_semantics("no_performance_analysis") @inline(never)
  private borrowing func countUse(_ place: borrowing KeyTables.Place) {
    guard place.isTableDue(), let numbers = handle.publicMembers else { return }
    place.makeTable(handle.type, numbers.map(\.bytes))
  }

  // Calls EVP, which may allocate; Design.md, "Allocation".
  @_semantics("no_performance_analysis")
  private borrowing func isValid(
    _ contexts: borrowing KeyContexts, _ signature: borrowing MutableSpan<UInt8>, _ offset: Int,
    _ count: Int, _ message: Span<UInt8>, _ range: Range<Int>, _ algorithm: AlgorithmID
  ) throws(JWTError) -> Bool {
    // Before the context, which keeps forks waiting.
    let digest = try handle.digest(of: message, in: range, by: algorithm)
    guard let acquired = unsafe contexts.acquire(handle, algorithm) else {
      throw .cryptographyFailed.orProviderMissing
    }
    let result: Int32
    switch handle.type {
    case .secret: result = 0
    case .rsa:
      // SAFETY: the call reads `count` bytes and the digest, within both; only this call uses the
      // context until it is released.
      result = unsafe signature.withUnsafeBufferPointer {
        unsafe Self.verify(acquired, $0.baseAddress! + offset, count, digest)
      }
    case .p256, .p384, .p521, .secp256k1:
      var der = [144 of UInt8](repeating: 0)
      let length = ECDSASignature.encode(signature, at: offset, count: count, into: &der)
      // SAFETY: as above; the signature is `length` of the 144 bytes.
      result = unsafe withUnsafeBytes(of: der) {
        unsafe Self.verify(
          acquired, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), length, digest)
      }
    case .ed25519, .ed448:
      precondition(range.lowerBound >= 0 && range.upperBound <= message.count)
      // SAFETY: the calls read `count` bytes and the range, which lies inside. The context is
      // re-initialised for each signature, which takes 70 ns and fetches no algorithm. OpenSSL 3.0
      // does not need this; later versions refuse to use a one-shot context twice.
      result = unsafe signature.withUnsafeBufferPointer { signature in
        unsafe message.withUnsafeBufferPointer { message in
          guard unsafe EVP_DigestVerifyInit(acquired.context, nil, nil, nil, nil) == 1 else {
            return 0
          }
          return unsafe EVP_DigestVerify(
            acquired.context, signature.baseAddress! + offset, count,
            message.baseAddress.map { unsafe $0 + range.lowerBound }, range.count)
        }
      }
    }
    unsafe contexts.release(acquired)
    // Only 1 means success: 0 and negative values are different kinds of failure.
    if result != 1 { ERR_clear_error() }
    return result == 1
  }

  @unsafe
  private static func verify(
    _ acquired: KeyContexts.Acquired, _ signature: UnsafePointer<UInt8>?, _ count: Int,
    _ digest: Digest
  ) -> Int32 {
    unsafe digest.withUnsafeBytes { digest in
      unsafe EVP_PKEY_verify(
        acquired.context, signature, count, digest.baseAddress, digest.count)
    }
  }
}
