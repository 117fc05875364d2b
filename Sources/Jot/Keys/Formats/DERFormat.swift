// Fence: the formats of a key in DER, and a private key's purpose.
internal import COpenSSL

/// The format of a key in DER.
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
  /// The format that the structure of `bytes` tells; nil if they are not exactly one value in DER, or
  /// have another structure. Nothing is tried, so no decoder of another format gets a private key.
  init?(of bytes: Span<UInt8>) {
    var whole = DERReader(0..<bytes.count)
    guard var sequence = whole.enter(bytes, 0x30), whole.isAtEnd else { return nil }
    if let version = sequence.next(bytes, 0x02) {
      if sequence.next(bytes, 0x30) != nil {
        if bytes.has([3], in: version) { return nil }
        self = .privateKeyInfo
      } else if sequence.next(bytes, 0x04) != nil {
        self = .ecPrivateKey
      } else if sequence.next(bytes, 0x02) != nil {
        self = sequence.isAtEnd ? .rsaPublicKey : .rsaPrivateKey
      } else {
        return nil
      }
    } else if sequence.next(bytes, 0x30) != nil {
      if sequence.next(bytes, 0x03) != nil, sequence.isAtEnd {
        self = .subjectPublicKeyInfo
      } else if sequence.next(bytes, 0x30) != nil {
        self = .certificate
      } else {
        return nil
      }
    } else {
      return nil
    }
  }

  /// Whether `bytes` have the structure of an encrypted private key (RFC 5958 §3): an algorithm and
  /// a string.
  static func isEncrypted(_ bytes: Span<UInt8>) -> Bool {
    var whole = DERReader(0..<bytes.count)
    guard var sequence = whole.enter(bytes, 0x30), whole.isAtEnd else { return false }
    return sequence.next(bytes, 0x30) != nil && sequence.next(bytes, 0x04) != nil
      && sequence.isAtEnd
  }

  /// Returns whether `bytes` begin with a key, a certificate or a certificate request in DER.
  static func isKey(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count > 0, bytes[0] == 0x30 else { return false }
    defer { ERR_clear_error() }
    if DERFormat(of: bytes) != nil || isEncrypted(bytes) { return true }
    // Bytes after the key do not make it a secret: examine only the key's own bytes. OpenSSL also
    // reads lengths with leading zeros.
    let first = bytes.extracting(first: derLength(bytes) ?? bytes.count)
    if purpose(ofPrivateKey: first) != nil { return true }
    for format in allCases where UncheckedKey(der: first, format) != nil { return true }
    // SAFETY: the call reads at most `count` bytes; the result is ours and freed here.
    return unsafe first.withUnsafeBufferPointer { buffer in
      var next = buffer.baseAddress
      let request = unsafe d2i_X509_REQ(nil, &next, buffer.count)
      unsafe X509_REQ_free(request)
      return unsafe request != nil
    }
  }

  /// Whether `bytes` are a PKCS#12 file (RFC 7292 §4): a sequence of the version 3 and a content.
  static func isPKCS12(_ bytes: Span<UInt8>) -> Bool {
    var reader = DERReader(0..<bytes.count)
    guard var sequence = reader.enter(bytes, 0x30), reader.isAtEnd,
      let version = sequence.next(bytes, 0x02), bytes.has([3], in: version)
    else { return false }
    return sequence.next(bytes, 0x30) != nil
  }

  /// The purpose of the PKCS#8 private key that `bytes` begin with, without making a key; nil if
  /// they do not begin with one.
  static func purpose(ofPrivateKey bytes: Span<UInt8>) -> PrivateKeyPurpose? {
    defer { ERR_clear_error() }
    // SAFETY: the call reads at most `count` bytes; the result is ours, freed here, and contains
    // the identifier, which is only read.
    return unsafe bytes.withUnsafeBufferPointer { buffer -> PrivateKeyPurpose? in
      var next = buffer.baseAddress
      let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &next, buffer.count)
      defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
      var algorithm: OpaquePointer?
      guard let info = unsafe info,
        unsafe PKCS8_pkey_get0(&algorithm, nil, nil, nil, info) == 1
      else { return nil }
      switch unsafe OBJ_obj2nid(algorithm) {
      case NID_rsaEncryption, NID_rsassaPss, NID_X9_62_id_ecPublicKey, NID_ED25519, NID_ED448:
        return .jose
      default: return .other
      }
    }
  }

  /// Whether a private key's algorithm belongs to JOSE.
  enum PrivateKeyPurpose { case jose, other }

  /// The length of the DER value that `bytes` begin with, header included; nil if it is incomplete.
  private static func derLength(_ bytes: Span<UInt8>) -> Int? {
    guard bytes.count >= 2 else { return nil }
    var length = Int(bytes[1])
    var header = 2
    if length >= 0x80 {
      let digits = length & 0x7f
      // BER's indefinite length: OpenSSL finds the end.
      if digits == 0 { return bytes.count }
      guard (1...4).contains(digits), bytes.count >= 2 + digits else { return nil }
      header += digits
      length = 0
      for index in 2..<header { length = length << 8 | Int(bytes[index]) }
    }
    return header + length <= bytes.count ? header + length : nil
  }
}
