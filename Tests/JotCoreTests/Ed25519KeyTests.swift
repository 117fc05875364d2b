import CProbe
import JotCore
import TestSupport
import Testing

/// Compares the kernels for Ed25519 with OpenSSL's verdicts.
@Suite("Ed25519Key")
struct Ed25519KeyTests {
  // A debug build's kernels, and an emulated CPU's, are some thirty times slower.
  #if DEBUG
    static let rounds = 300
  #else
    static let rounds = KernelTests.expected == nil ? 10_000 : 300
  #endif

  @Test("verifies RFC 8032's vectors", arguments: Ed25519Key.kernels)
  func vectors(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let digest = SHA2.sha512.hashByOpenSSL(Array("abc".utf8).span, in: 0..<3)
    for (point, message, signature) in [
      (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", [],
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
          + "1cf9b46bd25bf5f0595bbe24655141438e7a100b"
      ),
      (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", [0x72],
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
          + "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
      ),
      (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", [0xaf, 0x82],
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
          + "984dc6594a7c15e9716ed28dc027beceea1ec40a"
      ),
      (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", bytes(digest),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c6"
          + "6431e0303dca179c138ac17ad9bef1177331a704"
      ),
    ] as [(String, [UInt8], String)] {
      var test = Ed25519Case(seed: [UInt8](repeating: 0, count: 32), message: message)
      (test.point, test.signature) = (hex(point), hex(signature))
      let key = try #require(Ed25519Prepared(test.point, kernel))
      #expect(key.isValid(test))
      test.message.append(0)
      #expect(!key.isValid(test))
    }
  }

  @Test(
    "decides as OpenSSL does: signatures, and ones with changes", arguments: Ed25519Key.kernels)
  func agrees(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 41)
    let seeds = (0..<4).map { _ in random(32, &generator) }
    let keys = try seeds.map {
      try #require(Ed25519Prepared(Ed25519Case(seed: $0, message: []).point, kernel))
    }
    var (cases, chosen, valid): ([Ed25519Case], [Ed25519Prepared], Int) = ([], [], 0)
    for round in 0..<Self.rounds {
      let which = Int.random(in: 0..<4, using: &generator)
      var test = Ed25519Case(seed: seeds[which], message: random(round % 300, &generator))
      test.change(round, &generator)
      let expected = test.isValid
      valid += expected ? 1 : 0
      #expect(keys[which].isValid(test) == expected, "round \(round)")
      cases.append(test)
      chosen.append(keys[which])
      if cases.count == 32 {
        let expected = cases.enumerated().reduce(0 as UInt32) {
          $0 | ($1.element.isValid ? 1 << UInt32($1.offset) : 0)
        }
        #expect(verdicts(cases[...], chosen, kernel) == expected, "to round \(round)")
        (cases, chosen) = ([], [])
      }
    }
    #expect(valid > Self.rounds / 4 && valid < Self.rounds * 3 / 4)
  }

  @Test(
    "decides as OpenSSL does where A and R have parts of small order",
    arguments: Ed25519Key.kernels)
  func torsion(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 42)
    let zero = [UInt8](repeating: 0, count: 32)
    var valid = 0
    for torsion in 0..<8 as Range<UInt32> {
      // A of small order, too: a is zero.
      for scalar in [Edwards.scalar(&generator), zero] {
        let key = try #require(Ed25519Prepared(Edwards.point(scalar, torsion), kernel))
        for nonceTorsion in 0..<8 as Range<UInt32> {
          for nonce in [Edwards.scalar(&generator), zero] {
            let test = Ed25519Case(
              scalar: scalar, torsion: torsion, nonce: nonce, nonceTorsion: nonceTorsion,
              message: random(33, &generator))
            let expected = test.isValid
            valid += expected ? 1 : 0
            #expect(key.isValid(test) == expected)
            let all = verdicts(
              ArraySlice(repeating: test, count: 4), [Ed25519Prepared](repeating: key, count: 4),
              kernel)
            #expect(all == (expected ? 0xf : 0))
          }
        }
      }
    }
    // One in eight, by chance, and those without any such part.
    #expect(valid > 16 && valid < 128)
  }

  @Test("refuses an R that is not canonical, as OpenSSL does", arguments: Ed25519Key.kernels)
  func canonical(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 43)
    let zero = [UInt8](repeating: 0, count: 32)
    let scalar = Edwards.scalar(&generator)
    let key = try #require(Ed25519Prepared(Edwards.point(scalar, 0), kernel))
    // The neutral element: y = 1, and y = p + 1, each with both signs of x = 0.
    let spellings = [
      [1] + zero.dropFirst(), [0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
      [1] + zero.dropFirst(2) + [0x80], [0xee] + [UInt8](repeating: 0xff, count: 31),
    ]
    for (index, r) in spellings.enumerated() {
      let test = Ed25519Case(
        scalar: scalar, torsion: 0, nonce: zero, nonceTorsion: 0, r: r, message: [1, 2, 3])
      #expect(test.isValid == (index == 0))
      #expect(key.isValid(test) == (index == 0))
    }
  }

  @Test("decodes keys as OpenSSL does: y above p, a sign of zero; and no other bytes")
  func keys() throws {
    var generator = Seeded(seed: 44)
    var points = 0
    for round in 0..<200 {
      var bytes = random(32, &generator)
      // Near 0 and near p.
      if round % 4 == 0 { bytes = [UInt8(round / 8)] + [UInt8](repeating: 0, count: 31) }
      if round % 4 == 1 { bytes = [UInt8(230 + round / 8)] + [UInt8](repeating: 255, count: 31) }
      if round % 8 >= 4 { bytes[31] ^= 0x80 }
      let expected = Edwards.isPoint(bytes)
      points += expected ? 1 : 0
      #expect((Ed25519Prepared(bytes, .portable) != nil) == expected, "\(bytes)")
    }
    #expect(points > 50 && points < 150)
    #expect(Ed25519Prepared([UInt8](repeating: 1, count: 31), .portable) == nil)
    #expect(Ed25519Prepared([], .portable) == nil)
  }
}

func hex(_ text: String) -> [UInt8] {
  let digits = Array(text.utf8)
  return stride(from: 0, to: digits.count, by: 2).map {
    UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
  }
}
