// The text of an asymmetric key, in whichever format it is, to a handle.
// Before it: bytes from a file or a string, and the caller's word that they are a public or a
// private key. After it: PublicKey, PrivateKey.

/// What a key's text is written in: seen from how it begins, never guessed to be a secret.
package enum KeyFormat {
  case pem, der, ssh, jwk, jwkSet, unknown

  package init(_ text: Span<UInt8>) {
    var start = 0
    while start < text.count, text[start] <= 0x20 || text[start] >= 0x80 { start += 1 }
    if text.contains("-----BEGIN ") {
      self = .pem
    } else if text.count > 1, text[0] == 0x30, text[1] >= 0x80 || Int(text[1]) == text.count - 2 {
      // A sequence; text that begins with the digit 0 has no such length behind it.
      self = .der
    } else if ["ssh-", "ecdsa-sha2-", "sk-"].contains(where: { text.has($0, at: start) }) {
      self = .ssh
    } else if start < text.count, text[start] == UInt8(ascii: "{") {
      self = text.contains("\"keys\"") ? .jwkSet : .jwk
    } else {
      self = .unknown
    }
  }
}

/// A key that was read, and what its text says of its use.
struct ReadKey: ~Copyable {
  private(set) var handle: KeyHandle
  var keyID: String?
  /// The one algorithm that a JWK's `alg` leaves to its key.
  var algorithm: Algorithm?

  private init(_ handle: consuming KeyHandle) { self.handle = handle }

  /// Gives the handle away.
  consuming func takeHandle() -> KeyHandle { handle }

  /// Reads a public key. A private one is refused: a verifier has no business with it.
  static func publicKey(_ text: borrowing Secret) throws(JWTError) -> ReadKey {
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
      return ReadKey(try read(block.content, [format], wanted, broken: .brokenPEM))
    case .der:
      return ReadKey(
        try read(
          text, [.subjectPublicKeyInfo, .rsaPublicKey, .certificate], wanted, broken: .brokenDER))
    case .ssh:
      return ReadKey(
        try text.withBytes { text throws(JWTError) in try SSHLine.read(text, wanted) })
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
  /// - Parameter passphrase: Opens an encrypted one; not looked at for others.
  static func privateKey(
    _ text: borrowing Secret, passphrase: borrowing Secret
  ) throws(JWTError) -> ReadKey {
    let wanted = JWTError.KeyText.privateKey
    guard text.count <= PEMBlock.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    switch text.withBytes({ KeyFormat($0) }) {
    case .pem:
      let block = try PEMBlock.read(text, wanted: wanted)
      switch block.label {
      case "PRIVATE KEY":
        return ReadKey(try read(block.content, [.privateKeyInfo], wanted, broken: .brokenPEM))
      case "RSA PRIVATE KEY":
        return ReadKey(try read(block.content, [.rsaPrivateKey], wanted, broken: .brokenPEM))
      case "EC PRIVATE KEY":
        return ReadKey(try read(block.content, [.ecPrivateKey], wanted, broken: .brokenPEM))
      case "ENCRYPTED PRIVATE KEY":
        return ReadKey(try open(block.content, isPEM: false, passphrase))
      case PEMBlock.encryptedByHeaders:
        return ReadKey(try open(block.content, isPEM: true, passphrase))
      default: throw .keyMalformed(wanted: wanted, found: Self.kind(of: block.label))
      }
    case .der:
      if text.withBytes({ UncheckedKey.isEncrypted(der: $0) }) {
        return ReadKey(try open(text, isPEM: false, passphrase))
      }
      return ReadKey(
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

  /// Reads DER in one of `formats`; where it is a key of the other kind, the error says so.
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

  /// Opens an encrypted private key, if its maker does not ask for too much work.
  private static func open(
    _ text: borrowing Secret, isPEM: Bool, _ passphrase: borrowing Secret
  ) throws(JWTError) -> KeyHandle {
    // RFC 1421's headers know no count: one round of a hash.
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

  /// What a PEM label says that a block is.
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
