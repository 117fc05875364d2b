// Recognises texts that must not be used as a secret: the text of a key, which may be public.

extension JWTError.KeyText {
  /// Returns the kind of key that `bytes` are the text of, or nil if they are not recognised.
  ///
  /// An attacker who knows a public key must not be able to make MACs with it. So a secret must not
  /// contain a PEM marker, begin like an SSH key, be DER of a key or a certificate, or be JSON with
  /// a `kty` or with a key in a member; nor a key in a format that Jot only recognises, nor a token;
  /// whatever is wrapped around it that the loaders of keys remove (`KeyLayer`). The list of key formats can't be complete; these are the formats in which keys are
  /// published.
  package static func recognize(_ bytes: Span<UInt8>) -> Self? {
    recognize(bytes, layers: WrappedKey.layerLimit)
  }

  private static func recognize(_ bytes: Span<UInt8>, layers: Int) -> Self? {
    var letters = bytes.letters
    defer { wipe(&letters) }
    if let text = recognize(bytes, letters.span) { return text }
    guard layers > 0, bytes.count <= JWKSet.limit else { return nil }
    if let text = inner(bytes, layers) { return text }
    return letters.count == bytes.count ? nil : inner(letters.span, layers)
  }

  /// What is inside the outermost layer.
  private static func inner(_ bytes: Span<UInt8>, _ layers: Int) -> Self? {
    guard let layer = KeyLayer(of: bytes) else { return nil }
    return layer.inner.withBytes { recognize($0, layers: layers - 1) }
  }

  /// - Parameter bytes: `whole` without NULs.
  private static func recognize(_ whole: Span<UInt8>, _ bytes: Span<UInt8>) -> Self? {
    for marker in ["-----BEGIN ", "---- BEGIN "] {
      if bytes.firstIndex(of: Array(marker.utf8)) != nil { return .pem }
    }
    if OpenSSHKey.isKey(bytes) || OpenSSHKey.isKey(whole) { return .ssh }
    // Skip what may precede a key without changing it: spaces, a byte order mark, NULs.
    let start = bytes.trimmed.lowerBound
    if start < bytes.count, "{[\"".utf8.contains(bytes[start]) {
      if speaksOfKeyType(bytes, from: start) { return .jwk }
      if let object = KeyObject.read(bytes), !object.keys.isEmpty { return .keyMap }
    }
    return DERFormat.isKey(whole) ? .der : Self(foreign: whole) ?? Self(foreign: bytes)
  }

  /// The byte of the two hexadecimal digits at `offset`; nil if they are not digits.
  private static func hexByte(_ text: Span<UInt8>, _ offset: Int) -> UInt8? {
    guard let high = Character(Unicode.Scalar(text[offset])).hexDigitValue,
      let low = Character(Unicode.Scalar(text[offset + 1])).hexDigitValue
    else { return nil }
    return UInt8(high << 4 | low)
  }

  /// Returns whether JSON from `start` on has a string `kty`, in any escaping.
  private static func speaksOfKeyType(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    var letters = [UInt8]()
    letters.reserveCapacity(bytes.count)
    var offset = start
    while offset < bytes.count {
      if bytes[offset] == UInt8(ascii: "\\"), offset + 5 < bytes.count,
        bytes[offset + 1] == UInt8(ascii: "u"),
        let high = hexByte(bytes, offset + 2), high == 0, let unit = hexByte(bytes, offset + 4)
      {
        letters.append(unit)
        offset += 6
        continue
      }
      // Quotes of a string within a string are escaped twice.
      if bytes[offset] != UInt8(ascii: "\\") { letters.append(bytes[offset]) }
      offset += 1
    }
    defer { wipe(&letters) }
    return letters.span.firstIndex(of: Array("\"kty\"".utf8)) != nil
  }
}

extension Span where Element == UInt8 {
  /// The bytes without NULs, so UTF-16 and UTF-32 read like ASCII.
  fileprivate var letters: [UInt8] {
    var letters = [UInt8]()
    letters.reserveCapacity(count)
    for index in 0..<count where self[index] != 0 { letters.append(self[index]) }
    return letters
  }
}
