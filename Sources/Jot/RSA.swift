// Fence: RSA on OpenSSL's handles (RFC 8017 §8.2, RSASSA-PKCS1-v1_5). Before it: a digest of the
// signing input. After it: valid or not, or the signature's bytes.
internal import COpenSSL

/// An RSA key's public half, checked, with contexts ready for every thread.
struct RSAPublicKey: ~Copyable, Sendable {
  private let handle: RSAHandle
  private let contexts: RSAContexts

  /// Bytes in the modulus, and so in a signature.
  let length: Int

  /// Reads `der`: an SPKI (RFC 5280 §4.1) or a PKCS#1 public key (RFC 8017 A.1.1).
  init(der: borrowing Secret, isPKCS1: Bool) throws(JWTError) {
    defer { ERR_clear_error() }
    let read = unsafe der.withBytes { bytes in
      // SAFETY: d2i reads at most `count` bytes and returns a handle that is ours, or nil. All
      // bytes must have been taken: nothing may hide behind the key.
      unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
        var place = buffer.baseAddress
        let key =
          unsafe isPKCS1
          ? d2i_PublicKey(EVP_PKEY_RSA, nil, &place, buffer.count)
          : d2i_PUBKEY(nil, &place, buffer.count)
        if unsafe place == buffer.baseAddress.map({ unsafe $0 + buffer.count }) {
          return unsafe key
        }
        unsafe EVP_PKEY_free(key)
        return nil
      }
    }
    guard let key = unsafe read else {
      throw .keyMalformed(wanted: .publicKey, found: .brokenPEM)
    }
    try self.init(unsafe RSAHandle(adopting: key))
  }

  private init(_ handle: consuming RSAHandle) throws(JWTError) {
    let length = try handle.check()
    contexts = try unsafe RSAContexts(handle.key, .verify)
    self.handle = handle
    self.length = length
  }

  /// Returns a second key with contexts of its own.
  borrowing func copy() throws(JWTError) -> RSAPublicKey {
    // SAFETY: dup gives a handle of our own, or nil.
    guard let other = unsafe EVP_PKEY_dup(handle.key) else { throw .cryptographyFailed }
    return try RSAPublicKey(unsafe RSAHandle(adopting: other))
  }

  /// Returns whether `signature[0..<count]` is one of `digest`; anything OpenSSL fails at is not.
  // A branch into EVP, which may allocate; Design.md, "Allocation".
  @_semantics("no_performance_analysis")
  borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, count: Int, of digest: Digest, _ hash: SHA2
  ) -> Bool {
    guard count == length, let lease = unsafe contexts.lease(handle.key, hash) else { return false }
    // SAFETY: the call reads `count` and the digest's bytes, within both; the context is this
    // call's alone until it is given back.
    let result = unsafe signature.withUnsafeBufferPointer { signature in
      unsafe digest.withUnsafeBytes { digest in
        unsafe EVP_PKEY_verify(
          lease.context, signature.baseAddress, count, digest.baseAddress, digest.count)
      }
    }
    unsafe contexts.giveBack(lease)
    // Only 1 is success: 0 and negative values are failures of different kinds.
    if result != 1 { ERR_clear_error() }
    return result == 1
  }
}

/// An RSA private key, checked, with contexts ready for every thread.
struct RSAPrivateKey: ~Copyable, Sendable {
  private let handle: RSAHandle
  private let contexts: RSAContexts

  /// Bytes in the modulus, and so in a signature.
  let length: Int

  /// Reads `der`: a PKCS#8 (RFC 5958) or a PKCS#1 private key (RFC 8017 A.1.2).
  ///
  /// The key must sign what its public half verifies.
  static func read(der: borrowing Secret, isPKCS1: Bool) throws(JWTError) -> RSAPrivateKey {
    let key = try RSAPrivateKey(der: der, isPKCS1: isPKCS1)
    try key.checkPair()
    return key
  }

  private init(der: borrowing Secret, isPKCS1: Bool) throws(JWTError) {
    defer { ERR_clear_error() }
    let read = unsafe der.withBytes { bytes in
      // SAFETY: as for the public key; the PKCS#8 structure is freed, its copy of the key wiped by
      // OpenSSL.
      unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
        var place = buffer.baseAddress
        let key: OpaquePointer?
        if isPKCS1 {
          unsafe key = d2i_PrivateKey(EVP_PKEY_RSA, nil, &place, buffer.count)
        } else {
          let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &place, buffer.count)
          unsafe key = info.flatMap { unsafe EVP_PKCS82PKEY($0) }
          unsafe PKCS8_PRIV_KEY_INFO_free(info)
        }
        if unsafe place == buffer.baseAddress.map({ unsafe $0 + buffer.count }) {
          return unsafe key
        }
        unsafe EVP_PKEY_free(key)
        return nil
      }
    }
    guard let key = unsafe read else {
      throw .keyMalformed(wanted: .privateKey, found: .brokenPEM)
    }
    let handle = unsafe RSAHandle(adopting: key)
    let length = try handle.check()
    contexts = try unsafe RSAContexts(handle.key, .sign)
    self.handle = handle
    self.length = length
  }

  /// Returns the public half, which has nothing private in it.
  borrowing func publicKey() throws(JWTError) -> RSAPublicKey {
    // SAFETY: i2d writes a block of our own, freed here; it holds public numbers only.
    var block: UnsafeMutablePointer<UInt8>?
    let count = unsafe i2d_PUBKEY(handle.key, &block)
    defer { unsafe CRYPTO_free(block, "", 0) }
    guard count > 0, let start = unsafe block else { throw .cryptographyFailed }
    let der = unsafe Secret(copying: Span(_unsafeStart: start, count: Int(count)))
    return try RSAPublicKey(der: der, isPKCS1: false)
  }

  /// Signs `digest` and writes the signature, as base64url, to `text` at `offset`.
  // A branch into EVP, which may allocate; Design.md, "Allocation".
  @_semantics("no_performance_analysis")
  borrowing func sign(
    _ digest: Digest, _ hash: SHA2, into text: inout MutableSpan<UInt8>, at offset: Int
  ) throws(JWTError) -> Int {
    guard let lease = unsafe contexts.lease(handle.key, hash) else { throw .cryptographyFailed }
    var signature = [1024 of UInt8](repeating: 0)
    var count = length
    // SAFETY: the call writes at most `count` bytes, and a modulus has at most 1024.
    let result = unsafe withUnsafeMutableBytes(of: &signature) { signature in
      unsafe digest.withUnsafeBytes { digest in
        unsafe EVP_PKEY_sign(
          lease.context, signature.baseAddress?.assumingMemoryBound(to: UInt8.self), &count,
          digest.baseAddress, digest.count)
      }
    }
    unsafe contexts.giveBack(lease)
    guard result == 1, count == length else {
      ERR_clear_error()
      throw .cryptographyFailed
    }
    do throws(Base64URLError) {
      return try Base64URL.encode(signature.span, in: 0..<count, into: &text, at: offset)
    } catch {
      throw .bufferTooSmall(needed: offset + Base64URL.encodedLength(of: count))
    }
  }

  /// Signs a digest and verifies it with the public half: numbers that don't belong together would
  /// sign what nobody accepts, or give the key away.
  private borrowing func checkPair() throws(JWTError) {
    let message = [UInt8]("pairwise consistency".utf8)
    let digest = SHA2.sha256.hash(message.span, in: 0..<message.count)
    var text = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: length))
    var bytes = [UInt8](repeating: 0, count: length)
    let publicKey = try publicKey()
    do {
      var room = text.mutableSpan
      let count = try sign(digest, .sha256, into: &room, at: 0)
      var signature = bytes.mutableSpan
      let decoded = try? Base64URL.decode(room.span, in: 0..<count, into: &signature)
      guard decoded == length,
        publicKey.isValid(signature, count: length, of: digest, .sha256)
      else { throw JWTError.keyMalformed(wanted: .privateKey, found: .brokenPEM) }
    } catch {
      throw .keyMalformed(wanted: .privateKey, found: .brokenPEM)
    }
  }
}

/// The one owner of an OpenSSL key.
@safe private struct RSAHandle: ~Copyable, @unchecked Sendable {
  let key: OpaquePointer

  init(adopting key: OpaquePointer) { unsafe self.key = key }

  deinit {
    // SAFETY: the handle is this value's alone; freeing wipes private numbers.
    unsafe EVP_PKEY_free(key)
  }

  /// Checks kind, size, modulus and exponent and returns the bytes in the modulus.
  borrowing func check() throws(JWTError) -> Int {
    // SAFETY: the calls read the handle, which lives as long as this value; each number is freed
    // here.
    guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
      throw .keyUnsupported(.otherAlgorithm)
    }
    var modulus: OpaquePointer?
    var exponent: OpaquePointer?
    defer {
      unsafe BN_free(modulus)
      unsafe BN_free(exponent)
    }
    guard unsafe EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1,
      unsafe EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1
    else { throw .keyMalformed(wanted: .publicKey, found: .brokenPEM) }
    let bits = Int(unsafe BN_num_bits(modulus))
    guard bits >= 2048 else { throw .keyTooSmall(bits: bits) }
    guard bits <= 8192 else { throw .keyTooLarge(bits: bits) }
    guard unsafe BN_is_odd(modulus) == 1 else {
      throw .keyMalformed(wanted: .publicKey, found: .brokenPEM)
    }
    guard unsafe BN_is_odd(exponent) == 1, unsafe BN_is_one(exponent) == 0,
      unsafe BN_num_bits(exponent) <= 33
    else { throw .keyBadExponent }
    return (bits + 7) / 8
  }
}
