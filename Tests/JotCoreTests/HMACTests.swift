import JotCore
import TestSupport
import Testing

@Suite("HMACKey")
struct HMACTests {
  @Test("gives RFC 4231's tags", arguments: rfc4231)
  func standard(test: Case) {
    for (hash, tag) in zip(hashes, test.tags) {
      #expect(hex(authenticate(test.message, test.key, hash)) == tag, "\(hash)")
    }
  }

  @Test("agrees with a plain RFC 2104 at every length around a block")
  func plain() {
    var generator = Seeded(seed: 3)
    for hash in hashes {
      for length in [0, 1, 31, 32, 63, 64, 65, 111, 112, 127, 128, 129, 200] {
        let key = random(length, &generator)
        for size in [0, 1, 54, 55, 56, 63, 64, 65, 110, 111, 112, 119, 127, 128, 129, 300] {
          let message = random(size, &generator)
          #expect(
            authenticate(message, key, hash) == plainHMAC(message, key, hash),
            "\(hash), key \(length), message \(size)")
        }
      }
    }
  }

  @Test("agrees with it at every length up to a few blocks, and reads no byte beyond")
  func lengths() {
    var generator = Seeded(seed: 4)
    let key = random(40, &generator)
    let message = random(600, &generator)
    let prepared = HMACKey(Secret(copying: key.span))
    for start in [0, 1, 13] {
      for size in 0...400 {
        let part = Array(message[start..<start + size])
        let tag = prepared.authenticate(message.span, in: start..<start + size, with: .sha256)
        #expect(bytes(tag) == plainHMAC(part, key, .sha256), "\(size) from \(start)")
      }
    }
  }

  @Test("a copy gives the same tags, and outlives its original")
  func copies() {
    func copied() -> HMACKey {
      let key = HMACKey(Secret("a secret of some length"))
      return key.copy()
    }
    let message = Array("message".utf8)
    let tag = copied().authenticate(message.span, in: 0..<message.count, with: .sha256)
    #expect(
      bytes(tag) == authenticate(message, Array("a secret of some length".utf8), .sha256))
  }

  @Test("writes a tag as base64url into the message's buffer, and nothing beyond it")
  func written() throws {
    var generator = Seeded(seed: 5)
    let prepared = HMACKey(Secret(copying: random(64, &generator).span))
    for hash in hashes {
      let length = Base64URL.encodedLength(of: hash.digestLength)
      for size in [0, 1, 54, 55, 56, 63, 64, 65, 119, 128, 160, 300] {
        for start in [0, 5] {
          var token = [UInt8](repeating: 0xa5, count: start + size + 3 + length + 40)
          let message = random(size, &generator)
          token.replaceSubrange(start..<start + size, with: message)
          var expected = token
          let tag = prepared.authenticate(message.span, in: 0..<size, with: hash)
          do {
            var all = expected.mutableSpan
            var span = token.mutableSpan
            let offset = start + size + 3
            _ = try tag.encode(into: &all, at: offset)
            let isWritten = prepared.writeTag(
              of: start..<start + size, in: &span, at: offset, with: hash)
            #expect(isWritten)
          }
          #expect(token == expected, "\(hash), \(size) bytes")
        }
      }
    }
  }

  @Test("a digest equals its canonical text only")
  func encoded() throws {
    for hash in hashes {
      let message = Array("message".utf8)
      let digest = hash.hash(message.span, in: 0..<7)
      var text = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: digest.count))
      do {
        var span = text.mutableSpan
        #expect(try digest.encode(into: &span, at: 0) == text.count)
      }
      func isDigest(_ text: [UInt8]) -> Bool { digest.isEncoded(text.span, in: 0..<text.count) }
      #expect(isDigest(text))
      let wrapped = [0x20] + text + [0x20]
      let inside = digest.isEncoded(wrapped.span, in: 1..<text.count + 1)
      #expect(inside)
      for offset in text.indices {
        for byte in UInt8.min...UInt8.max where byte != text[offset] {
          var other = text
          other[offset] = byte
          if isDigest(other) { Issue.record("\(hash): \(byte) at \(offset)") }
        }
      }
      #expect(!isDigest(text + [UInt8(ascii: "=")]))
      #expect(!isDigest(Array(text.dropLast())))
      #expect(!isDigest(text + [UInt8(ascii: "A")]))
      #expect(!isDigest([]))
    }
  }
}

@Suite("SHA2")
struct SHA2Tests {
  @Test("gives FIPS 180-4's digests of abc")
  func standard() {
    let message = Array("abc".utf8)
    let digests = hashes.map { hash in
      let digest = hash.hash(message.span, in: 0..<3)
      return hex(bytes(digest))
    }
    #expect(digests[0] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      digests[1].hasPrefix("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"))
    #expect(
      digests[2].hasPrefix("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"))
  }

  @Test("agrees with OpenSSL at every length up to a few blocks")
  func lengths() {
    var generator = Seeded(seed: 5)
    let message = random(600, &generator)
    for hash in hashes {
      for start in [0, 1, 13] {
        for size in Array(0...400) + [500, 575, 576] {
          let digest = hash.hash(message.span, in: start..<start + size)
          let expected = hash.hashByOpenSSL(message.span, in: start..<start + size)
          #expect(bytes(digest) == bytes(expected), "\(hash), \(size) from \(start)")
        }
      }
      let nothing: [UInt8] = []
      #expect(bytes(hash.hash(nothing.span, in: 0..<0)).count == hash.digestLength)
    }
  }

  @Test("hashes the range and nothing outside it")
  func ranges() {
    let message = Array("xxabcxx".utf8)
    let digest = SHA2.sha256.hash(message.span, in: 2..<5)
    let alone = Array("abc".utf8)
    let expected = SHA2.sha256.hash(alone.span, in: 0..<3)
    #expect(bytes(digest) == bytes(expected))
  }
}

let hashes: [SHA2] = [.sha256, .sha384, .sha512]

/// A test case of RFC 4231 §4, with the tags of the three hashes.
struct Case: CustomTestStringConvertible {
  let number: Int
  let key: [UInt8]
  let message: [UInt8]
  let tags: [String]
  var testDescription: String { "test case \(number)" }

  init(_ number: Int, key: [UInt8], message: [UInt8], tags: [String]) {
    (self.number, self.key, self.message, self.tags) = (number, key, message, tags)
  }

  static func repeated(_ byte: UInt8, _ count: Int) -> [UInt8] {
    [UInt8](repeating: byte, count: count)
  }
}

let rfc4231: [Case] = {
  let repeated = Case.repeated
  return [
    Case(
      1, key: repeated(0x0b, 20),
      message: Array("Hi There".utf8),
      tags: [
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
          + "faea9ea9076ede7f4af152e8b2fa9cb6",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
          + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
      ]),
    Case(
      2, key: Array("Jefe".utf8),
      message: Array("what do ya want for nothing?".utf8),
      tags: [
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
          + "8e2240ca5e69e2c78b3239ecfab21649",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
          + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
      ]),
    Case(
      3, key: repeated(0xaa, 20),
      message: repeated(0xdd, 50),
      tags: [
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
          + "2a5ab39dc13814b94e3ab6e101a34f27",
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
          + "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
      ]),
    Case(
      4, key: (1...25).map { UInt8($0) },
      message: repeated(0xcd, 50),
      tags: [
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
          + "6801dd23c4a7d679ccf8a386c674cffb",
        "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
          + "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
      ]),
    Case(
      6, key: repeated(0xaa, 131),
      message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      tags: [
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
          + "0c2ef6ab4030fe8296248df163f44952",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
          + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
      ]),
    Case(
      7, key: repeated(0xaa, 131),
      message: Array(
        ("This is a test using a larger than block-size key and a larger than block-size d"
          + "ata. The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      tags: [
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5"
          + "a678cc31e799176d3860e6110c46523e",
        "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
          + "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
      ]),
  ]
}()

private func authenticate(_ message: [UInt8], _ key: [UInt8], _ hash: SHA2) -> [UInt8] {
  let key = HMACKey(Secret(copying: key.span))
  return bytes(key.authenticate(message.span, in: 0..<message.count, with: hash))
}

/// RFC 2104 §2, step by step.
func plainHMAC(_ message: [UInt8], _ key: [UInt8], _ hash: SHA2) -> [UInt8] {
  func digest(_ text: [UInt8]) -> [UInt8] {
    bytes(hash.hashByOpenSSL(text.span, in: 0..<text.count))
  }
  var block = key.count > hash.blockLength ? digest(key) : key
  block += [UInt8](repeating: 0, count: hash.blockLength - block.count)
  return digest(block.map { $0 ^ 0x5c } + digest(block.map { $0 ^ 0x36 } + message))
}

func bytes(_ digest: Digest) -> [UInt8] { (0..<digest.count).map { digest[$0] } }

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

func random(_ count: Int, _ generator: inout Seeded) -> [UInt8] {
  (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
}
