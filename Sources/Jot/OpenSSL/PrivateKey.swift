// Fence: signs with a private key, always by OpenSSL; returns raw r‖s for ECDSA, as in JWS.
internal import COpenSSL

/// A checked asymmetric private key. OpenSSL's contexts are made on first use.
struct PrivateKey: ~Copyable, Sendable {
  let handle: KeyHandle
  private let contexts: KeyContexts

  /// Bytes in a signature: at most 1024, for an RSA key of 8192 bits.
  let signatureLength: Int

  /// Makes a key; the caller must check it with `checkPair`.
  init(_ handle: consuming KeyHandle) throws(JWTError) {
    contexts = try KeyContexts(handle, .sign)
    signatureLength = handle.signatureLength
    self.handle = handle
  }

  /// Returns the public half, without any private number.
  borrowing func publicKey() throws(JWTError) -> PublicKey {
    try PublicKey(handle.publicHalf())
  }

  /// Checks that OpenSSL can sign with this algorithm.
  borrowing func check(_ algorithm: AlgorithmID) throws(JWTError) {
    try contexts.check(handle, algorithm)
  }

  /// The number of idle contexts in the pool.
  var waitingContexts: Int { contexts.count }

  /// Signs `message[range]` and writes the signature to the front of `signature`, which must be
  /// long enough.
  borrowing func sign(
    _ message: Span<UInt8>, in range: Range<Int>, by algorithm: AlgorithmID,
    into signature: inout MutableSpan<UInt8>
  ) throws(JWTError) {
    guard signature.count >= signatureLength, range.lowerBound >= 0,
      range.upperBound <= message.count
    else { preconditionFailure("the signature is long enough, and the range lies inside") }
    // Before the context, which keeps forks waiting.
    let digest = try handle.digest(of: message, in: range, by: algorithm)
    guard let acquired = unsafe contexts.acquire(handle, algorithm) else {
      throw .cryptographyFailed.orProviderMissing
    }
    var isDone = false
    switch handle.type {
    case .secret: break
    case .rsa:
      var count = signatureLength
      // SAFETY: the call writes at most `count` bytes and returns how many.
      isDone = unsafe signature.withUnsafeMutableBufferPointer {
        unsafe Self.sign(acquired, digest, $0.baseAddress, &count)
      }
      isDone = isDone && count == signatureLength
    case .p256, .p384, .p521, .secp256k1:
      var der = [144 of UInt8](repeating: 0)
      var count = ECDSASignature.longestDER
      // SAFETY: the call writes at most 144 bytes and returns how many.
      isDone = unsafe withUnsafeMutableBytes(of: &der) {
        unsafe Self.sign(
          acquired, digest, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), &count)
      }
      isDone =
        isDone
        && ECDSASignature.decode(
          der.span, count: count, width: signatureLength / 2, into: &signature)
    case .ed25519, .ed448:
      var count = signatureLength
      // SAFETY: the calls read the range and write at most `count` bytes; for the re-initialisation
      // see PublicKey.
      isDone = unsafe signature.withUnsafeMutableBufferPointer { signature in
        unsafe message.withUnsafeBufferPointer { message in
          unsafe EVP_DigestSignInit(acquired.context, nil, nil, nil, nil) == 1
            && EVP_DigestSign(
              acquired.context, signature.baseAddress, &count,
              message.baseAddress.map { unsafe $0 + range.lowerBound }, range.count) == 1
        }
      }
      isDone = isDone && count == signatureLength
    }
    unsafe contexts.release(acquired)
    guard isDone else {
      ERR_clear_error()
      throw .cryptographyFailed.orProviderMissing
    }
  }

  /// Signs `token[signingInput]` and writes the signature, as base64url, to `token` at `offset`.
  // Calls EVP, which may allocate; Design.md, "Allocation". Not inlined, to keep its kilobyte of
  // stack off HMAC's path.
  @_semantics("no_performance_analysis") @inline(never)
  borrowing func sign(
    _ token: inout MutableSpan<UInt8>, _ signingInput: Range<Int>, by algorithm: AlgorithmID,
    at offset: Int
  ) throws(JWTError) -> Int {
    var signature = [1024 of UInt8](repeating: 0)
    var span = signature.mutableSpan
    try sign(token.span, in: signingInput, by: algorithm, into: &span)
    do throws(Base64URLError) {
      return try Base64URL.encode(
        signature.span, in: 0..<signatureLength, into: &token, at: offset)
    } catch {
      throw .bufferTooSmall(needed: offset + Base64URL.encodedLength(of: signatureLength))
    }
  }

  @unsafe
  private static func sign(
    _ acquired: KeyContexts.Acquired, _ digest: Digest, _ signature: UnsafeMutablePointer<UInt8>?,
    _ count: inout Int
  ) -> Bool {
    unsafe digest.withUnsafeBytes { digest in
      unsafe EVP_PKEY_sign(acquired.context, signature, &count, digest.baseAddress, digest.count)
        == 1
    }
  }

  /// Signs a test message and verifies the signature with the public half: a key whose halves do
  /// not match would make invalid signatures or reveal the private key.
  ///
  /// - Throws: `keyMalformed`.
  borrowing func checkPair(with publicKey: borrowing PublicKey) throws(JWTError) {
    let algorithm = handle.type.algorithms[0].id
    let message = [UInt8]("pairwise consistency".utf8)
    var bytes = [UInt8](repeating: 0, count: signatureLength)
    var signature = bytes.mutableSpan
    do throws(JWTError) {
      try sign(message.span, in: 0..<message.count, by: algorithm, into: &signature)
    } catch {
      throw .keyMalformed(wanted: .privateKey, found: .brokenKey)
    }
    guard
      try publicKey.isValid(
        signature, count: signatureLength, of: message.span, in: 0..<message.count, by: algorithm)
    else { throw .keyMalformed(wanted: .privateKey, found: .brokenKey) }
  }
}
