import CProbe
import Foundation
import Jot
import TestSupport
import Testing

/// Compares the RSA kernels with OpenSSL: signatures, verdicts. RSAPublicKeyTests compares powers.
@Suite("RSA kernels")
struct RSAKernelTests {
  static let sizes = ["rsa2048", "rsa3072", "rsa4096"]
  static let rsa: [Algorithm] = [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]

  @Test(
    "refuse a signature that is not below the modulus or not of its length", arguments: sizes,
    RSAPublicKey.kernels + [.portable])
  func lengths(name: String, kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let (signer, key) = try Self.keys(name, kernel)
    let modulus = try Self.modulus(key)
    let message = Array("message".utf8)
    for algorithm in Self.rsa {
      let signature = try signer.signature(of: message.span, by: algorithm)
      #expect(Self.isSignature(signature, message, key, algorithm))
      var wrong = [
        [], [0] + signature, signature + [0], Array(signature.dropLast()),
        Array(signature.dropFirst()), modulus, [UInt8](repeating: 0xff, count: modulus.count),
        [UInt8](repeating: 0, count: modulus.count),
      ]
      // The same number modulo n, if it fits.
      if let congruent = Self.sum(signature, modulus) { wrong.append(congruent) }
      for signature in wrong {
        #expect(!Self.isSignature(signature, message, key, algorithm))
      }
    }
  }

  @Test(
    "accept OpenSSL's signature for its algorithm only, and no changed bit of it", arguments: sizes,
    RSAPublicKey.kernels + [.portable])
  func signatures(name: String, kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let (signer, key) = try Self.keys(name, kernel)
    for algorithm in Self.rsa {
      var message = Array("a message of some length: \(algorithm)".utf8)
      var signature = try signer.signature(of: message.span, by: algorithm)
      for other in Self.rsa {
        #expect(
          Self.isSignature(signature, message, key, other) == (other == algorithm))
      }
      for bit in stride(from: 0, to: 8 * signature.count, by: 97) {
        signature[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(!Self.isSignature(signature, message, key, algorithm))
        signature[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      for bit in stride(from: 0, to: 8 * message.count, by: 5) {
        message[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(!Self.isSignature(signature, message, key, algorithm))
        message[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      #expect(Self.isSignature(signature, message, key, algorithm))
    }
  }

  @Test("verify tokens as OpenSSL does", arguments: RSAPublicKey.kernels)
  func tokens(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    for name in Self.sizes {
      let (signer, key) = try Self.keys(name, kernel)
      let (_, other) = try Self.keys(name, .portable)
      for algorithm in Self.rsa {
        let token = try Signer(key: signer, algorithm: algorithm).sign(["sub": "x"])
        for key in [key, other] {
          let verifier = try Verifier(key: key, algorithms: [algorithm])
          #expect(try verifier.verify(token).subject == "x")
          let dot = try #require(token.lastIndex(of: "."))
          var changed = token
          let at = changed.index(dot, offsetBy: 100)
          changed.replaceSubrange(at...at, with: changed[at] == "A" ? "B" : "A")
          #expect(throws: JWTError.signatureInvalid) { try verifier.verify(changed) }
        }
      }
    }
  }

  // MARK: - Encodings

  @Test("a changed bit in an encoding is refused", arguments: sizes, rsa)
  func bits(name: String, algorithm: Algorithm) throws {
    let (signer, key) = try Self.keys(name, .portable)
    let message = Array("message".utf8)
    let signature = try signer.signature(of: message.span, by: algorithm)
    var encoded = try Self.reference(signature, Self.modulus(key))
    let digest = Self.digest(message, algorithm)
    #expect(Self.isEncoded(encoded, digest, algorithm))
    // Every bit at the smallest size.
    for bit in stride(from: 0, to: 8 * encoded.count, by: name == "rsa2048" ? 1 : 7) {
      encoded[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!Self.isEncoded(encoded, digest, algorithm), "bit \(bit)")
      encoded[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    let other = Self.digest(message + [0], algorithm)
    #expect(!Self.isEncoded(encoded, other, algorithm))
  }

  @Test("PKCS #1 v1.5 is compared whole: no lenient form passes", arguments: [256, 384, 512])
  func pkcs1(count: Int) throws {
    for (algorithm, last) in [(Algorithm.rs256, 1 as UInt8), (.rs384, 2), (.rs512, 3)] {
      let digest = Self.digest(Array("message".utf8), algorithm)
      let hash = (0..<digest.count).map { digest[$0] }
      let length = UInt8(hash.count)
      let identifier: [UInt8] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]
      let value = [0x04, length] + hash
      let information: [UInt8] =
        [0x30, length + 17, 0x30, 0x0d] + identifier + [0x05, 0x00] + value
      func encoded(
        _ information: [UInt8], after start: [UInt8] = [0, 1], padding: Int? = nil,
        with byte: UInt8 = 0xff, then rest: [UInt8] = []
      ) -> [UInt8] {
        let padding =
          padding ?? count - start.count - 1 - information.count - rest.count
        let front = start + [UInt8](repeating: byte, count: padding) + [0] + information + rest
        return front + [UInt8](repeating: 0, count: count - front.count)
      }
      #expect(Self.isEncoded(encoded(information), digest, algorithm))
      let withoutNull = [0x30, length + 15, 0x30, 0x0b] + identifier + value
      let longLength = [0x30, 0x81, length + 17, 0x30, 0x0d] + identifier + [0x05, 0x00] + value
      let otherHash =
        [0x30, length + 17, 0x30, 0x0d] + identifier.dropLast() + [4, 0x05, 0x00] + value
      for wrong in [
        // Bleichenbacher 2006: short padding, garbage after the hash.
        encoded(information, padding: 8, then: [UInt8](repeating: 0x5a, count: 100)),
        encoded(information, padding: 8), encoded(information, then: [0]),
        encoded(information, then: [0xff]), encoded(information, padding: 0),
        encoded(withoutNull), encoded(longLength), encoded(otherHash), encoded(hash),
        encoded(value), encoded(information, after: [0, 2]),
        encoded(information, after: [0, 0], with: 0), encoded(information, after: [1, 1]),
        encoded(information, with: 0), encoded(information, after: [1]),
        encoded(information, after: [0, 1, 0]),
        [UInt8](repeating: 0, count: count),
      ] {
        #expect(wrong.count == count)
        #expect(!Self.isEncoded(wrong, digest, algorithm))
      }
    }
  }

  @Test(
    "PSS requires a salt as long as the hash, and nothing else passes", arguments: [256, 384, 512])
  func pss(count: Int) throws {
    for algorithm in [Algorithm.ps256, .ps384, .ps512] {
      let digest = Self.digest(Array("message".utf8), algorithm)
      let length = digest.count
      let good = Self.pss(digest, algorithm, count)
      #expect(Self.isEncoded(good, digest, algorithm))
      for salt in [0, 1, 20, length - 1, length + 1, count - length - 2] {
        let wrong = Self.pss(digest, algorithm, count, salt: salt)
        #expect(!Self.isEncoded(wrong, digest, algorithm), "salt of \(salt)")
      }
      for other in [Algorithm.ps256, .ps384, .ps512] where other != algorithm {
        let wrong = Self.pss(digest, algorithm, count, mask: other)
        #expect(!Self.isEncoded(wrong, digest, algorithm), "mask of \(other)")
      }
      for wrong in [
        Self.pss(digest, algorithm, count, trailer: 0xcc),
        Self.pss(digest, algorithm, count, trailer: 0), Self.pss(digest, algorithm, count, one: 2),
        Self.pss(digest, algorithm, count, one: 0), Self.pss(digest, algorithm, count, zero: 1),
        [good[0] | 0x80] + good.dropFirst(), [UInt8](repeating: 0, count: count),
        [UInt8](repeating: 0, count: count - 1) + [0xbc],
      ] {
        #expect(!Self.isEncoded(wrong, digest, algorithm))
      }
    }
  }

  /// EMSA-PSS-ENCODE (RFC 8017 §9.1.1), with parameters for each fault.
  private static func pss(
    _ digest: Digest, _ algorithm: Algorithm, _ count: Int, salt: Int? = nil,
    mask other: Algorithm? = nil, trailer: UInt8 = 0xbc, one: UInt8 = 1, zero: UInt8 = 0
  ) -> [UInt8] {
    let length = digest.count
    let salt = (0..<(salt ?? length)).map { UInt8(truncatingIfNeeded: $0 &* 7 + 1) }
    let message = [UInt8](repeating: 0, count: 8) + (0..<length).map { digest[$0] } + salt
    let hash = bytes(message, algorithm)
    let zeros = count - length - 2 - salt.count
    var block = [UInt8](repeating: 0, count: zeros) + [one] + salt
    if zeros > 1 { block[zeros - 1] = zero }
    var stream: [UInt8] = []
    for counter in 0..<UInt8(1 + block.count / 32) {
      stream += bytes(hash + [0, 0, 0, counter], other ?? algorithm)
    }
    for index in block.indices { block[index] ^= stream[index] }
    block[0] &= 0x7f
    return block + hash + [trailer]
  }

  private static func isEncoded(
    _ encoded: [UInt8], _ digest: Digest, _ algorithm: Algorithm
  ) -> Bool {
    // Surround it with other bytes.
    let all = [1, 2, 3] + encoded + [4]
    return algorithm.id.rsaEncoding.isEncoded(
      all.span, in: 3..<3 + encoded.count, of: digest)
  }

  private static func digest(_ bytes: [UInt8], _ algorithm: Algorithm) -> Digest {
    algorithm.hash!.hash(bytes.span, in: 0..<bytes.count)
  }

  private static func bytes(_ bytes: [UInt8], _ algorithm: Algorithm) -> [UInt8] {
    let digest = digest(bytes, algorithm)
    return (0..<digest.count).map { digest[$0] }
  }

  // MARK: - Keys and numbers

  private static func keys(
    _ name: String, _ kernel: CPUFeature
  ) throws -> (SigningKey, VerificationKey) {
    let key = try #require(TestKeys.shared[name])
    return (
      try SigningKey(privateKey: #require(key.privatePkcs8Pem)),
      try VerificationKey(
        publicKey: Secret(#require(key.publicSpkiPem)), rsaKernel: kernel, tables: nil)
    )
  }

  private static func isSignature(
    _ signature: [UInt8], _ message: [UInt8], _ key: VerificationKey, _ algorithm: Algorithm
  ) -> Bool {
    key.isSignature(signature.span, of: message.span, by: algorithm)
  }

  private static func modulus(_ key: VerificationKey) throws -> [UInt8] {
    let text = try #require(key.jwkRepresentation?["n"]?.string)
    let characters = Array(text.utf8)
    var bytes = [UInt8](repeating: 0, count: key.bitCount / 8)
    var span = bytes.mutableSpan
    _ = try Base64URL.decode(characters.span, in: 0..<characters.count, into: &span)
    return bytes
  }

  /// signature^65537 mod modulus, with OpenSSL's big numbers.
  private static func reference(_ signature: [UInt8], _ modulus: [UInt8]) throws -> [UInt8] {
    var power = [UInt8](repeating: 0, count: modulus.count)
    try #require(unsafe reference_rsa_power(&power, signature, modulus, modulus.count) == 1)
    return power
  }

  /// The sum of two numbers of one length; nil if it needs more bytes.
  private static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8]? {
    var (number, carry) = (left, 0)
    for index in left.indices.reversed() {
      carry += Int(left[index]) + Int(right[index])
      number[index] = UInt8(carry & 0xff)
      carry >>= 8
    }
    return carry == 0 ? number : nil
  }
}
