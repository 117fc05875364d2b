// What an RSA signature must hold once the public key was applied to it (RFC 8017 §9).
// Before it: RSAPublicKey, or a batch's kernel. After it: valid or not.

/// The encodings of EMSA-PKCS1-v1_5 and EMSA-PSS, checked whole.
package enum RSAEncoding {
  /// Returns whether `encoded[range]` encodes `digest` as the RSA algorithm at `number` does.
  ///
  /// The range has as many bytes as the modulus, whose highest bit is set.
  ///
  /// - Precondition: `range` lies inside the span; it has 256 to 1024 bytes.
  /// - Complexity: O(n); no allocation.
  @_noAllocation
  package static func isEncoded(
    _ encoded: Span<UInt8>, in range: Range<Int>, of digest: Digest, by number: Int
  ) -> Bool {
    guard range.lowerBound >= 0, range.upperBound <= encoded.count, (256...1024) ~= range.count
    else { preconditionFailure("the encoding lies inside, and is as long as a modulus") }
    return number < 6
      ? isPKCS1(encoded, range, digest, Algorithm.hash(ofNumber: number))
      : isPSS(encoded, range, digest, Algorithm.hash(ofNumber: number))
  }

  /// Builds what RFC 8017 §9.2 asks for and compares all of it: nothing in a signature is read, so
  /// nothing can be read leniently.
  // Left out of the check as Bytes.swift says: spans are made here.
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
  // Left out of the check as Bytes.swift says: spans are made here.
  @_semantics("no_performance_analysis")
  private static func isPSS(
    _ encoded: Span<UInt8>, _ range: Range<Int>, _ digest: Digest, _ hash: SHA2
  ) -> Bool {
    let (start, length) = (range.lowerBound, hash.digestLength)
    let maskedCount = range.count - length - 1
    // One bit fewer is encoded than the modulus has.
    guard encoded[range.upperBound - 1] == 0xbc, encoded[start] < 0x80 else { return false }
    // MGF1's input: H and a counter (RFC 8017 §B.2.1).
    var seed = [68 of UInt8](repeating: 0)
    for index in 0..<length { seed[index] = encoded[start + maskedCount + index] }
    // M': eight zeros, the digest, the salt.
    var message = [136 of UInt8](repeating: 0)
    for index in 0..<length { message[8 + index] = digest[index] }
    // DB: zeros, a one, the salt.
    let zeros = maskedCount - length - 1
    var (at, difference) = (0, 0 as UInt8)
    while at < maskedCount {
      seed[length + 3] = UInt8(at / length)
      let mask = hash.hash(seed.span, in: 0..<length + 4)
      for index in 0..<min(length, maskedCount - at) {
        var byte = encoded[start + at] ^ mask[index]
        if at == 0 { byte &= 0x7f }
        if at < zeros {
          difference |= byte
        } else if at == zeros {
          difference |= byte ^ 1
        } else {
          message[8 + length + at - zeros - 1] = byte
        }
        at += 1
      }
    }
    let expected = hash.hash(message.span, in: 0..<8 + 2 * length)
    for index in 0..<length { difference |= expected[index] ^ seed[index] }
    return difference == 0
  }
}
