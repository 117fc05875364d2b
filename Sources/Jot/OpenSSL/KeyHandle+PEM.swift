// Fence: generates keys and writes them as PEM (RFC 7468).
internal import COpenSSL

extension UncheckedKey {
  /// Makes a new key; nil if OpenSSL fails.
  init?(generating type: KeyType, bits: Int) {
    defer { ERR_clear_error() }
    let id =
      switch type {
      case .rsa: EVP_PKEY_RSA
      case .ed25519: EVP_PKEY_ED25519
      case .ed448: EVP_PKEY_ED448
      default: EVP_PKEY_EC
      }
    // SAFETY: the context is freed here; the new key is ours.
    guard let context = unsafe EVP_PKEY_CTX_new_id(id, nil) else { return nil }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    guard unsafe EVP_PKEY_keygen_init(context) == 1 else { return nil }
    if type == .rsa, unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) != 1 {
      return nil
    }
    if let group = type.group,
      unsafe EVP_PKEY_CTX_set_group_name(context, group.description) != 1
    {
      return nil
    }
    var key: OpaquePointer?
    guard unsafe EVP_PKEY_generate(context, &key) == 1 else { return nil }
    unsafe self.init(adopting: key)
  }
}

extension KeyHandle {
  /// The private key in PKCS#8, as PEM.
  func privatePEM() throws(JWTError) -> Secret {
    // SAFETY: i2d allocates a block for us; it is wiped and freed here.
    var block: UnsafeMutablePointer<UInt8>?
    guard let info = unsafe EVP_PKEY2PKCS8(key) else { throw .cryptographyFailed }
    let count = unsafe i2d_PKCS8_PRIV_KEY_INFO(info, &block)
    unsafe PKCS8_PRIV_KEY_INFO_free(info)
    defer { unsafe CRYPTO_clear_free(block, max(0, Int(count)), "", 0) }
    guard count > 0, let start = unsafe block else { throw .cryptographyFailed }
    return Self.pem("PRIVATE KEY", unsafe Span(_unsafeStart: start, count: Int(count)))
  }

  /// The public key as PEM (SPKI); nil if OpenSSL fails.
  var publicPEM: String? {
    // SAFETY: i2d allocates a block for us, freed here; it holds public numbers only.
    var block: UnsafeMutablePointer<UInt8>?
    let count = unsafe i2d_PUBKEY(key, &block)
    defer { unsafe CRYPTO_free(block, "", 0) }
    guard count > 0, let start = unsafe block else {
      ERR_clear_error()
      return nil
    }
    let pem = Self.pem("PUBLIC KEY", unsafe Span(_unsafeStart: start, count: Int(count)))
    return pem.withBytes { bytes in
      String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
    }
  }

  /// Writes DER as PEM, 64 characters a line.
  private static func pem(_ label: String, _ der: Span<UInt8>) -> Secret {
    // Three bytes are four characters, so a line has 48 bytes.
    var text: [UInt8] = []
    text.reserveCapacity(2 * der.count + 128)
    defer { wipe(&text) }
    text += Array("-----BEGIN \(label)-----\n".utf8)
    var line = [UInt8](repeating: 0, count: 68)
    defer { wipe(&line) }
    for start in stride(from: 0, to: der.count, by: 48) {
      let range = start..<min(start + 48, der.count)
      // SAFETY: EVP_EncodeBlock reads the range, which lies inside, and writes 64 characters and NUL.
      let count = unsafe der.withUnsafeBufferPointer { der in
        unsafe line.withUnsafeMutableBufferPointer {
          unsafe EVP_EncodeBlock(
            $0.baseAddress, der.baseAddress! + range.lowerBound, Int32(range.count))
        }
      }
      text += line[..<Int(count)]
      text.append(UInt8(ascii: "\n"))
    }
    text += Array("-----END \(label)-----\n".utf8)
    return Secret(copying: text.span)
  }
}
