// Fence: verifying, by Jot's own kernels or by OpenSSL. Before it: a token's signing input and its
// signature, decoded. After it: valid or not.
internal import COpenSSL

/// An asymmetric key's public half, checked. What OpenSSL verifies with is made as it is used.
struct PublicKey: ~Copyable, Sendable {
  private enum Engine: ~Copyable, Sendable {
    case kernel(RSAPublicKey)
    case openSSL(KeyContexts)
  }

  let handle: KeyHandle
  private let engine: Engine
  /// The key once more for RSA signatures that are checked side by side; nil where no kernel is.
  let many: RSAManyKey?

  /// Bytes in a signature.
  let signatureLength: Int

  /// Takes a key over.
  ///
  /// - Parameter rsaKernel: What computes for RSA keys that it is for; portable for OpenSSL.
  init(_ handle: consuming KeyHandle, rsaKernel: Kernel = RSAPublicKey.bestKernel)
    throws(JWTError)
  {
    if let key = RSAPublicKey(handle, kernel: rsaKernel) {
      engine = .kernel(key)
    } else {
      engine = .openSSL(try KeyContexts(handle, .verify))
    }
    many = RSAPublicKey.modulus(of: handle).flatMap { modulus in
      RSAMany.bestKernel == nil ? nil : RSAManyKey(modulus: modulus.span)
    }
    signatureLength = handle.signatureLength
    self.handle = handle
  }

  /// OpenSSL's contexts that wait.
  var waitingContexts: Int {
    switch engine {
    case .kernel: 0
    case .openSSL(let contexts): contexts.count
    }
  }

  /// Returns whether `signature[place..<place + count]` is one of `message[range]` by the algorithm
  /// at `number`; anything that OpenSSL fails at is not.
  @_noAllocation
  borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at place: Int = 0, count: Int,
    of message: Span<UInt8>, in range: Range<Int>, by number: Int
  ) -> Bool {
    precondition(place >= 0 && place <= signature.count - count)
    guard count == signatureLength else { return false }
    switch engine {
    case .kernel(let key):
      let digest = Algorithm.hash(ofNumber: number).hash(message, in: range)
      return key.isValid(signature, at: place, count: count, of: digest, by: number)
    case .openSSL(let contexts):
      return isValid(contexts, signature, place, count, message, range, number)
    }
  }

  // A branch into EVP, which may allocate; Design.md, "Allocation".
  @_semantics("no_performance_analysis")
  private borrowing func isValid(
    _ contexts: borrowing KeyContexts, _ signature: borrowing MutableSpan<UInt8>, _ place: Int,
    _ count: Int, _ message: Span<UInt8>, _ range: Range<Int>, _ number: Int
  ) -> Bool {
    guard let lease = unsafe contexts.lease(handle, number) else { return false }
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
      // anew each time, which takes 70 ns and fetches nothing: OpenSSL 3.0 would do without, later
      // ones call a one-shot context finished after its use.
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

extension VerificationKey {
  /// Contexts that wait in a public key's pool; 0 for a secret, and where a kernel verifies.
  package var waitingContexts: Int {
    switch material {
    case .hmac: 0
    case .asymmetric(let key): key.waitingContexts
    }
  }
}
