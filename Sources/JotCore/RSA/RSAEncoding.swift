// The required content of an RSA signature after the public-key operation (RFC 8017 §9).

/// The encodings of a digest; every byte is checked.
package enum RSAEncoding: Sendable {
  /// EMSA-PKCS1-v1_5 (RFC 8017 §9.2).
  case pkcs1(SHA2)
  /// EMSA-PSS (RFC 8017 §9.1), with MGF1 of the same hash and a salt as long as the hash.
  case pss(SHA2)

  /// Returns whether `encoded[range]` encodes `digest`.
  ///
  /// The range is as long as the modulus, whose highest bit is set.
  ///
  /// - Precondition: `range` lies inside the span and has 256 to 1024 bytes.
  /// - Complexity: O(n); no allocation.
  @_noAllocation
  package func isEncoded(
    _ encoded: Span<UInt8>, in range: Range<Int>, of digest: Digest
  ) -> Bool {
    guard range.lowerBound >= 0, range.upperBound <= encoded.count, (256...1024) ~= range.count
    else { preconditionFailure("the encoding lies inside, and is as long as a modulus") }
    return switch self {
    case .pkcs1(let hash): Self.isPKCS1(encoded, range, digest, hash)
    case .pss(let hash): Self.isPSS(encoded, range, digest, hash)
    }
  }

  /// Builds the encoding of RFC 8017 §9.2 and compares all of it: nothing in a signature is parsed,
  /// so nothing can be parsed leniently.
  // Makes spans: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  private static func isPKCS1(
    _ encoded: Span<UInt8>, _ range: Range<Int>, _ digest: Digest, _ hash: SHA2
  ) -> Bool {
    var expected = [1024 of UInt8](repeating: 0xff)
    expected[0] = 0
    expected[1] = 1
    let start = range.count - digest.count - 20
    // A zero, then DigestInfo in DER: the hash's object identifier with NULL, and the digest.
    let (last, length) = (UInt8(truncatingIfNeeded: number(hash)), UInt8(digest.count))
    let information: [20 of UInt8] = [
      0x00, 0x30, length + 17, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
      0x02, last, 0x05, 0x00, 0x04, length,
    ]
    for index in 0..<20 { expected[start + index] = information[index] }
    for index in 0..<digest.count { expected[start + 20 + index] = digest[index] }
    return encoded.equals(expected.span.extracting(first: range.count), in: range)
  }

  /// The last number of a hash's object identifier, 2.16.840.1.101.3.4.2.x.
  private static func number(_ hash: SHA2) -> Int {
    switch hash {
    case .sha256: 1
    case .sha384: 2
    case .sha512: 3
    }
  }

  /// RFC 8017 §9.1.2, with MGF1 of the same hash and a salt as long as the hash (RFC 7518 §3.5).
  // Makes spans: excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  private static func isPSS(
    _ encoded: Span<UInt8>, _ range: Range<Int>, _ digest: Digest, _ hash: SHA2
  ) -> Bool {
    let (start, length) = (range.lowerBound, hash.digestLength)
    let maskedCount = range.count - length - 1
    // The encoding has one bit fewer than the modulus.
    guard encoded[range.upperBound - 1] == 0xbc, encoded[start] < 0x80 else { return false }
    // MGF1's input: H and a counter (RFC 8017 §B.2.1).
    var seed = [68 of UInt8](repeating: 0)
    for index in 0..<length { seed[index] = encoded[start + maskedCount + index] }
    // M': eight zeros, the digest, the salt.
    var message = [136 of UInt8](repeating: 0)
    for index in 0..<length { message[8 + index] = digest[index] }
    // DB: zeros, a one, the salt.
    let zeros = maskedCount - length - 1
    var (offset, difference) = (0, 0 as UInt8)
    while offset < maskedCount {
      seed[length + 3] = UInt8(offset / length)
      let mask = hash.hash(seed.span, in: 0..<length + 4)
      for index in 0..<min(length, maskedCount - offset) {
        var byte = encoded[start + offset] ^ mask[index]
        if offset == 0 { byte &= 0x7f }
        if offset < zeros {
          difference |= byte
        } else if offset == zeros {
          difference |= byte ^ 1
        } else {
          message[8 + length + offset - zeros - 1] = byte
        }
        offset += 1
      }
    }
    let expected = hash.hash(message.span, in: 0..<8 + 2 * length)
    for index in 0..<length { difference |= expected[index] ^ seed[index] }
    return difference == 0
  }
}
