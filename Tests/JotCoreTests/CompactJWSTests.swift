import JotCore
import TestSupport
import Testing

@Suite("CompactJWS")
struct CompactJWSTests {
  @Test("finds the ranges of the three segments")
  func segments() throws {
    for (token, ranges) in [
      ("aa.bbb.c", [0..<2, 3..<6, 7..<8]), ("a.b.", [0..<1, 2..<3, 4..<4]),
      (".b.c", [0..<0, 1..<2, 3..<4]), ("a..c", [0..<1, 2..<2, 3..<4]),
      ("..", [0..<0, 1..<1, 2..<2]),
    ] {
      let bytes = Array(token.utf8)
      let jws = try CompactJWS(bytes.span, limit: bytes.count)
      #expect([jws.header, jws.payload, jws.signature] == ranges)
      #expect(jws.signingInput == 0..<ranges[1].upperBound)
    }
  }

  @Test(
    "refuses any other number of segments",
    arguments: [
      ("", .malformed), ("a", .malformed), ("a.b", .malformed), ("a.b.c.d", .malformed),
      ("a.b.c.d.e", .encrypted), ("....", .encrypted), ("a.b.c.d.e.f", .malformed),
      (".....", .malformed), ("\0\0\0", .malformed),
    ] as [(String, CompactJWSError)])
  func refuses(token: String, error: CompactJWSError) {
    let bytes = Array(token.utf8)
    #expect(throws: error) { try CompactJWS(bytes.span, limit: 1000) }
  }

  @Test("every kernel finds the same dots, at any offset")
  func dots() {
    var generator = Seeded(seed: 6)
    for count in Array(0...140) + [1000] {
      for density in [0, 1, 2, 3, 5, 60] {
        var bytes = random(count, &generator).map { $0 == 0x2e ? 0 : $0 }
        for _ in 0..<density where count > 0 {
          bytes[Int.random(in: 0..<count, using: &generator)] = 0x2e
        }
        let (fast, plain) = (bytes.span.dots(), bytes.span.dotsOneByOne())
        #expect(fast == plain, "\(bytes)")
      }
    }
  }

  @Test("applies the length limit before it reads anything, exact to the byte")
  func limit() {
    let token = [UInt8](repeating: UInt8(ascii: "."), count: 10_000_000)
    #expect(throws: CompactJWSError.tooLarge) { try CompactJWS(token.span, limit: 9_999_999) }
    let small = Array("a.b.c".utf8)
    #expect(throws: CompactJWSError.tooLarge) { try CompactJWS(small.span, limit: 4) }
    #expect((try? CompactJWS(small.span, limit: 5)) != nil)
  }
}
