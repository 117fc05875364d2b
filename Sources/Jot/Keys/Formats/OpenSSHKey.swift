// OpenSSH public keys (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4): a line of options, name, base64 and
// comment, as in `.pub` and `authorized_keys` files; or RFC 4716's form of the same bytes.

/// The text of an OpenSSH public key.
enum OpenSSHKey {
  private static let names = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
  private static let marker = "---- BEGIN SSH2 "

  /// Whether a text has such a key, or a line that begins like one.
  static func isKey(_ text: Span<UInt8>) -> Bool {
    guard text.count <= PEMBlock.limit else { return false }
    if text.contains(marker) { return true }
    var lines = Lines(text)
    while let line = lines.next(text) {
      if nameStart(text, line) != nil { return true }
    }
    return false
  }

  /// Reads the single key in `text`.
  static func read(_ text: Span<UInt8>, _ wanted: JWTError.KeyText) throws(JWTError) -> KeyHandle {
    let broken = JWTError.keyMalformed(wanted: wanted, found: .brokenSSH)
    let blob: Secret
    if text.contains(marker) {
      guard let decoded = rfc4716(text) else { throw broken }
      blob = decoded
    } else {
      var key: Range<Int>?
      var lines = Lines(text)
      while let line = lines.next(text) {
        guard text[line.lowerBound] != UInt8(ascii: "#") else { continue }
        guard let start = nameStart(text, line) else { throw broken }
        // Which of two keys is meant would be a guess.
        guard key == nil else { throw .keyMalformed(wanted: wanted, found: .manySSH) }
        key = start..<line.upperBound
      }
      guard let key, let decoded = lineBody(text, key) else { throw broken }
      blob = decoded
    }
    return try blob.withBytes { blob throws(JWTError) -> KeyHandle in
      var reader = SSHReader(0..<blob.count)
      guard let name = reader.string(blob) else { throw broken }
      let type = blob.ascii(name)
      guard let key = publicKey(blob) else {
        throw isSupported(type) ? broken : .keyUnsupported(.otherAlgorithm)
      }
      return try KeyHandle(key)
    }
  }

  /// Whether Jot has this type of key.
  static func isSupported(_ type: String) -> Bool {
    ["ssh-rsa", "ssh-ed25519"].contains(type) || KeyType(sshName: type) != nil
  }

  /// Makes a key from its SSH bytes; nil if they are wrong.
  static func publicKey(_ blob: Span<UInt8>) -> UncheckedKey? {
    var fields = SSHReader(0..<blob.count)
    guard let name = fields.string(blob) else { return nil }
    let type = blob.ascii(name)
    switch type {
    case "ssh-rsa":
      guard let e = fields.integer(blob), let n = fields.integer(blob), fields.isAtEnd else {
        return nil
      }
      var numbers = KeyNumbers()
      numbers.add("n", blob.extracting(n))
      numbers.add("e", blob.extracting(e))
      return UncheckedKey(numbers)
    case "ssh-ed25519":
      guard let x = fields.string(blob), fields.isAtEnd else { return nil }
      return UncheckedKey(.ed25519, publicBytes: blob.extracting(x))
    default:
      guard let curve = KeyType(sshName: type), let group = curve.group,
        let name = fields.string(blob), name.count == 8, type.hasSuffix(blob.ascii(name)),
        let point = fields.string(blob), fields.isAtEnd
      else { return nil }
      var numbers = KeyNumbers(group: group)
      numbers.add("pub", octets: blob.extracting(point))
      return UncheckedKey(numbers)
    }
  }

  /// The offset of the key's name in a line. Options may precede it. Nil if the line has no key.
  private static func nameStart(_ text: Span<UInt8>, _ line: Range<Int>) -> Int? {
    var start = line.lowerBound
    while start < line.upperBound {
      // The end of the word; quotes protect spaces.
      var (end, isQuoted) = (start, false)
      while end < line.upperBound, isQuoted || !text[end].isBlank {
        if text[end] == UInt8(ascii: "\\"), isQuoted, end + 1 < line.upperBound { end += 1 }
        if text[end] == UInt8(ascii: "\"") { isQuoted.toggle() }
        end += 1
      }
      var next = min(end, line.upperBound)
      while next < line.upperBound, text[next].isBlank { next += 1 }
      // The base64 of each key begins with the length of its name, whose first three bytes are 0.
      if names.contains(where: { text.has($0, at: start) }), next > end,
        start == line.lowerBound || text.has("AAAA", at: next)
      {
        return start
      }
      start = next
    }
    return nil
  }

  /// The bytes of a line's key, whose name they repeat.
  private static func lineBody(_ text: Span<UInt8>, _ line: Range<Int>) -> Secret? {
    guard let nameEnd = line.first(where: { text[$0].isBlank }) else { return nil }
    guard let start = (nameEnd..<line.upperBound).first(where: { !text[$0].isBlank }) else {
      return nil
    }
    let end = (start..<line.upperBound).first { text[$0].isBlank } ?? line.upperBound
    guard let blob = PEMBlock.decodedBase64(text, start..<end) else { return nil }
    let isSame = blob.withBytes { blob in
      var reader = SSHReader(0..<blob.count)
      guard let name = reader.string(blob) else { return false }
      return text.extracting(line.lowerBound..<nameEnd).equals(blob.extracting(name))
    }
    if isSame { return blob }
    return nil
  }

  /// The bytes of the key between RFC 4716's markers, behind its headers.
  private static func rfc4716(_ text: Span<UInt8>) -> Secret? {
    guard let begin = text.firstIndex(of: Array("---- BEGIN SSH2 PUBLIC KEY ----".utf8)),
      let end = text.firstIndex(of: Array("---- END SSH2 PUBLIC KEY ----".utf8), from: begin),
      text.firstIndex(of: Array(marker.utf8), from: begin + 1) == nil
    else { return nil }
    var lines = Lines(text.extracting(first: end), from: begin)
    guard let first = lines.next(text) else { return nil }
    var start = first.upperBound
    var isHeader = false
    while let line = lines.next(text) {
      // A header has a colon; a backslash at its end continues it.
      guard isHeader || text.extracting(line).contains(":") else { break }
      isHeader = text[line.upperBound - 1] == UInt8(ascii: "\\")
      start = line.upperBound
    }
    return PEMBlock.decodedBase64(text, start..<end)
  }

  /// The lines of a text that are not blank, without white space around them.
  private struct Lines {
    private var rest: Range<Int>

    init(_ text: Span<UInt8>, from start: Int = 0) {
      // A byte order mark may precede the first line.
      rest = max(start, text.trimmed.lowerBound)..<max(start, text.count)
    }

    mutating func next(_ text: Span<UInt8>) -> Range<Int>? {
      while let start = rest.first(where: { !text[$0].isBlank && !text[$0].isLineEnd }) {
        let end =
          (start..<rest.upperBound).first { text[$0].isLineEnd }
          ?? rest.upperBound
        rest = end..<rest.upperBound
        let last = (start..<end).last { !text[$0].isBlank } ?? start
        return start..<last + 1
      }
      return nil
    }
  }
}

extension KeyType {
  /// The curve of an ECDSA key by its name (RFC 5656 §6.2.1, §10.1); nil for other names.
  init?(sshName name: String) {
    switch name {
    case "ecdsa-sha2-nistp256": self = .p256
    case "ecdsa-sha2-nistp384": self = .p384
    case "ecdsa-sha2-nistp521": self = .p521
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
  func contains(_ text: String) -> Bool { firstIndex(of: Array(text.utf8)) != nil }

  /// Whether both have the same bytes.
  func equals(_ other: Span<UInt8>) -> Bool {
    count == other.count && equals(other, in: 0..<count)
  }

  /// The bytes in `range` as text.
  func ascii(_ range: Range<Int>) -> String {
    String(decoding: range.map { self[$0] }, as: UTF8.self)
  }
}

extension UInt8 {
  /// Whether it separates the words of a line. No other control character does: a secret is screened
  /// without its NULs.
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
  fileprivate var isLineEnd: Bool { self == 0x0a || self == 0x0d }
}
