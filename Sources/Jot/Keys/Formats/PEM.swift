// PEM (RFC 7468) to DER.

/// The one block of a PEM text that a caller wants.
struct PEMBlock: ~Copyable {
  let kind: JWTError.PEMKind
  /// Whether RFC 1421's headers encrypt it, as in old OpenSSL's files.
  let hasHeaders: Bool
  /// The block's DER; with headers, the block's text.
  let content: Secret

  /// The most bytes in a key's text: an 8192-bit private key has 7 KiB.
  static let limit = 65536

  /// Where a block is in the text.
  private struct Place {
    let kind: JWTError.PEMKind
    let label: String
    /// Whether RFC 1421's headers encrypt it.
    let hasHeaders: Bool
    let body: Range<Int>
    let whole: Range<Int>
  }

  /// Reads the block that is wanted: for a public key the only one, else the first certificate, as
  /// the first of a chain is its owner's; for a private key the only one.
  ///
  /// Tolerates what PyJWT does: text around blocks, CRLF, indented lines, a body on one line; line
  /// ends written as `\n`, as in environment files; `openssl ecparam`'s block of parameters.
  ///
  /// - Parameter wanted: What the caller expects.
  static func read(
    _ text: borrowing Secret, wanted: JWTError.KeyText
  ) throws(JWTError) -> PEMBlock {
    try text.withBytes { bytes throws(JWTError) -> PEMBlock in
      guard let places = places(bytes) else {
        throw .keyMalformed(wanted: wanted, found: .openPEM)
      }
      let place = try chosen(places, wanted)
      // OpenSSL reads RFC 1421's headers; it gets only this block, and only if its content can't be
      // encrypted a second time, at any cost.
      if place.hasHeaders {
        return PEMBlock(
          kind: place.kind, hasHeaders: true,
          content: Secret(copying: bytes.extracting(place.whole)))
      }
      guard let der = decodedBase64(bytes, place.body) else {
        throw .keyMalformed(wanted: wanted, found: .brokenPEM)
      }
      return PEMBlock(kind: place.kind, hasHeaders: false, content: der)
    }
  }

  /// Chooses the block for `wanted`; if none or several fit, the error names the blocks.
  private static func chosen(
    _ places: [Place], _ wanted: JWTError.KeyText
  ) throws(JWTError) -> Place {
    let wantsPrivate = wanted == .privateKey
    let keys = places.filter { wantsPrivate ? $0.kind.isPrivate : $0.kind == .publicKey }
    if keys.count == 1 {
      // A public key beside a certificate may be another one.
      if wantsPrivate || !places.contains(where: { $0.kind == .certificate }) { return keys[0] }
    } else if keys.isEmpty, !wantsPrivate,
      let certificate = places.first(where: { $0.kind == .certificate })
    {
      return certificate
    }
    let others = places.filter { $0.kind != .parameters }
    guard others.count > 1 else {
      let place = others.first ?? places.first
      throw .keyMalformed(
        wanted: wanted, found: place.map { $0.kind.text(label: $0.label) } ?? .otherPEM)
    }
    throw .keyMalformed(wanted: wanted, JWTError.PEMKinds(others.map(\.kind)))
  }

  /// The places of all blocks; nil if one is not closed.
  private static func places(_ bytes: Span<UInt8>) -> [Place]? {
    let (begin, end, dashes) = (
      Array("-----BEGIN ".utf8), Array("-----END ".utf8), Array("-----".utf8)
    )
    var places: [Place] = []
    var offset = 0
    while let start = bytes.firstIndex(of: begin, from: offset) {
      let labelStart = start + begin.count
      guard let labelEnd = bytes.firstIndex(of: dashes, from: labelStart),
        let bodyEnd = bytes.firstIndex(of: end, from: labelEnd + 5)
      else { return nil }
      let label = (labelStart..<labelEnd).map { bytes[$0] }
      let closing = end + label + dashes
      offset = bodyEnd + closing.count
      guard offset <= bytes.count, bytes.equals(closing.span, in: bodyEnd..<offset),
        // No block hides in another.
        bytes.firstIndex(of: dashes, from: labelEnd + 5) == bodyEnd
      else { return nil }
      let (name, body) = (String(decoding: label, as: UTF8.self), labelEnd + 5..<bodyEnd)
      let kind = JWTError.PEMKind(label: name)
      let hasHeaders =
        kind == .privateKey && bytes.extracting(body).contains("Proc-Type:")
      places.append(
        Place(
          kind: hasHeaders ? .encryptedPrivateKey : kind, label: name, hasHeaders: hasHeaders,
          body: body, whole: start..<offset))
    }
    return places
  }

  /// Decodes the base64 in `bytes[range]`; nil if it is invalid.
  ///
  /// Both alphabets, padded or not. Ignores white space, and line ends written as `\n`.
  static func decodedBase64(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Secret? {
    var text = [UInt8]()
    text.reserveCapacity(range.count)
    defer { wipe(&text) }
    var offset = range.lowerBound
    while offset < range.upperBound {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): break
      case UInt8(ascii: "+"): text.append(UInt8(ascii: "-"))
      case UInt8(ascii: "/"): text.append(UInt8(ascii: "_"))
      case UInt8(ascii: "\\"):
        // Escaped once or more often: \n, \\n, and \/ as some writers of JSON do.
        while offset + 1 < range.upperBound, bytes[offset + 1] == UInt8(ascii: "\\") { offset += 1 }
        guard offset + 1 < range.upperBound else { return nil }
        switch bytes[offset + 1] {
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): offset += 1
        case UInt8(ascii: "/"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
        default: return nil
        }
      case let byte: text.append(byte)
      }
      offset += 1
    }
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
