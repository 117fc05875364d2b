// Private keys to DER: PKCS#8 (RFC 5208) with PKCS#1, SEC 1 (RFC 5915) or RFC 8410 inside. Jot writes
// them itself, because OpenSSL 3.0's encoder leaves private numbers in freed memory.

/// Writes DER values from the last to the first: when a header is written, its value's length is
/// known. The buffer is wiped when it is released.
struct DERWriter {
  private let buffer: ZeroizedBuffer
  private(set) var start: Int

  /// - Parameter capacity: At least the bytes that will be written.
  init(capacity: Int) {
    buffer = ZeroizedBuffer(count: capacity)
    start = capacity
  }

  /// The bytes written so far.
  var content: Secret {
    buffer.withSpan { bytes in Secret(copying: bytes.span.extracting(start..<bytes.count)) }
  }

  /// Writes `bytes` before what is there.
  mutating func prepend(_ bytes: Span<UInt8>) {
    start -= bytes.count
    buffer.withSpan { target in
      for index in 0..<bytes.count { target[start + index] = bytes[index] }
    }
  }

  mutating func prepend(_ bytes: [UInt8]) { prepend(bytes.span) }

  /// Writes the header of a value whose content ends at `end`.
  mutating func wrap(_ tag: UInt8, until end: Int) {
    let length = end - start
    if length < 0x80 {
      prepend([tag, UInt8(length)])
    } else if length < 0x100 {
      prepend([tag, 0x81, UInt8(length)])
    } else {
      prepend([tag, 0x82, UInt8(length >> 8), UInt8(length & 0xff)])
    }
  }

  /// Writes an integer ≥ 0, given by its big-endian bytes.
  mutating func integer(_ bytes: Span<UInt8>) {
    let end = start
    prepend(bytes)
    // The highest bit would make it negative.
    if bytes.count == 0 || bytes[0] >= 0x80 { prepend([0]) }
    wrap(0x02, until: end)
  }
}

extension KeyHandle {
  /// The private key in PKCS#8; nil if OpenSSL fails, or for an RSA key without its primes.
  var pkcs8: Secret? {
    guard let numbers = privateMembers, let publicNumbers = publicMembers else { return nil }
    let length =
      numbers.reduce(pss?.identifier.count ?? 0) { $0 + $1.bytes.count + 8 }
      + publicNumbers.reduce(0) { $0 + $1.bytes.count + 8 }
    var writer = DERWriter(capacity: length + 128)
    let end = writer.start
    let algorithm: [UInt8]
    switch type {
    case .secret: return nil
    case .rsa:
      for number in numbers.reversed() { number.bytes.withSpan { writer.integer($0.span) } }
      for number in publicNumbers.reversed() { writer.integer(number.bytes.span) }
      writer.integer([0].span)
      writer.wrap(0x30, until: end)
      algorithm = pss?.identifier ?? [0x06, 9] + PrivateKeyDER.rsaEncryption + [0x05, 0]
    case .p256, .p384, .p521, .secp256k1:
      guard let curve = type.objectIdentifier else { return nil }
      for coordinate in publicNumbers.reversed() { writer.prepend(coordinate.bytes) }
      // A bit string without unused bits, of an uncompressed point.
      writer.prepend([0, 4])
      writer.wrap(0x03, until: end)
      writer.wrap(0xa1, until: end)
      let numberEnd = writer.start
      numbers[0].bytes.withSpan { writer.prepend($0.span) }
      writer.wrap(0x04, until: numberEnd)
      writer.integer([1].span)
      writer.wrap(0x30, until: end)
      algorithm =
        [0x06, 7] + PrivateKeyDER.ecPublicKey + [0x06, UInt8(curve.count)] + curve
    case .ed25519, .ed448:
      guard let curve = type.objectIdentifier else { return nil }
      numbers[0].bytes.withSpan { writer.prepend($0.span) }
      writer.wrap(0x04, until: end)
      algorithm = [0x06, UInt8(curve.count)] + curve
    }
    writer.wrap(0x04, until: end)
    let algorithmEnd = writer.start
    writer.prepend(algorithm)
    writer.wrap(0x30, until: algorithmEnd)
    writer.integer([0].span)
    writer.wrap(0x30, until: end)
    return writer.content
  }

  /// The public key in SubjectPublicKeyInfo (RFC 5280 §4.1) with the parameters of RSA-PSS.
  func publicKeyInfo(_ parameters: PSSParameters) -> Secret? {
    guard let numbers = publicMembers else { return nil }
    var writer = DERWriter(
      capacity: numbers.reduce(128 + parameters.identifier.count) { $0 + $1.bytes.count })
    let end = writer.start
    for number in numbers.reversed() { writer.integer(number.bytes.span) }
    writer.wrap(0x30, until: end)
    writer.prepend([0])
    writer.wrap(0x03, until: end)
    let algorithmEnd = writer.start
    writer.prepend(parameters.identifier)
    writer.wrap(0x30, until: algorithmEnd)
    writer.wrap(0x30, until: end)
    return writer.content
  }
}
