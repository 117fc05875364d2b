// PEM (RFC 7468) to DER.

/// The single block of a PEM text.
struct PEMBlock: ~Copyable {
  let label: String
  /// The block's DER; if that needs a passphrase, the block's text.
  let content: Secret

  /// The most bytes in a key's text: an 8192-bit private key has 7 KiB.
  static let limit = 65536

  /// The label used for a private key that is encrypted by RFC 1421's headers.
  static let encryptedByHeaders = "ENCRYPTED"

  /// Reads the single block in `text`.
  ///
  /// Tolerates what PyJWT does: text before the block, CRLF, indented lines, a body on one line.
  /// Skips the block of parameters that `openssl ecparam` writes before a key.
  ///
  /// - Parameter wanted: What the caller expects, for the error.
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
        // An encrypted old-style PEM has RFC 1421's headers. OpenSSL reads those; it gets only this
        // block, and only if its content can't be encrypted a second time, at any cost.
        let encrypted = Array("ENCRYPTED".utf8)
        if let hit = bytes.firstIndex(of: encrypted, from: labelEnd), hit < bodyEnd,
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

  /// Decodes the standard base64 in `bytes[range]`, ignoring whitespace; nil if it is invalid.
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
    var span = der.mutableSpan
    guard (try? Base64URL.decode(text.span, in: 0..<text.count, into: &span)) != nil else {
      return nil
    }
    return Secret(copying: der.span)
  }
}

extension Span where Element == UInt8 {
  /// Returns the first offset of `needle` at or after `start`, or nil.
  func firstIndex(of needle: [UInt8], from start: Int = 0) -> Int? {
    var offset = start
    while offset + needle.count <= count, let hit = firstIndex(of: needle[0], from: offset) {
      if hit + needle.count > count { return nil }
      if equals(needle.span, in: hit..<hit + needle.count) { return hit }
      offset = hit + 1
    }
    return nil
  }
}
