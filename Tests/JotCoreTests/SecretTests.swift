import Foundation
import JotCore
import TestSupport
import Testing

@Suite("Secret")
struct SecretTests {
  @Test("keeps the bytes unchanged: no trimming, zeros included")
  func verbatim() {
    for text in ["", " pass word\n", "p\u{0}w", "pässwörd🔑"] {
      let secret = Secret(text)
      let count = secret.count
      #expect(count == text.utf8.count)
      let kept = secret.withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
      #expect(kept == Array(text.utf8))
    }
  }

  @Test("random bytes have the length asked for, and differ each time at every offset")
  func random() {
    for count in [0, 1, 2, 31, 32, 64, 4096] {
      // Bits that were once set, and once clear.
      var (set, clear) = ([UInt8](repeating: 0, count: count), [UInt8](repeating: 0, count: count))
      for _ in 0..<64 {
        let secret = Secret.random(count: count)
        let found = secret.count
        #expect(found == count)
        secret.withBytes { bytes in
          for index in 0..<bytes.count {
            set[index] |= bytes[index]
            clear[index] |= ~bytes[index]
          }
        }
      }
      // Wrong once in 2⁴⁸ runs.
      #expect(set.allSatisfy { $0 == 0xff } && clear.allSatisfy { $0 == 0xff }, "\(count)")
    }
    // No byte is a function of its neighbour.
    let secret = Secret.random(count: 4096)
    let steps = secret.withBytes { bytes in Set((1..<4096).map { bytes[$0] &- bytes[$0 - 1] }) }
    #expect(steps.count > 200)
  }

  @Test("wipes its memory when it is released")
  func wiped() throws {
    guard let memory = FileHandle(forReadingAtPath: "/proc/self/mem") else {
      try skip("this system has no /proc/self/mem")
    }
    // Long enough to be unique in memory, and this test makes no other copy.
    func address() -> UInt {
      let pattern = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
      let secret = Secret(copying: pattern.span)
      return secret.withBytes { bytes in
        // SAFETY: only the address leaves the closure; nothing is read through it here.
        unsafe bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
      }
    }
    try memory.seek(toOffset: UInt64(address()))
    let left = try memory.read(upToCount: 4096) ?? Data()
    // The allocator may have overwritten the block's first bytes; the rest is as the wipe left it.
    let same = left.enumerated().filter { $1 == UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }.count
    #expect(same < 100, "\(same) of 4096 bytes are still there")
  }
}

@Suite("ByteStrings")
struct ByteStringsTests {
  @Test("finds exactly the strings that it holds, at every length around a word")
  func index() {
    let strings = (0...20).map { length in [UInt8](repeating: UInt8(ascii: "a"), count: length) }
    let list = ByteStrings(strings)
    for (index, string) in strings.enumerated() {
      let text = Array("xy".utf8) + string + Array("aaaaaaaaaa".utf8)
      let found = list.index(of: text.span, in: 2..<2 + string.count)
      #expect(found == index)
      for offset in string.indices {
        var text = text
        text[2 + offset] ^= 0x20
        let other = list.index(of: text.span, in: 2..<2 + string.count)
        #expect(other == nil)
      }
    }
    let empty = ByteStrings([])
    let text = Array("a".utf8)
    let found = empty.index(of: text.span, in: 0..<1)
    #expect(found == nil)
  }

  @Test("compares bytes, escapes resolved, without Unicode normalization")
  func escaped() throws {
    let list = ByteStrings(["é", "e\u{301}", "a\"b", "longer than a word"].map { Array($0.utf8) })
    for (text, expected) in [
      ("é", 0), ("\\u00e9", 0), ("e\u{301}", 1), ("e\\u0301", 1), ("a\\\"b", 2),
      ("longer than a wor\\u0064", 3), ("longer than a word", 3), ("longer than a wore", nil),
      ("E\\u0301", nil), ("", nil),
    ] as [(String, Int?)] {
      let found = try withFirstMember(of: "{\"k\":\"\(text)\"}") { value, span in
        list.index(of: try #require(value.string), span)
      }
      #expect(found == expected, "\(text)")
    }
  }
}
