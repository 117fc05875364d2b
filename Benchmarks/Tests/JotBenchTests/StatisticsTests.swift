import Testing

@testable import JotBench

@Suite("Summary")
struct StatisticsTests {
  @Test("knows medians, deviations and intervals of small lists")
  func small() {
    let odd = Summary([3, 1, 2])
    #expect(odd.median == 2 && odd.deviation == 1 && odd.low == 1 && odd.high == 3)
    let even = Summary([4, 1, 3, 2])
    #expect(even.median == 2.5 && even.deviation == 1)
    let one = Summary([5])
    #expect(one.median == 5 && one.deviation == 0 && one.low == 5 && one.high == 5)
  }

  @Test("one outlier moves nothing")
  func outlier() {
    let summary = Summary(Array(repeating: 10, count: 99) + [1_000_000])
    #expect(summary.median == 10 && summary.high == 10)
  }

  @Test("the interval holds the true median 95 times of a hundred, about")
  func coverage() {
    var generator = Seeded(4)
    var held = 0
    for _ in 0..<1000 {
      let summary = Summary((0..<101).map { _ in Double.random(in: 0..<1, using: &generator) })
      if summary.low <= 0.5, summary.high >= 0.5 { held += 1 }
    }
    #expect((930...985).contains(held), "\(held) of 1000")
  }

  @Test("figures have the digits that mean something")
  func figures() {
    #expect(Figure.text(0) == "0" && Figure.text(144.349) == "144.3")
    #expect(Figure.text(207_375.4) == "207375" && Figure.text(0.98764) == "0.9876")
    #expect(Figure.ratio(1.9999) == "2.000" && Figure.text(nil) == nil)
    #expect(Figure.grouped(6_968_611.2) == "6,968,611" && Figure.grouped(0.7) == "0.7")
    #expect(Figure.grouped(1000) == "1,000" && Figure.grouped(999.6) == "1,000")
  }
}

@Suite("Glob")
struct GlobTests {
  @Test(
    "a star matches any characters, everything else itself",
    arguments: [
      ("*", "a/b", true), ("", "", true), ("", "a", false), ("a*", "ab/c", true),
      ("*c", "ab/c", true),
      ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "acb", false),
      ("*HS256*", "sign/HS256/x", true),
      ("*a*b*", "xaxbx", true), ("*a*b*", "xbxax", false), ("a", "A", false),
      ("aa*aa", "aaa", false),
    ])
  func matches(pattern: String, text: String, expected: Bool) {
    #expect(Glob(pattern).matches(text) == expected)
  }

  @Test("a pattern that matches nothing is refused with what there is")
  func nothing() {
    #expect {
      try Scenario.matching("nope")
    } throws: {
      "\($0)".contains("--scenario nope") && "\($0)".contains("sign/HS256/access-token")
    }
    #expect(throws: Never.self) { try #require(try Scenario.matching("hostile/*").count == 9) }
  }

  @Test("a name is one scenario's, and the standard ones are among all")
  func names() {
    let names = Scenario.all.map(\.name)
    #expect(Set(names).count == names.count && names.contains("verify-cached/RS256/90-percent"))
    #expect(Set(Scenario.standard).isSubset(of: Set(Scenario.all)))
  }
}
