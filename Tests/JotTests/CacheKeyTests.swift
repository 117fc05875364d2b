import Jot
import TestSupport
import Testing

@Suite("CacheKey")
struct CacheKeyTests {
  @Test("an entry whose fingerprint or verifier differs in one bit does not match")
  func everyBit() {
    var generator = Seeded(seed: 16)
    for round in 0..<40 {
      // All ones would hide a faulty OR, all zeros a faulty AND.
      let words = (0..<5).map { _ -> UInt64 in
        round == 0 ? .max : round == 1 ? 0 : generator.next()
      }
      let key = CacheKey(
        fingerprint: Fingerprint(words: (words[0], words[1], words[2], words[3])),
        verifier: words[4], generation: 0)
      func isSame(_ words: [UInt64]) -> Bool {
        key.isSame((words[0], words[1], words[2], words[3]), words[4])
      }
      #expect(isSame(words))
      for word in 0..<5 {
        for bit in 0..<64 {
          var other = words
          other[word] ^= 1 << UInt64(bit)
          #expect(!isSame(other), "round \(round), word \(word), bit \(bit)")
        }
      }
      // Differences in two words must not cancel.
      var other = words
      let difference = generator.next() | 1
      other[0] ^= difference
      other[1] ^= difference
      #expect(!isSame(other))
    }
  }
}
