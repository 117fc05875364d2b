// Fence: makes an OpenSSL key from bytes; one OpenSSL call per format.
internal import COpenSSL

extension UncheckedKey {
  /// Reads a key; nil unless all of `bytes` are one key in `format`.
  init?(der bytes: Span<UInt8>, _ format: DERFormat) {
    defer { ERR_clear_error() }
    if let parts = PrivateKeyDER(bytes, format) {
      self.init(parts, of: bytes)
      return
    }
    if format == .subjectPublicKeyInfo, let found = PSSParameters.publicKey(bytes) {
      self.init(der: bytes.extracting(found.key), .rsaPublicKey)
      pss = found.parameters
      return
    }
    // OpenSSL computes the public half while it reads; for DSA by an exponentiation of any size. It
    // also recognises PKCS#8 in the other formats.
    if format.isPrivate, DERFormat.purpose(ofPrivateKey: bytes) == .other { return nil }
    // SAFETY: each call reads at most `count` bytes and moves `next` behind the bytes that it used.
    // All must be used: nothing may follow a key. The result is ours, so it is freed here or handed
    // on; OpenSSL wipes its copies of private numbers.
    let key = unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      let count = buffer.count
      var next = buffer.baseAddress
      let key: OpaquePointer?
      switch format {
      case .subjectPublicKeyInfo: unsafe key = d2i_PUBKEY(nil, &next, count)
      case .rsaPublicKey: unsafe key = d2i_PublicKey(EVP_PKEY_RSA, nil, &next, count)
      case .certificate:
        let certificate = unsafe d2i_X509(nil, &next, count)
        unsafe key = certificate.flatMap { unsafe X509_get_pubkey($0) }
        unsafe X509_free(certificate)
      case .privateKeyInfo:
        let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &next, count)
        unsafe key = info.flatMap { unsafe EVP_PKCS82PKEY($0) }
        unsafe PKCS8_PRIV_KEY_INFO_free(info)
      case .rsaPrivateKey: unsafe key = d2i_PrivateKey(EVP_PKEY_RSA, nil, &next, count)
      case .ecPrivateKey: unsafe key = d2i_PrivateKey(EVP_PKEY_EC, nil, &next, count)
      }
      if unsafe next == buffer.baseAddress.map({ unsafe $0 + count }) { return unsafe key }
      unsafe EVP_PKEY_free(key)
      return nil
    }
    if format == .certificate, let spki = unsafe Self.pssPublicKeyInfo(key) {
      unsafe EVP_PKEY_free(key)
      self.init(der: spki.span, .subjectPublicKeyInfo)
      return
    }
    unsafe self.init(adopting: key)
  }

  /// The SubjectPublicKeyInfo of an RSA-PSS key; nil for another key.
  @unsafe
  private static func pssPublicKeyInfo(_ key: OpaquePointer?) -> [UInt8]? {
    // SAFETY: the calls read the key. i2d allocates a block for us, copied and freed here.
    guard let key = unsafe key, unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS else {
      return nil
    }
    var block: UnsafeMutablePointer<UInt8>?
    let count = unsafe i2d_PUBKEY(key, &block)
    defer { unsafe CRYPTO_free(block, "", 0) }
    guard count > 0 else { return nil }
    return unsafe Array(UnsafeBufferPointer(start: block, count: Int(count)))
  }

  /// Makes a private key from the parts that were found in `bytes`.
  private init?(_ parts: PrivateKeyDER, of bytes: Span<UInt8>) {
    switch parts {
    case .rsa(let ranges, let pss):
      var numbers = KeyNumbers()
      for (name, next) in zip(KeyNumbers.rsaNames, ranges) {
        numbers.add(name, bytes.extracting(next), isPrivate: true)
      }
      unsafe self.init(adopting: numbers.makeKey())
      self.pss = pss
    case .curve(let type, let number, let point):
      guard let group = type.group else { return nil }
      var numbers = KeyNumbers(group: group)
      numbers.add("pub", octets: bytes.extracting(point))
      numbers.add("priv", bytes.extracting(number), isPrivate: true)
      unsafe self.init(adopting: numbers.makeKey())
    case .edwards(let type, let seed, let publicKey):
      self.init(type, privateBytes: bytes.extracting(seed))
      statedPublicKey = publicKey.map { range in range.map { bytes[$0] } }
    }
  }

  /// Reads an encrypted private key in DER (RFC 5208 §6): PEM's `ENCRYPTED PRIVATE KEY`.
  ///
  /// - Throws: `keyPassphraseWrong`, for damage too: OpenSSL can't distinguish them;
  ///   `keyUnsupported` if OpenSSL lacks the cipher.
  static func decrypt(
    der bytes: Span<UInt8>, passphrase: borrowing Secret
  ) throws(JWTError) -> UncheckedKey {
    defer { ERR_clear_error() }
    // SAFETY: as above; the passphrase is read within its count. The decrypted key is in a block of
    // our own, wiped and freed here.
    var block: UnsafeMutablePointer<UInt8>?
    let count = unsafe bytes.withUnsafeBufferPointer { buffer -> Int32 in
      var next = buffer.baseAddress
      let encrypted = unsafe d2i_X509_SIG(nil, &next, buffer.count)
      defer { unsafe X509_SIG_free(encrypted) }
      guard let encrypted = unsafe encrypted,
        unsafe next == buffer.baseAddress.map({ unsafe $0 + buffer.count })
      else { return 0 }
      let info = unsafe passphrase.withBytes { passphrase in
        unsafe passphrase.withUnsafeBufferPointer { passphrase in
          unsafe passphrase.withMemoryRebound(to: CChar.self) {
            unsafe PKCS8_decrypt(encrypted, $0.baseAddress, Int32($0.count))
          }
        }
      }
      defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
      guard let info = unsafe info else { return 0 }
      return unsafe i2d_PKCS8_PRIV_KEY_INFO(info, &block)
    }
    defer { unsafe CRYPTO_clear_free(block, max(0, Int(count)), "", 0) }
    guard count > 0, let start = unsafe block else { throw decryptionError }
    let der = unsafe Span(_unsafeStart: start, count: Int(count))
    return try decrypted(der)
  }

  /// Reads a private key that was just decrypted.
  private static func decrypted(_ der: Span<UInt8>) throws(JWTError) -> UncheckedKey {
    if let format = DERFormat(of: der), format.isPrivate, let key = UncheckedKey(der: der, format) {
      return key
    }
    throw DERFormat.purpose(ofPrivateKey: der) == .other
      ? .keyUnsupported(.otherAlgorithm) : .keyPassphraseWrong
  }

  /// Why OpenSSL could not decrypt: a cipher of its legacy provider, or else the passphrase.
  private static var decryptionError: JWTError {
    while case let code = ERR_get_error(), code != 0 {
      if jot_is_unsupported(code) { return .keyUnsupported(.legacyCipher) }
    }
    return .keyPassphraseWrong
  }

  /// Reads a PEM private key that is encrypted by RFC 1421's headers, as old OpenSSL wrote it.
  ///
  /// - Throws: As for DER.
  static func decrypt(
    pem text: Span<UInt8>, passphrase: borrowing Secret
  ) throws(JWTError) -> UncheckedKey {
    defer { ERR_clear_error() }
    // SAFETY: the memory BIO reads `count` bytes while the text is borrowed. The callback gets the
    // passphrase's address and copies only what fits; a longer passphrase is refused. The texts and
    // the decrypted key are blocks of our own, freed here, and the key is wiped.
    var (name, header) = unsafe (
      nil as UnsafeMutablePointer<CChar>?, nil as UnsafeMutablePointer<CChar>?
    )
    var block: UnsafeMutablePointer<UInt8>?
    var (count, capacity) = (0, 0)
    let isOpen = passphrase.withBytes { passphrase in
      unsafe passphrase.withUnsafeBufferPointer { passphrase -> Bool in
        unsafe text.withUnsafeBufferPointer { text -> Bool in
          guard let bio = unsafe BIO_new_mem_buf(text.baseAddress, Int32(text.count)) else {
            return false
          }
          defer { unsafe BIO_free(bio) }
          guard unsafe PEM_read_bio(bio, &name, &header, &block, &count) == 1 else { return false }
          capacity = count
          var cipher = unsafe EVP_CIPHER_INFO()
          guard unsafe PEM_get_EVP_CIPHER_INFO(header, &cipher) == 1 else { return false }
          var source = unsafe passphrase
          return unsafe withUnsafeMutablePointer(to: &source) { source in
            unsafe PEM_do_header(
              &cipher, block, &count,
              { target, capacity, _, source in
                guard let target = unsafe target,
                  let source = unsafe source?.assumingMemoryBound(
                    to: UnsafeBufferPointer<UInt8>.self
                  ).pointee, source.count <= Int(capacity)
                else { return -1 }
                for index in 0..<source.count {
                  unsafe target[index] = CChar(bitPattern: source[index])
                }
                return Int32(source.count)
              }, source) == 1
          }
        }
      }
    }
    defer {
      unsafe CRYPTO_free(name, "", 0)
      unsafe CRYPTO_free(header, "", 0)
      unsafe CRYPTO_clear_free(block, capacity, "", 0)
    }
    guard isOpen, let start = unsafe block else { throw decryptionError }
    let der = unsafe Span(_unsafeStart: start, count: count)
    return try decrypted(der)
  }

  /// Makes a key from `numbers`; nil if they are invalid.
  init?(_ numbers: borrowing KeyNumbers) {
    defer { ERR_clear_error() }
    unsafe self.init(adopting: numbers.makeKey())
  }

  /// Makes an EdDSA public key from its bytes; nil if their count is wrong.
  init?(_ type: KeyType, publicBytes bytes: Span<UInt8>) {
    defer { ERR_clear_error() }
    guard bytes.count == type.width else { return nil }
    let id = type == .ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448
    // SAFETY: the calls read `count` bytes and make a key that is ours.
    let key = unsafe bytes.withUnsafeBufferPointer {
      unsafe EVP_PKEY_new_raw_public_key(id, nil, $0.baseAddress, $0.count)
    }
    unsafe self.init(adopting: key)
  }

  /// Makes an EdDSA private key from its bytes; nil if their count is wrong.
  init?(_ type: KeyType, privateBytes bytes: Span<UInt8>) {
    defer { ERR_clear_error() }
    guard bytes.count == type.width else { return nil }
    let id = type == .ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448
    // SAFETY: as above; OpenSSL wipes its copy.
    let key = unsafe bytes.withUnsafeBufferPointer {
      unsafe EVP_PKEY_new_raw_private_key(id, nil, $0.baseAddress, $0.count)
    }
    unsafe self.init(adopting: key)
  }
}
