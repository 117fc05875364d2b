// Fence: bytes to an OpenSSL key, one call of OpenSSL for each format.
// Before it: KeyText, JWK or an OpenSSH line. After it: KeyHandle's checks.
internal import COpenSSL

/// What a key in DER can be.
enum DERFormat: CaseIterable {
  /// A public key of any type (RFC 5280 §4.1): PEM's `PUBLIC KEY`.
  case subjectPublicKeyInfo
  /// An RSA public key (RFC 8017 A.1.1): `RSA PUBLIC KEY`.
  case rsaPublicKey
  /// A certificate, for its public key (RFC 5280 §4.1): `CERTIFICATE`.
  case certificate
  /// A private key of any type (RFC 5208): `PRIVATE KEY`.
  case privateKeyInfo
  /// An RSA private key (RFC 8017 A.1.2): `RSA PRIVATE KEY`.
  case rsaPrivateKey
  /// An EC private key (RFC 5915): `EC PRIVATE KEY`.
  case ecPrivateKey

  var isPrivate: Bool {
    switch self {
    case .subjectPublicKeyInfo, .rsaPublicKey, .certificate: false
    case .privateKeyInfo, .rsaPrivateKey, .ecPrivateKey: true
    }
  }
}

extension DERFormat {
  /// Returns whether `bytes` begin with a key, a certificate or a request for one in DER.
  static func isKey(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count > 0, bytes[0] == 0x30 else { return false }
    defer { ERR_clear_error() }
    // What follows the key does not make it a secret: only its own bytes are asked for.
    guard let length = derLength(bytes) else { return false }
    let first = bytes.extracting(first: length)
    if purpose(ofPrivateKey: first) != nil { return true }
    for format in allCases where UncheckedKey(der: first, format) != nil { return true }
    // SAFETY: the call reads at most `count` bytes; what it returns is ours and freed here.
    return unsafe first.withUnsafeBufferPointer { buffer in
      var place = buffer.baseAddress
      let request = unsafe d2i_X509_REQ(nil, &place, buffer.count)
      unsafe X509_REQ_free(request)
      return unsafe request != nil
    }
  }

  /// What the private key in PKCS#8 that `bytes` begin with is for, without making a key of it; nil where
  /// they begin with none.
  static func purpose(ofPrivateKey bytes: Span<UInt8>) -> PrivateKeyPurpose? {
    defer { ERR_clear_error() }
    // SAFETY: the call reads at most `count` bytes; what it returns is ours, freed here, and holds
    // the identifier, which is only read.
    return unsafe bytes.withUnsafeBufferPointer { buffer -> PrivateKeyPurpose? in
      var place = buffer.baseAddress
      let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &place, buffer.count)
      defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
      var algorithm: OpaquePointer?
      guard let info = unsafe info,
        unsafe PKCS8_pkey_get0(&algorithm, nil, nil, nil, info) == 1
      else { return nil }
      switch unsafe OBJ_obj2nid(algorithm) {
      case NID_rsaEncryption, NID_X9_62_id_ecPublicKey, NID_ED25519, NID_ED448: return .jose
      default: return .other
      }
    }
  }

  /// Whether a private key's algorithm is one of JOSE's.
  enum PrivateKeyPurpose { case jose, other }

  /// The length of the DER value that `bytes` begin with, its header counted; nil if it is not all
  /// there.
  private static func derLength(_ bytes: Span<UInt8>) -> Int? {
    guard bytes.count >= 2 else { return nil }
    var length = Int(bytes[1])
    var header = 2
    if length >= 0x80 {
      let digits = length & 0x7f
      // BER's open length: OpenSSL finds the end.
      if digits == 0 { return bytes.count }
      guard (1...4).contains(digits), bytes.count >= 2 + digits else { return nil }
      header += digits
      length = 0
      for index in 2..<header { length = length << 8 | Int(bytes[index]) }
    }
    return header + length <= bytes.count ? header + length : nil
  }
}

extension UncheckedKey {
  /// Reads a key; nil unless `bytes` are one in `format`, from the first to the last.
  init?(der bytes: Span<UInt8>, _ format: DERFormat) {
    defer { ERR_clear_error() }
    if let parts = PrivateKeyDER(bytes, format) {
      self.init(parts, of: bytes)
      return
    }
    // OpenSSL makes the public half as it reads: of DSA by an exponentiation of any size. It looks for
    // PKCS#8 in the other formats too.
    if format.isPrivate, DERFormat.purpose(ofPrivateKey: bytes) == .other { return nil }
    // SAFETY: each call reads at most `count` bytes and moves `place` behind what it took, all of
    // which must be taken: nothing may hide behind a key. What a call returns is ours, and so freed
    // here or handed on; OpenSSL wipes its copies of private numbers.
    let key = unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      let count = buffer.count
      var place = buffer.baseAddress
      let key: OpaquePointer?
      switch format {
      case .subjectPublicKeyInfo: unsafe key = d2i_PUBKEY(nil, &place, count)
      case .rsaPublicKey: unsafe key = d2i_PublicKey(EVP_PKEY_RSA, nil, &place, count)
      case .certificate:
        let certificate = unsafe d2i_X509(nil, &place, count)
        unsafe key = certificate.flatMap { unsafe X509_get_pubkey($0) }
        unsafe X509_free(certificate)
      case .privateKeyInfo:
        let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &place, count)
        unsafe key = info.flatMap { unsafe EVP_PKCS82PKEY($0) }
        unsafe PKCS8_PRIV_KEY_INFO_free(info)
      case .rsaPrivateKey: unsafe key = d2i_PrivateKey(EVP_PKEY_RSA, nil, &place, count)
      case .ecPrivateKey: unsafe key = d2i_PrivateKey(EVP_PKEY_EC, nil, &place, count)
      }
      if unsafe place == buffer.baseAddress.map({ unsafe $0 + count }) { return unsafe key }
      unsafe EVP_PKEY_free(key)
      return nil
    }
    unsafe self.init(adopting: key)
  }

  /// Makes a private key of the parts that were found in `bytes`.
  private init?(_ parts: PrivateKeyDER, of bytes: Span<UInt8>) {
    switch parts {
    case .rsa(let places):
      var numbers = KeyNumbers()
      for (name, place) in zip(KeyNumbers.rsaNames, places) {
        numbers.add(name, bytes.extracting(place), isPrivate: true)
      }
      unsafe self.init(adopting: numbers.makeKey())
    case .curve(let type, let number, let point):
      guard let group = type.group else { return nil }
      var numbers = KeyNumbers(group: group)
      numbers.add("pub", octets: bytes.extracting(point))
      numbers.add("priv", bytes.extracting(number), isPrivate: true)
      unsafe self.init(adopting: numbers.makeKey())
    case .edwards(let type, let seed):
      self.init(type, privateBytes: bytes.extracting(seed))
    }
  }

  /// Reads an encrypted private key in DER (RFC 5208 §6): PEM's `ENCRYPTED PRIVATE KEY`.
  ///
  /// Nil for a wrong passphrase too: OpenSSL can't tell it from damage.
  init?(encryptedDER bytes: Span<UInt8>, passphrase: borrowing Secret) {
    defer { ERR_clear_error() }
    // SAFETY: as above; the passphrase is read within its count. The key in the clear is a block of
    // our own, wiped and freed here.
    var block: UnsafeMutablePointer<UInt8>?
    let count = unsafe bytes.withUnsafeBufferPointer { buffer -> Int32 in
      var place = buffer.baseAddress
      let encrypted = unsafe d2i_X509_SIG(nil, &place, buffer.count)
      defer { unsafe X509_SIG_free(encrypted) }
      guard let encrypted = unsafe encrypted,
        unsafe place == buffer.baseAddress.map({ unsafe $0 + buffer.count })
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
    guard count > 0, let start = unsafe block else { return nil }
    let der = unsafe Span(_unsafeStart: start, count: Int(count))
    self.init(der: der, .privateKeyInfo)
  }

  /// Returns whether `bytes` are an encrypted private key in DER.
  static func isEncrypted(der bytes: Span<UInt8>) -> Bool {
    defer { ERR_clear_error() }
    // SAFETY: the call reads at most `count` bytes; what it returns is ours and freed here.
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      var place = buffer.baseAddress
      let encrypted = unsafe d2i_X509_SIG(nil, &place, buffer.count)
      unsafe X509_SIG_free(encrypted)
      return unsafe encrypted != nil
    }
  }

  /// Reads a private key in PEM that is encrypted by RFC 1421's headers, as old OpenSSL wrote it.
  init?(encryptedPEM text: Span<UInt8>, passphrase: borrowing Secret) {
    defer { ERR_clear_error() }
    // SAFETY: the memory BIO reads `count` bytes, all while the text is borrowed. The callback is
    // given the passphrase's place and copies no more of it than fits; a longer one is no passphrase.
    // The texts and the key in the clear are blocks of our own, freed here, and the key wiped.
    var (name, header) = unsafe (
      nil as UnsafeMutablePointer<CChar>?, nil as UnsafeMutablePointer<CChar>?
    )
    var block: UnsafeMutablePointer<UInt8>?
    var (count, room) = (0, 0)
    let isOpen = unsafe passphrase.withBytes { passphrase in
      unsafe passphrase.withUnsafeBufferPointer { passphrase -> Bool in
        unsafe text.withUnsafeBufferPointer { text -> Bool in
          guard let bio = unsafe BIO_new_mem_buf(text.baseAddress, Int32(text.count)) else {
            return false
          }
          defer { unsafe BIO_free(bio) }
          guard unsafe PEM_read_bio(bio, &name, &header, &block, &count) == 1 else { return false }
          room = count
          var cipher = unsafe EVP_CIPHER_INFO()
          guard unsafe PEM_get_EVP_CIPHER_INFO(header, &cipher) == 1 else { return false }
          var source = unsafe passphrase
          return unsafe withUnsafeMutablePointer(to: &source) { source in
            unsafe PEM_do_header(
              &cipher, block, &count,
              { target, room, _, source in
                guard let target = unsafe target,
                  let source = unsafe source?.assumingMemoryBound(
                    to: UnsafeBufferPointer<UInt8>.self
                  ).pointee, source.count <= Int(room)
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
      unsafe CRYPTO_clear_free(block, room, "", 0)
    }
    guard isOpen, let name = unsafe name, let start = unsafe block else { return nil }
    let isRSA = unsafe String(cString: name) == "RSA PRIVATE KEY"
    let der = unsafe Span(_unsafeStart: start, count: count)
    self.init(der: der, isRSA ? .rsaPrivateKey : .ecPrivateKey)
  }

  /// Makes a key of `numbers`; nil where they are none.
  init?(_ numbers: borrowing KeyNumbers) {
    defer { ERR_clear_error() }
    unsafe self.init(adopting: numbers.makeKey())
  }

  /// Makes an EdDSA key of its bytes; nil where their number is wrong.
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

  /// Makes an EdDSA private key of its bytes; nil where their number is wrong.
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
