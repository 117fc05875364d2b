import JotCore
import TestSupport
import Testing

@Suite("Ed25519Batch")
struct Ed25519BatchTests {
  @Test(
    "finds a bad signature at each place of batches of 0 to 32, of several keys",
    arguments: Ed25519Key.kernels)
  func places(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 47)
    let cases = (0..<32).map { index in
      Ed25519Case(
        seed: [UInt8](repeating: UInt8(index % 3), count: 32), message: random(index, &generator))
    }
    let three = try cases[..<3].map { try #require(Ed25519Prepared($0.point, kernel)) }
    let keys = cases.indices.map { three[$0 % 3] }
    #expect(verdicts([], keys, kernel) == 0)
    for count in 1...32 {
      let all = UInt32(truncatingIfNeeded: (1 as UInt64) << UInt64(count) - 1)
      #expect(verdicts(cases[..<count], keys, kernel) == all, "\(count)")
      for place in 0..<count {
        var some = cases
        // R, s in range, and s out of range: each must spoil no other.
        switch place % 3 {
        case 0: some[place].signature[0] ^= 1
        case 1: some[place].signature[33] ^= 1
        default: some[place].signature[63] |= 0x80
        }
        #expect(
          verdicts(some[..<count], keys, kernel) == all & ~(1 << UInt32(place)),
          "\(place) of \(count)")
      }
    }
  }

  @Test("finds any set of bad signatures", arguments: Ed25519Key.kernels)
  func sets(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 48)
    let good = (0..<32).map { _ in
      Ed25519Case(seed: [UInt8](repeating: 9, count: 32), message: random(20, &generator))
    }
    let key = try #require(Ed25519Prepared(good[0].point, kernel))
    let keys = [Ed25519Prepared](repeating: key, count: 32)
    for round in 0..<40 {
      let expected = round == 0 ? 0 : UInt32.random(in: 0 ... .max, using: &generator)
      var cases = good
      for place in 0..<32 where expected >> UInt32(place) & 1 == 0 {
        cases[place].signature[place * 2] ^= place == 31 ? 0x40 : 1
      }
      #expect(verdicts(cases[...], keys, kernel) == expected)
    }
  }

  @Test("is empty after it was verified, and can be used again")
  func reuse() throws {
    let test = Ed25519Case(seed: [UInt8](repeating: 5, count: 32), message: [1])
    let key = try #require(Ed25519Prepared(test.point, .portable))
    var batch = Ed25519Batch(.portable)
    var bytes = test.signature
    for _ in 0..<2 {
      // SAFETY: the key lives to the end of this function.
      unsafe batch.add(key.key, signature: 0, message: 0..<1)
      unsafe batch.add(key.key, signature: 0, message: 0..<0)
      #expect(batch.count == 2)
      #expect(batch.verify(bytes.mutableSpan, of: test.message.span) == 1)
      #expect(batch.count == 0)
    }
    withExtendedLifetime(key) {}
  }
}
