// Private keys in DER: PKCS#8 (RFC 5208, RFC 8410), PKCS#1 (RFC 8017 A.1.2), SEC 1 (RFC 5915). Jot
// reads them itself, because OpenSSL 3.0's decoders leave private numbers in freed memory and take
// tens of milliseconds. Unusual forms are left to OpenSSL.

/// The ranges of a private key's parts.
enum PrivateKeyDER {
  /// n, e, d, p, q, dp, dq and qi.
  case rsa([Range<Int>], PSSParameters?)
  /// The private number, and the uncompressed point.
  case curve(KeyType, number: Range<Int>, point: Range<Int>)
  /// The seed, and the public half if it is written beside it.
  case edwards(KeyType, Range<Int>, publicKey: Range<Int>?)

  /// Finds the parts; nil if one is absent or has another form.
  init?(_ bytes: Span<UInt8>, _ format: DERFormat) {
    let whole = 0..<bytes.count
    let found: Self? =
      switch format {
      case .privateKeyInfo: Self.privateKeyInfo(bytes)
      case .rsaPrivateKey: Self.rsaPrivateKey(bytes, whole, nil)
      case .ecPrivateKey: Self.ecPrivateKey(bytes, whole, nil)
      case .subjectPublicKeyInfo, .rsaPublicKey, .certificate: nil
      }
    guard let found else { return nil }
    self = found
  }

  private static func privateKeyInfo(_ bytes: Span<UInt8>) -> Self? {
    var reader = DERReader(0..<bytes.count)
    guard var sequence = reader.enter(bytes, 0x30), reader.isAtEnd,
      sequence.next(bytes, 0x02) != nil, var algorithm = sequence.enter(bytes, 0x30)
    else { return nil }
    let pss = PSSParameters(bytes, algorithm.rest)
    guard let name = algorithm.next(bytes, 0x06), let key = sequence.next(bytes, 0x04) else {
      return nil
    }
    // Only attributes and the public key may follow the key (RFC 5958 §2).
    _ = sequence.next(bytes, 0xa0)
    var bits = sequence.next(bytes, 0x81)
    // As ring wrote it: a tag around a bit string, instead of in its place.
    if bits == nil, var wrapper = sequence.enter(bytes, 0xa1) {
      bits = wrapper.next(bytes, 0x03)
      guard bits != nil, wrapper.isAtEnd else { return nil }
    }
    guard sequence.isAtEnd else { return nil }
    if pss != nil || bytes.has(Self.rsaEncryption, in: name) {
      return rsaPrivateKey(bytes, key, pss)
    }
    if bytes.has(Self.ecPublicKey, in: name) {
      return curve(bytes, algorithm.rest).flatMap { ecPrivateKey(bytes, key, $0) }
    }
    for type in [KeyType.ed25519, .ed448] where bytes.has(type.objectIdentifier!, in: name) {
      var inner = DERReader(key)
      guard let seed = inner.next(bytes, 0x04), inner.isAtEnd, seed.count == type.width else {
        return nil
      }
      // A bit string's first byte counts the unused bits.
      return .edwards(type, seed, publicKey: bits.map { $0.dropFirst() })
    }
    return nil
  }

  private static func rsaPrivateKey(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ pss: PSSParameters?
  ) -> Self? {
    var reader = DERReader(range)
    guard var sequence = reader.enter(bytes, 0x30), reader.isAtEnd,
      let version = sequence.next(bytes, 0x02), version.count == 1, bytes[version.lowerBound] == 0
    else { return nil }
    var numbers: [Range<Int>] = []
    while let number = sequence.next(bytes, 0x02) {
      // A number with its highest bit set would be negative.
      guard let first = number.first, bytes[first] < 0x80 else { return nil }
      numbers.append(number)
    }
    return sequence.isAtEnd && numbers.count == 8 ? .rsa(numbers, pss) : nil
  }

  /// - Parameter outer: The curve that PKCS#8 names outside the key.
  private static func ecPrivateKey(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ outer: KeyType?
  ) -> Self? {
    var reader = DERReader(range)
    guard var sequence = reader.enter(bytes, 0x30), reader.isAtEnd,
      let version = sequence.next(bytes, 0x02), version.count == 1, bytes[version.lowerBound] == 1,
      let number = sequence.next(bytes, 0x04)
    else { return nil }
    var type = outer
    if let parameters = sequence.next(bytes, 0xa0) {
      type = curve(bytes, parameters)
      guard outer == nil || outer == type else { return nil }
    }
    guard let type, let wrapper = sequence.next(bytes, 0xa1), sequence.isAtEnd else { return nil }
    var inner = DERReader(wrapper)
    // A bit string's first byte counts the unused bits: it must be 0.
    guard let bits = inner.next(bytes, 0x03), inner.isAtEnd, bits.count == 2 + 2 * type.width,
      bytes[bits.lowerBound] == 0, bytes[bits.lowerBound + 1] == 4, number.count == type.width
    else { return nil }
    return .curve(type, number: number, point: bits.lowerBound + 1..<bits.upperBound)
  }

  /// The curve with the object identifier in `range` (RFC 5480 §2.1.1.1).
  private static func curve(_ bytes: Span<UInt8>, _ range: Range<Int>) -> KeyType? {
    var reader = DERReader(range)
    guard let name = reader.next(bytes, 0x06), reader.isAtEnd else { return nil }
    return [KeyType.p256, .p384, .p521, .secp256k1].first {
      bytes.has($0.objectIdentifier!, in: name)
    }
  }

  /// The object identifiers of the algorithms (RFC 8017 A.1, RFC 5480 §2.1.1).
  static let rsaEncryption: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]
  static let ecPublicKey: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]
}

extension KeyType {
  /// The object identifier of a curve (RFC 5480 §2.1.1.1, RFC 8410 §3); nil for other types.
  var objectIdentifier: [UInt8]? {
    switch self {
    case .p256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]
    case .p384: [0x2b, 0x81, 4, 0, 0x22]
    case .p521: [0x2b, 0x81, 4, 0, 0x23]
    case .secp256k1: [0x2b, 0x81, 4, 0, 0x0a]
    case .ed25519: [0x2b, 0x65, 0x70]
    case .ed448: [0x2b, 0x65, 0x71]
    case .secret, .rsa: nil
    }
  }
}
