// Fence: signing with OpenSSL, which alone does what a private number decides.
// Before it: a signing input. After it: the signature's bytes, as JWS has them.
internal import COpenSSL

/// An asymmetric private key, checked. What OpenSSL signs with is made as it is used.
struct PrivateKey: ~Copyable, Sendable {
  let handle: KeyHandle
  private let contexts: KeyContexts

  /// Bytes in a signature: at most 1024, an RSA key of 8192 bits.
  let signatureLength: Int

  /// Makes a key whose halves belong together: others would sign what nobody accepts, or give the
  /// key away.
  ///
  /// - Throws: `keyMalformed`, `cryptographyFailed`.
  static func checked(_ handle: consuming KeyHandle) throws(JWTError) -> PrivateKey {
    let key = try PrivateKey(handle)
    try key.checkPair()
    return key
  }

  private init(_ handle: consuming KeyHandle) throws(JWTError) {
    contexts = try KeyContexts(handle, .sign)
    signatureLength = handle.signatureLength
    self.handle = handle
  }

  /// Returns the public half, which has nothing private in it.
  borrowing func publicKey() throws(JWTError) -> PublicKey {
    try PublicKey(handle.publicHalf())
  }

  /// Checks that OpenSSL can sign by the algorithm at `number`.
  borrowing func check(_ number: Int) throws(JWTError) { try contexts.check(handle, number) }

  /// Contexts that wait in the pool.
  var waitingContexts: Int { contexts.count }

  /// Signs `message[range]` by the algorithm at `number` and writes the signature to the front of
  /// `signature`, which has the room for it.
  borrowing func sign(
    _ message: Span<UInt8>, in range: Range<Int>, by number: Int,
    into signature: inout MutableSpan<UInt8>
  ) throws(JWTError) {
    guard signature.count >= signatureLength, range.lowerBound >= 0,
      range.upperBound <= message.count
    else { preconditionFailure("the signature has the room, and the range lies inside") }
    guard let lease = unsafe contexts.lease(handle, number) else { throw .cryptographyFailed }
    var isDone = false
    switch handle.type {
    case .secret: break
    case .rsa:
      let digest = Algorithm.hash(ofNumber: number).hash(message, in: range)
      var count = signatureLength
      // SAFETY: the call writes at most `count` bytes and says how many.
      isDone = unsafe signature.withUnsafeMutableBufferPointer {
        unsafe Self.sign(lease, digest, $0.baseAddress, &count)
      }
      isDone = isDone && count == signatureLength
    case .p256, .p384, .p521, .secp256k1:
      let digest = Algorithm.hash(ofNumber: number).hash(message, in: range)
      var der = [144 of UInt8](repeating: 0)
      var count = ECDSASignature.longestDER
      // SAFETY: the call writes at most 144 bytes and says how many.
      isDone = unsafe withUnsafeMutableBytes(of: &der) {
        unsafe Self.sign(
          lease, digest, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), &count)
      }
      isDone =
        isDone
        && ECDSASignature.decode(
          der.span, count: count, width: signatureLength / 2, into: &signature)
    case .ed25519, .ed448:
      var count = signatureLength
      // SAFETY: the calls read the range and write at most `count` bytes; for the new beginning see
      // PublicKey.
      isDone = unsafe signature.withUnsafeMutableBufferPointer { signature in
        unsafe message.withUnsafeBufferPointer { message in
          unsafe EVP_DigestSignInit(lease.context, nil, nil, nil, nil) == 1
            && EVP_DigestSign(
              lease.context, signature.baseAddress, &count,
              message.baseAddress.map { unsafe $0 + range.lowerBound }, range.count) == 1
        }
      }
      isDone = isDone && count == signatureLength
    }
    unsafe contexts.giveBack(lease)
    guard isDone else {
      ERR_clear_error()
      throw .cryptographyFailed
    }
  }

  /// Signs `token[signingInput]` and writes the signature, as base64url, to `token` at `offset`.
  // A branch into EVP, which may allocate; Design.md, "Allocation". Its kilobyte stays out of HMAC's
  // way.
  @_semantics("no_performance_analysis") @inline(never)
  borrowing func sign(
    _ token: inout MutableSpan<UInt8>, _ signingInput: Range<Int>, by number: Int, at offset: Int
  ) throws(JWTError) -> Int {
    var signature = [1024 of UInt8](repeating: 0)
    var room = signature.mutableSpan
    try sign(token.span, in: signingInput, by: number, into: &room)
    do throws(Base64URLError) {
      return try Base64URL.encode(
        signature.span, in: 0..<signatureLength, into: &token, at: offset)
    } catch {
      throw .bufferTooSmall(needed: offset + Base64URL.encodedLength(of: signatureLength))
    }
  }

  @unsafe
  private static func sign(
    _ lease: KeyContexts.Lease, _ digest: Digest, _ signature: UnsafeMutablePointer<UInt8>?,
    _ count: inout Int
  ) -> Bool {
    unsafe digest.withUnsafeBytes { digest in
      unsafe EVP_PKEY_sign(lease.context, signature, &count, digest.baseAddress, digest.count)
        == 1
    }
  }

  /// Signs something and verifies it with the public half.
  private borrowing func checkPair() throws(JWTError) {
    let publicKey = try publicKey()
    let number = handle.type.algorithms[0].number
    let message = [UInt8]("pairwise consistency".utf8)
    var bytes = [UInt8](repeating: 0, count: signatureLength)
    var signature = bytes.mutableSpan
    do throws(JWTError) {
      try sign(message.span, in: 0..<message.count, by: number, into: &signature)
    } catch {
      throw .keyMalformed(wanted: .privateKey, found: .brokenKey)
    }
    guard
      publicKey.isValid(
        signature, count: signatureLength, of: message.span, in: 0..<message.count, by: number)
    else { throw .keyMalformed(wanted: .privateKey, found: .brokenKey) }
  }
}

extension SigningKey {
  /// Contexts that wait in a private key's pool; 0 for a secret.
  package var waitingContexts: Int {
    switch material {
    case .hmac: 0
    case .asymmetric(let key): key.waitingContexts
    }
  }
}
