// Reads the text of an asymmetric key in any supported format.

/// The format of a key's text, recognised by its first bytes or a marker in it; never assumed to be
/// a secret.
package enum KeyFormat {
  case pem, der, ssh, jwk, jwkSet, unknown

  package init(_ text: Span<UInt8>) {
    var start = 0
    while start < text.count, text[start] <= 0x20 || text[start] >= 0x80 { start += 1 }
    if start < text.count, text[start] == UInt8(ascii: "{") {
      // A text in JSON may have a PEM in a member, or `keys` as a value.
      self = JWKSet.isSet(text.extracting(start...)) ? .jwkSet : .jwk
    } else if text.contains("-----BEGIN ") {
      self = .pem
    } else if text.count > 1, text[0] == 0x30, text[1] >= 0x80 || Int(text[1]) == text.count - 2 {
      // A sequence. A text that begins with the digit 0 is not followed by such a length.
      self = .der
    } else if OpenSSHKey.isKey(text, at: start) {
      self = .ssh
    } else {
      self = .unknown
    }
  }
}

/// A key that was read, with what its text says about its use.
struct ParsedKey: ~Copyable {
  private(set) var handle: KeyHandle
  var keyID: String?
  /// The only algorithm of the key, from a JWK's `alg`.
  var algorithm: Algorithm?

  private init(_ handle: consuming KeyHandle) { self.handle = handle }

  /// Returns the handle and its ownership.
  consuming func takeHandle() -> KeyHandle { handle }

  /// Reads a public key. A private key is refused: a verifier does not need one.
  static func publicKey(_ text: borrowing Secret) throws(JWTError) -> ParsedKey {
    let wanted = JWTError.KeyText.publicKey
    guard text.count <= PEMBlock.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    switch text.withBytes({ KeyFormat($0) }) {
    case .pem:
      let block = try PEMBlock.read(text, wanted: wanted)
      let format: DERFormat
      switch block.label {
      case "PUBLIC KEY": format = .subjectPublicKeyInfo
      case "RSA PUBLIC KEY": format = .rsaPublicKey
      case "CERTIFICATE", "X509 CERTIFICATE": format = .certificate
      default: throw .keyMalformed(wanted: wanted, found: Self.kind(of: block.label))
      }
      return ParsedKey(try read(block.content, [format], wanted, broken: .brokenPEM))
    case .der:
      return ParsedKey(
        try read(
          text, [.subjectPublicKeyInfo, .rsaPublicKey, .certificate], wanted, broken: .brokenDER))
    case .ssh:
      return ParsedKey(
        try text.withBytes { text throws(JWTError) in try OpenSSHKey.read(text, wanted) })
    case .jwk:
      let jwk = try JWK(text, wanted: wanted)
      guard !jwk.isPrivate else { throw .keyMalformed(wanted: wanted, found: jwk.kind) }
      return try jwk.publicKey()
    case .jwkSet: throw .keyMalformed(wanted: wanted, found: .jwkSet)
    case .unknown: throw .keyMalformed(wanted: wanted, found: text.count == 0 ? .empty : .unknown)
    }
  }

  /// Reads a private key.
  ///
  /// - Parameter passphrase: Decrypts an encrypted key; unused for others.
  static func privateKey(
    _ text: borrowing Secret, passphrase: borrowing Secret
  ) throws(JWTError) -> ParsedKey {
    let wanted = JWTError.KeyText.privateKey
    guard text.count <= PEMBlock.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    switch text.withBytes({ KeyFormat($0) }) {
    case .pem:
      let block = try PEMBlock.read(text, wanted: wanted)
      switch block.label {
      case "PRIVATE KEY":
        return ParsedKey(try read(block.content, [.privateKeyInfo], wanted, broken: .brokenPEM))
      case "RSA PRIVATE KEY":
        return ParsedKey(try read(block.content, [.rsaPrivateKey], wanted, broken: .brokenPEM))
      case "EC PRIVATE KEY":
        return ParsedKey(try read(block.content, [.ecPrivateKey], wanted, broken: .brokenPEM))
      case "ENCRYPTED PRIVATE KEY":
        return ParsedKey(try decrypt(block.content, isPEM: false, passphrase))
      case PEMBlock.encryptedByHeaders:
        return ParsedKey(try decrypt(block.content, isPEM: true, passphrase))
      default: throw .keyMalformed(wanted: wanted, found: Self.kind(of: block.label))
      }
    case .der:
      if text.withBytes({ UncheckedKey.isEncrypted(der: $0) }) {
        return ParsedKey(try decrypt(text, isPEM: false, passphrase))
      }
      return ParsedKey(
        try read(
          text, [.privateKeyInfo, .rsaPrivateKey, .ecPrivateKey], wanted, broken: .brokenDER))
    case .ssh: throw .keyMalformed(wanted: wanted, found: .ssh)
    case .jwk:
      let jwk = try JWK(text, wanted: wanted)
      guard jwk.isPrivate, jwk.type != .secret else {
        throw .keyMalformed(wanted: wanted, found: jwk.kind)
      }
      return try jwk.privateKey()
    case .jwkSet: throw .keyMalformed(wanted: wanted, found: .jwkSet)
    case .unknown: throw .keyMalformed(wanted: wanted, found: text.count == 0 ? .empty : .unknown)
    }
  }

  init(_ handle: consuming KeyHandle, keyID: String?, algorithm: Algorithm?) {
    self.handle = handle
    (self.keyID, self.algorithm) = (keyID, algorithm)
  }

  /// Reads DER in one of `formats`; for a key of the other kind, the error says so.
  private static func read(
    _ der: borrowing Secret, _ formats: [DERFormat], _ wanted: JWTError.KeyText,
    broken: JWTError.KeyText
  ) throws(JWTError) -> KeyHandle {
    try der.withBytes { bytes throws(JWTError) -> KeyHandle in
      for format in formats {
        if let key = UncheckedKey(der: bytes, format) { return try KeyHandle(key) }
      }
      if DERFormat.purpose(ofPrivateKey: bytes) == .other {
        guard formats.contains(.privateKeyInfo) else {
          throw .keyMalformed(wanted: wanted, found: .privateKey)
        }
        throw .keyUnsupported(.otherAlgorithm)
      }
      if broken == .brokenDER {
        let wantsPrivate = formats.contains { $0.isPrivate }
        for format in DERFormat.allCases where format.isPrivate != wantsPrivate {
          if UncheckedKey(der: bytes, format) != nil {
            throw .keyMalformed(wanted: wanted, found: wantsPrivate ? .publicKey : .privateKey)
          }
        }
      }
      throw .keyMalformed(wanted: wanted, found: broken)
    }
  }

  /// Decrypts a private key, unless that takes too much work.
  private static func decrypt(
    _ text: borrowing Secret, isPEM: Bool, _ passphrase: borrowing Secret
  ) throws(JWTError) -> KeyHandle {
    // RFC 1421's headers have no iteration count: one round of a hash.
    if !isPEM {
      guard let cost = text.withBytes({ PassphraseCost($0) }) else { throw .keyPassphraseWrong }
      guard cost.isBearable else { throw .keyPassphraseCost }
    }
    let key = text.withBytes { bytes in
      isPEM
        ? UncheckedKey(encryptedPEM: bytes, passphrase: passphrase)
        : UncheckedKey(encryptedDER: bytes, passphrase: passphrase)
    }
    guard let key else { throw .keyPassphraseWrong }
    return try KeyHandle(key)
  }

  /// The kind of key that a PEM label names.
  private static func kind(of label: String) -> JWTError.KeyText {
    switch label {
    case "PUBLIC KEY", "RSA PUBLIC KEY": .publicKey
    case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY": .privateKey
    case "ENCRYPTED PRIVATE KEY", PEMBlock.encryptedByHeaders: .encryptedPrivateKey
    case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE": .certificate
    case "OPENSSH PRIVATE KEY": .sshPrivateKey
    default: .otherPEM
    }
  }
}
