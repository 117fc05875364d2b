// OpenSSH public keys (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4): a line of name, base64, comment.

/// A line of a `.pub` file from `ssh-keygen`.
enum OpenSSHKey {
  private static let prefixes = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]

  /// Whether the line at `start` begins with an OpenSSH key's name.
  static func isKey(_ text: Span<UInt8>, at start: Int) -> Bool {
    prefixes.contains { text.has($0, at: start) }
  }

  /// Reads the single key in `text`.
  static func read(_ text: Span<UInt8>, _ wanted: JWTError.KeyText) throws(JWTError) -> KeyHandle {
    let broken = JWTError.keyMalformed(wanted: wanted, found: .brokenSSH)
    var start = 0
    while start < text.count, text[start] <= 0x20 || text[start] >= 0x80 { start += 1 }
    // Refuses a second line: it would be a second key, and the choice would be ambiguous.
    var end = start
    while end < text.count, text[end] != 0x0a, text[end] != 0x0d { end += 1 }
    for index in end..<text.count where text[index] > 0x20 { throw broken }
    guard let nameEnd = text.firstIndex(of: 0x20, from: start), nameEnd < end else { throw broken }
    let bodyEnd = text.firstIndex(of: 0x20, from: nameEnd + 1).map { min($0, end) } ?? end
    guard let blob = PEMBlock.decodedBase64(text, nameEnd + 1..<bodyEnd) else { throw broken }
    let name = String(decoding: (start..<nameEnd).map { text[$0] }, as: UTF8.self)
    return try blob.withBytes { blob throws(JWTError) -> KeyHandle in
      var fields: [Range<Int>] = []
      var offset = 0
      while offset < blob.count {
        guard blob.count - offset >= 4 else { throw broken }
        let length = (0..<4).reduce(0) { $0 << 8 | Int(blob[offset + $1]) }
        guard length <= blob.count - offset - 4 else { throw broken }
        fields.append(offset + 4..<offset + 4 + length)
        offset += 4 + length
      }
      // The name is repeated inside.
      guard let first = fields.first, blob.has(name, at: first.lowerBound),
        first.count == name.utf8.count
      else { throw broken }
      guard let key = key(blob, name, fields) else {
        throw ["ssh-rsa", "ssh-ed25519"].contains(name) || name.hasPrefix("ecdsa-sha2-nistp")
          ? broken : .keyUnsupported(.otherAlgorithm)
      }
      return try KeyHandle(key)
    }
  }

  private static func key(
    _ blob: Span<UInt8>, _ name: String, _ fields: [Range<Int>]
  ) -> UncheckedKey? {
    switch (name, fields.count) {
    case ("ssh-rsa", 3):
      var numbers = KeyNumbers()
      for (name, field) in [("e", fields[1]), ("n", fields[2])] as [(StaticString, Range<Int>)] {
        // A number with its highest bit set would be negative.
        guard !field.isEmpty, blob[field.lowerBound] < 0x80 else { return nil }
        numbers.add(name, blob.extracting(field))
      }
      return UncheckedKey(numbers)
    case ("ssh-ed25519", 2):
      return UncheckedKey(.ed25519, publicBytes: blob.extracting(fields[1]))
    case ("ecdsa-sha2-nistp256", 3), ("ecdsa-sha2-nistp384", 3), ("ecdsa-sha2-nistp521", 3):
      let curve = String(name.suffix(8))
      let type: KeyType = curve == "nistp256" ? .p256 : curve == "nistp384" ? .p384 : .p521
      guard let group = type.group, fields[1].count == 8,
        blob.has(curve, at: fields[1].lowerBound)
      else { return nil }
      var numbers = KeyNumbers(group: group)
      numbers.add("pub", octets: blob.extracting(fields[2]))
      return UncheckedKey(numbers)
    default: return nil
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether `text` is at offset `start`.
  func has(_ text: String, at start: Int) -> Bool {
    let bytes = Array(text.utf8)
    return start + bytes.count <= count && equals(bytes.span, in: start..<start + bytes.count)
  }

  /// Whether `text` occurs anywhere.
  func contains(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var offset = 0
    while let hit = firstIndex(of: bytes[0], from: offset) {
      if has(text, at: hit) { return true }
      offset = hit + 1
    }
    return false
  }
}
