// OpenSSH private keys (openssh-key-v1, OpenSSH's PROTOCOL.key).

/// The content of a PEM block `OPENSSH PRIVATE KEY`.
///
/// An encrypted one is not read: its key derivation, bcrypt_pbkdf, needs Blowfish's key schedule, which
/// OpenSSL does not offer.
enum OpenSSHPrivateKey {
  /// Reads the key in `bytes`.
  static func read(_ bytes: Span<UInt8>) throws(JWTError) -> KeyHandle {
    let broken = JWTError.keyMalformed(wanted: .privateKey, found: .brokenSSHPrivateKey)
    let magic = "openssh-key-v1\0"
    guard bytes.has(magic, at: 0) else { throw broken }
    var reader = SSHReader(magic.utf8.count..<bytes.count)
    guard let cipher = reader.string(bytes), reader.string(bytes) != nil,
      reader.string(bytes) != nil, let count = reader.number(bytes)
    else { throw broken }
    guard bytes.ascii(cipher) == "none" else { throw .keyEncryptedSSH }
    guard count == 1, let stated = reader.string(bytes), let content = reader.string(bytes),
      reader.isAtEnd
    else { throw broken }
    var key = SSHReader(content)
    // Equal numbers show that a passphrase was right; here that nothing is damaged.
    guard let check = key.number(bytes), check == key.number(bytes), let name = key.string(bytes)
    else { throw broken }
    let type = bytes.ascii(name)
    guard OpenSSHKey.isSupported(type) else { throw .keyUnsupported(.otherAlgorithm) }
    guard let made = Self.key(bytes, type, &key), key.string(bytes) != nil,
      isPadding(bytes, key.rest)
    else { throw broken }
    let handle = try KeyHandle(made)
    // The public half stands outside too, as in a `.pub` file.
    let publicKey = OpenSSHKey.publicKey(bytes.extracting(stated))
    guard let publicKey, try KeyHandle(publicKey).hasSamePublicHalf(as: handle) else {
      throw .keyMalformed(wanted: .privateKey, found: .brokenKey)
    }
    return handle
  }

  /// Makes a key from the fields behind the type's name; nil if they are wrong.
  private static func key(
    _ bytes: Span<UInt8>, _ type: String, _ fields: inout SSHReader
  ) -> UncheckedKey? {
    switch type {
    case "ssh-rsa":
      guard let n = fields.integer(bytes), let e = fields.integer(bytes),
        let d = fields.integer(bytes), let qi = fields.integer(bytes),
        let p = fields.integer(bytes), let q = fields.integer(bytes),
        let exponent = BigNumber(bytes.extracting(d)), let first = BigNumber(bytes.extracting(p)),
        let second = BigNumber(bytes.extracting(q)),
        let dp = exponent.reduced(moduloOneLessThan: first)?.secretBytes(),
        let dq = exponent.reduced(moduloOneLessThan: second)?.secretBytes()
      else { return nil }
      var numbers = KeyNumbers()
      for (name, range) in zip(KeyNumbers.rsaNames, [n, e, d, p, q]) {
        numbers.add(name, bytes.extracting(range), isPrivate: true)
      }
      dp.withSpan { numbers.add(KeyNumbers.rsaNames[5], $0.span, isPrivate: true) }
      dq.withSpan { numbers.add(KeyNumbers.rsaNames[6], $0.span, isPrivate: true) }
      numbers.add(KeyNumbers.rsaNames[7], bytes.extracting(qi), isPrivate: true)
      return UncheckedKey(numbers)
    case "ssh-ed25519":
      // The seed and, again, the public half.
      guard let x = fields.string(bytes), let pair = fields.string(bytes), x.count == 32,
        pair.count == 64
      else { return nil }
      guard bytes.extracting(x).equals(bytes.extracting(pair.suffix(32))),
        var key = UncheckedKey(.ed25519, privateBytes: bytes.extracting(pair.prefix(32)))
      else { return nil }
      key.statedPublicKey = x.map { bytes[$0] }
      return key
    default:
      guard let group = KeyType(sshName: type)?.group, let name = fields.string(bytes),
        name.count == 8, type.hasSuffix(bytes.ascii(name)), let point = fields.string(bytes),
        let d = fields.integer(bytes)
      else { return nil }
      var numbers = KeyNumbers(group: group)
      numbers.add("pub", octets: bytes.extracting(point))
      numbers.add("priv", bytes.extracting(d), isPrivate: true)
      return UncheckedKey(numbers)
    }
  }

  /// Whether the bytes are 1, 2, 3 and so on, up to a block of a cipher.
  private static func isPadding(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    range.count < 256 && range.allSatisfy { Int(bytes[$0]) == $0 - range.lowerBound + 1 }
  }
}
