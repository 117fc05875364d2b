import JotCore
import TestSupport
import Testing

@Suite("TextTable")
struct TextTableTests {
  private static func number(_ table: borrowing TextTable, _ text: [UInt8], kind: Int) -> Int? {
    // Among other bytes, which are not read.
    let longer = [0x21] + text + [UInt8](repeating: 0x21, count: 9)
    return table.number(of: longer.span, in: 1..<1 + text.count, kind: kind)
  }

  @Test("finds each text of every length, by its kind, and no other")
  func lengths() {
    var random = Seeded(seed: 5)
    let bytes = (1...TextTable.longest).map { count in
      (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
    let table = TextTable(
      bytes.enumerated().flatMap { index, bytes in
        [
          TextTable.Text(bytes, kind: index % 4, number: index),
          TextTable.Text(bytes, kind: (index + 1) % 4, number: 1000 + index),
        ]
      })
    for (index, text) in bytes.enumerated() {
      #expect(Self.number(table, text, kind: index % 4) == index)
      #expect(Self.number(table, text, kind: (index + 1) % 4) == 1000 + index)
      #expect(Self.number(table, text, kind: (index + 2) % 4) == nil)
      for offset in text.indices {
        var other = text
        other[offset] ^= 1 << UInt8(offset % 8)
        #expect(Self.number(table, other, kind: index % 4) == nil || text.count == 1)
      }
    }
    #expect(Self.number(table, [], kind: 0) == nil)
    #expect(
      Self.number(table, bytes[TextTable.longest - 1] + [0], kind: 0) == nil)
  }

  @Test("an empty table has nothing, and a large one everything, in some 80 bytes beside a text")
  func sizes() {
    let empty = TextTable([])
    #expect(Self.number(empty, [1], kind: 0) == nil)
    for count in [1, 2, 3, 4, 5, 6, 1000, 30_000, 43_000] {
      let table = TextTable(
        (0..<count).map {
          TextTable.Text(Array("a text of some length \($0)".utf8), kind: $0 % 3, number: $0)
        })
      for index in 0..<count {
        #expect(
          Self.number(table, Array("a text of some length \(index)".utf8), kind: index % 3)
            == index)
      }
      #expect(Self.number(table, Array("a text of some length \(count)".utf8), kind: 0) == nil)
      // A slot is 16 bytes; at most three for each text, and another kind's. Texts begin in a cache
      // line in which they have room.
      #expect(table.byteCount <= 256 + 3 * 64 + count * (48 + 3 * 16 + 32))
    }
  }
}
