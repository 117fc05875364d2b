// Reads the parameters of an RSA-PSS key (RFC 4055 §3.1): OID id-RSASSA-PSS.

extension PSSParameters {
  /// The object identifier id-RSASSA-PSS.
  private static let objectIdentifier: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]

  /// Reads the content of an AlgorithmIdentifier; nil unless it is id-RSASSA-PSS.
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    var reader = DERReader(range)
    guard let name = reader.next(bytes, 0x06), bytes.has(Self.objectIdentifier, in: name) else {
      return nil
    }
    self.init(
      identifier: range.map { bytes[$0] },
      algorithms: reader.isAtEnd
        ? [.ps256, .ps384, .ps512]
        : Self.algorithm(bytes, &reader).map { [$0] } ?? [])
  }

  /// The range of the RSAPublicKey and the parameters in a SubjectPublicKeyInfo of an RSA-PSS key; nil
  /// for another key.
  static func publicKey(_ bytes: Span<UInt8>) -> (parameters: PSSParameters, key: Range<Int>)? {
    var reader = DERReader(0..<bytes.count)
    guard var sequence = reader.enter(bytes, 0x30), reader.isAtEnd,
      let algorithm = sequence.next(bytes, 0x30), let bits = sequence.next(bytes, 0x03),
      sequence.isAtEnd, let parameters = PSSParameters(bytes, algorithm),
      // A bit string's first byte counts the unused bits: it must be 0.
      let unused = bits.first, bytes[unused] == 0
    else { return nil }
    return (parameters, bits.dropFirst())
  }

  /// The algorithm that RSASSA-PSS-params allow. JWS has the same hash for MGF1, and a salt as long as
  /// the hash (RFC 7518 §3.5); the parameters' length is the least.
  private static func algorithm(_ bytes: Span<UInt8>, _ reader: inout DERReader) -> Algorithm? {
    guard var parameters = reader.enter(bytes, 0x30), reader.isAtEnd,
      var hashField = parameters.enter(bytes, 0xa0),
      let hash = hash(bytes, &hashField), hashField.isAtEnd,
      var maskField = parameters.enter(bytes, 0xa1),
      var mask = maskField.enter(bytes, 0x30), maskField.isAtEnd,
      let name = mask.next(bytes, 0x06), bytes.has(mgf1, in: name),
      let maskHash = self.hash(bytes, &mask), mask.isAtEnd, maskHash == hash
    else { return nil }
    var salt = 20
    if var field = parameters.enter(bytes, 0xa2) {
      guard let number = field.next(bytes, 0x02), field.isAtEnd, number.count == 1 else {
        return nil
      }
      salt = Int(bytes[number.lowerBound])
    }
    if var field = parameters.enter(bytes, 0xa3) {
      guard let number = field.next(bytes, 0x02), field.isAtEnd, bytes.has([1], in: number) else {
        return nil
      }
    }
    guard parameters.isAtEnd, salt <= hash.digestLength else { return nil }
    return switch hash {
    case .sha256: .ps256
    case .sha384: .ps384
    case .sha512: .ps512
    }
  }

  /// The SHA-2 hash of an AlgorithmIdentifier.
  private static func hash(_ bytes: Span<UInt8>, _ reader: inout DERReader) -> SHA2? {
    guard var identifier = reader.enter(bytes, 0x30), let name = identifier.next(bytes, 0x06),
      identifier.isAtEnd || identifier.next(bytes, 0x05) != nil && identifier.isAtEnd,
      name.count == sha2.count + 1, bytes.equals(sha2.span, in: name.dropLast())
    else { return nil }
    return switch bytes[name.upperBound - 1] {
    case 1: .sha256
    case 2: .sha384
    case 3: .sha512
    default: nil
    }
  }

  private static let mgf1: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8]
  /// The start of the identifiers of SHA-256, SHA-384 and SHA-512; 1, 2 or 3 follows.
  private static let sha2: [UInt8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2]
}
