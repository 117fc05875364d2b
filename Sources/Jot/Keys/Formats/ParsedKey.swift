// Reads the text of an asymmetric key in any supported format.

/// A key that was read, with what its text says about its use.
struct ParsedKey: ~Copyable {
  private(set) var handle: KeyHandle
  var keyID: String?
  /// The algorithms of the key: one if a JWK names it in `alg`, those of its parameters if it is an
  /// RSA-PSS key, otherwise all of its type.
  let algorithms: [Algorithm]

  init(_ handle: consuming KeyHandle, keyID: String? = nil, algorithm: Algorithm? = nil) {
    algorithms = algorithm.map { [$0] } ?? handle.algorithms
    self.handle = handle
    self.keyID = keyID
  }

  /// Returns the handle and its ownership.
  consuming func takeHandle() -> KeyHandle { handle }

  /// Reads a public key. A private key is refused: a verifier does not need one.
  static func publicKey(_ text: borrowing Secret) throws(JWTError) -> ParsedKey {
    try read(text, wanted: .publicKey) { text, format throws(JWTError) in
      let wanted = JWTError.KeyText.publicKey
      switch format {
      case .pem:
        let block = try PEMBlock.read(text, wanted: wanted)
        return ParsedKey(try read(block.content, isPrivate: false, broken: .brokenPEM))
      case .der: return ParsedKey(try read(text, isPrivate: false, broken: .brokenDER))
      case .ssh:
        return ParsedKey(
          try text.withBytes { text throws(JWTError) in try OpenSSHKey.read(text, wanted) })
      case .jwk:
        let jwk = try JWK(text, wanted: wanted)
        guard !jwk.isPrivate else { throw .keyMalformed(wanted: wanted, found: jwk.kind) }
        return try jwk.publicKey()
      case .jwkSet, .keyMap, .manyKeys, .array, .unknown:
        throw .keyMalformed(wanted: wanted, found: text.withBytes { unreadable(format, $0) })
      }
    }
  }

  /// Reads a private key.
  ///
  /// - Parameter passphrase: Decrypts an encrypted key; unused for others.
  static func privateKey(
    _ text: borrowing Secret, passphrase: borrowing Secret
  ) throws(JWTError) -> ParsedKey {
    try read(text, wanted: .privateKey) { text, format throws(JWTError) in
      let wanted = JWTError.KeyText.privateKey
      switch format {
      case .pem:
        let block = try PEMBlock.read(text, wanted: wanted)
        if block.kind == .sshPrivateKey {
          return ParsedKey(
            try block.content.withBytes { bytes throws(JWTError) in
              try OpenSSHPrivateKey.read(bytes)
            })
        }
        // RFC 1421's headers have no iteration count: one round of a hash.
        if block.hasHeaders {
          return ParsedKey(
            try block.content.withBytes { bytes throws(JWTError) in
              try KeyHandle(UncheckedKey.decrypt(pem: bytes, passphrase: passphrase))
            })
        }
        return ParsedKey(try readPrivate(block.content, passphrase, broken: .brokenPEM))
      case .der: return ParsedKey(try readPrivate(text, passphrase, broken: .brokenDER))
      case .ssh: throw .keyMalformed(wanted: wanted, found: .ssh)
      case .jwk:
        let jwk = try JWK(text, wanted: wanted)
        guard jwk.isPrivate, jwk.type != .secret else {
          throw .keyMalformed(wanted: wanted, found: jwk.kind)
        }
        return try jwk.privateKey()
      case .jwkSet, .keyMap, .manyKeys, .array, .unknown:
        throw .keyMalformed(wanted: wanted, found: text.withBytes { unreadable(format, $0) })
      }
    }
  }

  /// Calls `body` with the innermost text and its format; of a map with one key, with that key.
  private static func read(
    _ text: borrowing Secret, wanted: JWTError.KeyText,
    _ body: (borrowing Secret, KeyFormat) throws(JWTError) -> ParsedKey
  ) throws(JWTError) -> ParsedKey {
    try WrappedKey.read(text) { text, format, keyID throws(JWTError) in
      if format == .keyMap, let object = text.withBytes({ KeyObject.read($0) }),
        object.keys.count == 1
      {
        return try read(object.text(of: object.keys[0]), wanted: wanted, body)
      }
      guard text.count <= PEMBlock.limit else {
        throw .keyMalformed(wanted: wanted, found: .tooLong)
      }
      var key = try body(text, format)
      key.keyID = key.keyID ?? keyID
      return key
    }
  }

  /// Decrypts DER if it is encrypted, unless that takes too much work; then reads it.
  private static func readPrivate(
    _ der: borrowing Secret, _ passphrase: borrowing Secret, broken: JWTError.KeyText
  ) throws(JWTError) -> KeyHandle {
    guard der.withBytes({ DERFormat.isEncrypted($0) }) else {
      return try read(der, isPrivate: true, broken: broken)
    }
    return try der.withBytes { bytes throws(JWTError) in
      guard let cost = PassphraseCost(bytes) else { throw .keyPassphraseWrong }
      guard cost.isBearable else { throw .keyPassphraseCost }
      return try KeyHandle(UncheckedKey.decrypt(der: bytes, passphrase: passphrase))
    }
  }

  /// Reads DER in the format that its structure tells; for a key of the other kind, the error says so.
  private static func read(
    _ der: borrowing Secret, isPrivate: Bool, broken: JWTError.KeyText
  ) throws(JWTError) -> KeyHandle {
    try der.withBytes { bytes throws(JWTError) -> KeyHandle in
      let wanted: JWTError.KeyText = isPrivate ? .privateKey : .publicKey
      guard let format = DERFormat(of: bytes) else {
        if DERFormat.isEncrypted(bytes) {
          throw .keyMalformed(wanted: wanted, found: .encryptedPrivateKey)
        }
        throw .keyMalformed(wanted: wanted, found: JWTError.KeyText(foreign: bytes) ?? broken)
      }
      guard format.isPrivate == isPrivate else {
        // In PEM the label has been looked at.
        let found: JWTError.KeyText =
          switch (isPrivate, broken) {
          case (true, .brokenPEM): .labelledPrivate
          case (true, _): .publicKey
          case (false, .brokenPEM): .labelledPublic
          case (false, _): .privateKey
          }
        throw .keyMalformed(wanted: wanted, found: found)
      }
      if let key = UncheckedKey(der: bytes, format) { return try KeyHandle(key) }
      if isPrivate, DERFormat.purpose(ofPrivateKey: bytes) == .other {
        throw .keyUnsupported(.otherAlgorithm)
      }
      throw .keyMalformed(wanted: wanted, found: broken)
    }
  }

  /// What a text is that is no single key.
  private static func unreadable(_ format: KeyFormat, _ text: Span<UInt8>) -> JWTError.KeyText {
    if format == .jwkSet { return .jwkSet }
    if format == .keyMap || format == .manyKeys { return .keyMap }
    if format == .array { return .array }
    return text.isBlank ? .empty : JWTError.KeyText(foreign: text) ?? .unknown
  }
}
