import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Summary")
struct StatisticsTests {
  @Test("gives medians and deviations of small lists")
  func small() {
    let odd = Summary([3, 1, 2])
    #expect(odd.median == 2 && odd.deviation == 1)
    let even = Summary([4, 1, 3, 2])
    #expect(even.median == 2.5 && even.deviation == 1)
    let one = Summary([5])
    #expect(one.median == 5 && one.deviation == 0)
    // scipy 1.17.1: numpy.median and scipy.stats.median_abs_deviation.
    let twelve = Summary([2.1, 3.3, 5.2, 8.8, 9.1, 10.5, 11.7, 12, 13.9, 15.1, 16.2, 18.3])
    #expect(abs(twelve.median - 11.1) < 1e-12 && abs(twelve.deviation - 3.4) < 1e-12)
  }

  @Test("one outlier changes nothing")
  func outlier() {
    let values = Array(repeating: 10.0, count: 99) + [1_000_000]
    #expect(Summary(values).median == 10 && Bootstrap.interval(Slices(values)) == 10...10)
  }

  @Test("figures have only significant digits")
  func figures() {
    #expect(NumberFormat.text(0) == "0" && NumberFormat.text(144.349) == "144.3")
    #expect(NumberFormat.text(207_375.4) == "207375" && NumberFormat.text(0.98764) == "0.9876")
    #expect(NumberFormat.ratio(1.9999) == "2.000" && NumberFormat.text(nil) == nil)
    #expect(NumberFormat.grouped(6_968_611.2) == "6,968,611" && NumberFormat.grouped(0.7) == "0.7")
    #expect(
      NumberFormat.rounded(157.612_345) == 157.612
        && NumberFormat.rounded(-0.001_234_567_8) == -0.001_234_57)
    #expect(NumberFormat.rounded(0) == 0 && NumberFormat.percent(0.0123) == "1.2 %")
    #expect(NumberFormat.grouped(1000) == "1,000" && NumberFormat.grouped(999.6) == "1,000")
  }

  @Test(
    "a number beyond 64 bits, or NaN, is printed unchanged",
    arguments: [.infinity, -.infinity, .nan, 1e300, -1e300, 1e19] as [Double])
  func unbounded(value: Double) {
    let text = "\(value)"
    #expect(NumberFormat.fixed(value, 0) == text && NumberFormat.fixed(value, 3) == text)
    #expect(NumberFormat.grouped(value) == text && NumberFormat.text(value) == text)
    #expect(NumberFormat.ratio(value) == text && NumberFormat.percent(value).hasSuffix(" %"))
    #expect(MachineFact.number(value).description == text)
  }
}

@Suite("Glob")
struct GlobTests {
  @Test(
    "a star matches any characters, every other character itself",
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

  @Test(
    "a pattern without a match is refused with similar names, if there are any",
    arguments: [
      ("nope", "list"), ("verify/HS265/access-token", "verify/HS256/access-token"),
      ("sign/es256k/access-token", "sign/ES256K/access-token"), ("oidc", "verify/HS256/oidc"),
      ("hostile/dot", "hostile/dots"),
    ])
  func nothing(pattern: String, near: String) {
    #expect {
      try JotScenario.matching(pattern)
    } throws: {
      "\($0)".contains("--scenario \(pattern)") && "\($0)".contains(near)
    }
    #expect(throws: Never.self) { try #require(try JotScenario.matching("hostile/*").count == 10) }
  }

  @Test("names are unique, and the standard scenarios are in the full list")
  func names() {
    let names = JotScenario.all.map(\.name)
    #expect(Set(names).count == names.count && names.contains("verify-cached/RS256/90-percent"))
    #expect(Set(JotScenario.standard).isSubset(of: Set(JotScenario.all)))
    #expect(JotScenario.groups.flatMap(\.scenarios).count == names.count)
    #expect(Set(JotScenario.all.map(\.question)).count == names.count)
    #expect(JotScenario.all.filter(\.isStandard) == JotScenario.standard)
  }
}
