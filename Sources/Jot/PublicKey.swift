// Fence: verifying with OpenSSL. Before it: a token's signing input and its signature, decoded.
// After it: valid or not.
internal import COpenSSL

/// An asymmetric key's public half, checked, with contexts ready for every thread.
struct PublicKey: ~Copyable, Sendable {
  let handle: KeyHandle
  private let contexts: KeyContexts

  /// Bytes in a signature.
  let signatureLength: Int

  init(_ handle: consuming KeyHandle) throws(JWTError) {
    contexts = try KeyContexts(handle, .verify)
    signatureLength = handle.signatureLength
    self.handle = handle
  }

  /// Returns whether `signature[place..<place + count]` is one of `message[range]` by the algorithm at `number`;
  /// anything that OpenSSL fails at is not.
  // A branch into EVP, which may allocate; Design.md, "Allocation".
  @_semantics("no_performance_analysis")
  borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at place: Int = 0, count: Int,
    of message: Span<UInt8>,
    in range: Range<Int>, by number: Int
  ) -> Bool {
    precondition(place >= 0 && place <= signature.count - count)
    guard count == signatureLength, let lease = unsafe contexts.lease(handle, number) else {
      return false
    }
    let result: Int32
    switch handle.type {
    case .secret: result = 0
    case .rsa:
      let digest = Algorithm.hash(ofNumber: number).hash(message, in: range)
      // SAFETY: the call reads `count` and the digest's bytes, within both; the context is this
      // call's alone until it is given back.
      result = unsafe signature.withUnsafeBufferPointer {
        unsafe Self.verify(lease, $0.baseAddress! + place, count, digest)
      }
    case .p256, .p384, .p521, .secp256k1:
      let digest = Algorithm.hash(ofNumber: number).hash(message, in: range)
      var der = [144 of UInt8](repeating: 0)
      let length = ECDSASignature.encode(signature, at: place, count: count, into: &der)
      // SAFETY: as above; `length` bytes of 144 are the signature.
      result = unsafe withUnsafeBytes(of: der) {
        unsafe Self.verify(
          lease, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), length, digest)
      }
    case .ed25519, .ed448:
      precondition(range.lowerBound >= 0 && range.upperBound <= message.count)
      // SAFETY: the calls read `count` bytes and the range, which lies inside. The context begins
      // anew each time: OpenSSL calls a one-shot context finished after its use.
      result = unsafe signature.withUnsafeBufferPointer { signature in
        unsafe message.withUnsafeBufferPointer { message in
          guard unsafe EVP_DigestVerifyInit(lease.context, nil, nil, nil, nil) == 1 else {
            return 0
          }
          return unsafe EVP_DigestVerify(
            lease.context, signature.baseAddress! + place, count,
            message.baseAddress.map { unsafe $0 + range.lowerBound }, range.count)
        }
      }
    }
    unsafe contexts.giveBack(lease)
    // Only 1 is success: 0 and negative values are failures of different kinds.
    if result != 1 { ERR_clear_error() }
    return result == 1
  }

  @unsafe
  private static func verify(
    _ lease: KeyContexts.Lease, _ signature: UnsafePointer<UInt8>?, _ count: Int, _ digest: Digest
  ) -> Int32 {
    unsafe digest.withUnsafeBytes { digest in
      unsafe EVP_PKEY_verify(
        lease.context, signature, count, digest.baseAddress, digest.count)
    }
  }
}
