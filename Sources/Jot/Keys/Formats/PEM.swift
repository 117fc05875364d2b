// PEM (RFC 7468) to DER, and what must never be taken for a secret.
// Before it: text from a file. After it: ReadKey, or HMAC's key.

/// A PEM text's one block.
struct PEMBlock: ~Copyable {
  let label: String
  /// The block's DER; where it can't be had without a passphrase, the block's text.
  let content: Secret

  /// Bytes that the text of a key may have: an 8192-bit private key has 7 KiB.
  static let limit = 65536

  /// The label of a private key's block that RFC 1421's headers encrypt.
  static let encryptedByHeaders = "ENCRYPTED"

  /// Reads the one block in `text`.
  ///
  /// Tolerates what PyJWT does: text before the block, CRLF, indented lines, a body on one line. The
  /// block of parameters that `openssl ecparam` writes before a key is passed over.
  ///
  /// - Parameter wanted: What the caller hopes for, for the error.
  static func read(
    _ text: borrowing Secret, wanted: JWTError.KeyText
  ) throws(JWTError) -> PEMBlock {
    guard text.count <= Self.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    let (begin, end) = (Array("-----BEGIN ".utf8), Array("-----END ".utf8))
    return try text.withBytes { bytes throws(JWTError) -> PEMBlock in
      guard let start = bytes.firstIndex(of: begin, from: 0) else {
        throw .keyMalformed(wanted: wanted, found: .unknown)
      }
      let parameters = Array("-----END EC PARAMETERS-----".utf8)
      let body =
        bytes.firstIndex(of: parameters, from: start).map { $0 + parameters.count } ?? start
      guard let start = bytes.firstIndex(of: begin, from: body) else {
        throw .keyMalformed(wanted: wanted, found: .otherPEM)
      }
      let broken = JWTError.keyMalformed(wanted: wanted, found: .brokenPEM)
      let dashes = Array("-----".utf8)
      let labelStart = start + begin.count
      guard let labelEnd = bytes.firstIndex(of: dashes, from: labelStart),
        let bodyEnd = bytes.firstIndex(of: end, from: labelEnd + 5)
      else { throw broken }
      let label = (labelStart..<labelEnd).map { bytes[$0] }
      let closing = end + label + dashes
      let name = String(decoding: label, as: UTF8.self)
      guard bodyEnd + closing.count <= bytes.count,
        bytes.equals(closing.span, in: bodyEnd..<bodyEnd + closing.count)
      else { throw broken }
      guard bytes.firstIndex(of: begin, from: labelEnd) == nil else {
        throw .keyMalformed(wanted: wanted, found: .manyPEM)
      }
      guard let der = decodedBase64(bytes, labelEnd + 5..<bodyEnd) else {
        // RFC 1421's headers stand where an old-style PEM is encrypted. OpenSSL, which reads them, is
        // given this block alone, and none that could hold what is encrypted once more, at any cost.
        let encrypted = Array("ENCRYPTED".utf8)
        if let place = bytes.firstIndex(of: encrypted, from: labelEnd), place < bodyEnd,
          name == "RSA PRIVATE KEY" || name == "EC PRIVATE KEY"
        {
          let text = bytes.extracting(start..<bodyEnd + closing.count)
          return PEMBlock(label: Self.encryptedByHeaders, content: Secret(copying: text))
        }
        throw broken
      }
      return PEMBlock(label: name, content: der)
    }
  }

  /// Decodes the standard base64 in `bytes[range]`, white space aside; nil if it is not.
  static func decodedBase64(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Secret? {
    var text = [UInt8]()
    text.reserveCapacity(range.count)
    defer { wipe(&text) }
    for offset in range {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
      case UInt8(ascii: "+"): text.append(UInt8(ascii: "-"))
      case UInt8(ascii: "/"): text.append(UInt8(ascii: "_"))
      case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
      case let byte: text.append(byte)
      }
    }
    guard text.count % 4 == 0 else { return nil }
    for _ in 0..<2 where text.last == UInt8(ascii: "=") { text.removeLast() }
    guard let length = Base64URL.decodedLength(of: text.count) else { return nil }
    var der = [UInt8](repeating: 0, count: length)
    defer { wipe(&der) }
    var room = der.mutableSpan
    guard (try? Base64URL.decode(text.span, in: 0..<text.count, into: &room)) != nil else {
      return nil
    }
    return Secret(copying: der.span)
  }
}

extension JWTError.KeyText {
  /// Returns the kind of key that `bytes` are the text of, or nil where nothing says so.
  ///
  /// An attacker who knows a public key must not be able to make MACs with it, so a secret may hold
  /// no PEM marker anywhere, may not begin like an SSH key or be DER of a key or a certificate, or be
  /// JSON that speaks of a `kty`; in UTF-8, UTF-16 or UTF-32, as it stands, in base64 or in hex. The
  /// ways to write a key have no end; these are the ones that keys are published in.
  static func recognize(_ bytes: Span<UInt8>) -> Self? {
    var letters = bytes.letters
    defer { wipe(&letters) }
    if let text = recognize(bytes, letters.span) { return text }
    for decode in [PEMBlock.decodedBase64, hexDecoded] {
      if let inner = decode(letters.span, 0..<letters.count) {
        let text = inner.withBytes { bytes in
          var letters = bytes.letters
          defer { wipe(&letters) }
          return recognize(bytes, letters.span)
        }
        if let text { return text }
      }
    }
    return nil
  }

  /// - Parameter bytes: Those of `whole`, without NULs.
  private static func recognize(_ whole: Span<UInt8>, _ bytes: Span<UInt8>) -> Self? {
    for marker in ["-----BEGIN ", "---- BEGIN "] {
      if bytes.firstIndex(of: Array(marker.utf8)) != nil { return .pem }
    }
    // What may stand before a key without changing what it is: spaces, a byte order mark, NULs.
    var start = 0
    while start < bytes.count, bytes[start] <= 0x20 || bytes[start] >= 0x80 { start += 1 }
    for prefix in ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"] {
      let prefix = Array(prefix.utf8)
      if start + prefix.count <= bytes.count,
        bytes.equals(prefix.span, in: start..<start + prefix.count)
      {
        return .ssh
      }
    }
    if start < bytes.count, "{[\"".utf8.contains(bytes[start]), speaksOfKeyType(bytes, from: start)
    {
      return .jwk
    }
    return DERFormat.isKey(whole) ? .der : nil
  }

  /// Decodes the hexadecimal digits in `text[range]`; nil if there is anything else.
  private static func hexDecoded(_ text: Span<UInt8>, _ range: Range<Int>) -> Secret? {
    guard range.count % 2 == 0 else { return nil }
    var bytes = [UInt8]()
    bytes.reserveCapacity(range.count / 2)
    defer { wipe(&bytes) }
    for at in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      guard let byte = hexByte(text, at) else { return nil }
      bytes.append(byte)
    }
    return Secret(copying: bytes.span)
  }

  /// The byte that the two hexadecimal digits at `at` stand for; nil where they are none.
  private static func hexByte(_ text: Span<UInt8>, _ at: Int) -> UInt8? {
    guard let high = Character(Unicode.Scalar(text[at])).hexDigitValue,
      let low = Character(Unicode.Scalar(text[at + 1])).hexDigitValue
    else { return nil }
    return UInt8(high << 4 | low)
  }

  /// Returns whether JSON from `start` on has a string `kty`, however it is escaped.
  private static func speaksOfKeyType(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    var letters = [UInt8]()
    letters.reserveCapacity(bytes.count)
    var at = start
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\\"), at + 5 < bytes.count, bytes[at + 1] == UInt8(ascii: "u"),
        let high = hexByte(bytes, at + 2), high == 0, let unit = hexByte(bytes, at + 4)
      {
        letters.append(unit)
        at += 6
        continue
      }
      // Quotes of a string within a string are escaped once more.
      if bytes[at] != UInt8(ascii: "\\") { letters.append(bytes[at]) }
      at += 1
    }
    defer { wipe(&letters) }
    return letters.span.firstIndex(of: Array("\"kty\"".utf8)) != nil
  }
}

extension Span where Element == UInt8 {
  /// The bytes without NULs: so UTF-16 and UTF-32 read like ASCII.
  fileprivate var letters: [UInt8] {
    var letters = [UInt8]()
    letters.reserveCapacity(count)
    for index in 0..<count where self[index] != 0 { letters.append(self[index]) }
    return letters
  }

  /// Returns the first offset of `needle` at or after `start`, or nil.
  fileprivate func firstIndex(of needle: [UInt8], from start: Int = 0) -> Int? {
    var at = start
    while at + needle.count <= count, let hit = firstIndex(of: needle[0], from: at) {
      if hit + needle.count > count { return nil }
      if equals(needle.span, in: hit..<hit + needle.count) { return hit }
      at = hit + 1
    }
    return nil
  }
}
