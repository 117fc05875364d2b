import Testing

@testable import BenchKit
@testable import JotBench

@Suite("MannWhitney and Holm")
struct SignificanceTests {
  @Test("gives scipy's U and p: exact, by the normal distribution, and with ties")
  func known() {
    // scipy 1.17.1, scipy.stats.mannwhitneyu; the first example is in its documentation.
    func check(_ a: [Double], _ b: [Double], _ u: Double, _ p: Double) {
      let test = MannWhitney(a, b)
      #expect(test.u == u && abs(test.p - p) < 1e-12, "\(test)")
      // The test is symmetric.
      let turned = MannWhitney(b, a)
      #expect(turned.u == Double(a.count * b.count) - u && abs(turned.p - p) < 1e-12)
    }
    check([19, 22, 16, 29, 24], [20, 11, 17, 12], 17, 0.111_111_111_111_111_1)
    check(
      [2.1, 3.3, 5.2, 8.8, 9.1, 10.5, 11.7, 12, 13.9, 15.1, 16.2, 18.3],
      [1, 2.2, 3.1, 4.4, 5.5, 6.1, 7.3, 8.1], 80, 0.012_399_777_724_855_125)
    check([1, 2, 2, 3, 4, 4, 4, 5], [2, 3, 4, 4, 6, 7, 8], 15.5, 0.155_372_971_581_624_33)
    check(
      (1...30).map { 0.1 * Double($0) }, (1...25).map { 0.1 * Double($0) + 0.95 }, 210,
      0.005_426_564_902_978_312)
  }

  @Test("lists that are equal, empty or constant give p = 1")
  func nothing() {
    #expect(MannWhitney([1, 2, 3], [1, 2, 3]).p == 1)
    #expect(MannWhitney([], [1]).p == 1 && MannWhitney([2, 2], [2, 2, 2]).p == 1)
    // The least p for three values against three.
    #expect(abs(MannWhitney([1, 2, 3], [4, 5, 6]).p - 0.1) < 1e-12)
  }

  @Test("about one in twenty equal pairs is below 5 %, and a shift is found")
  func simulation() {
    for count in [10, 40] {
      var generator = Seeded(UInt64(count))
      var (chance, found) = (0, 0)
      for _ in 0..<1000 {
        let a = (0..<count).map { _ in Double.normal(&generator) }
        let b = (0..<count).map { _ in Double.normal(&generator) }
        if MannWhitney(a, b).p < 0.05 { chance += 1 }
        if MannWhitney(a, b.map { $0 + 2 }).p < 0.05 { found += 1 }
      }
      #expect((25...70).contains(chance) && found > 950, "\(chance), \(found)")
    }
  }

  @Test("Holm's p-values equal statsmodels'")
  func holm() {
    // statsmodels 0.15.0, multipletests(method="holm").
    let adjusted = Holm.adjusted([0.01, 0.04, 0.03, 0.005, 0.5])
    for (mine, theirs) in zip(adjusted, [0.04, 0.09, 0.09, 0.025, 0.5]) {
      #expect(abs(mine - theirs) < 1e-12)
    }
    #expect(Holm.adjusted([]) == [] && Holm.adjusted([0.7, 0.9]) == [1, 1])
  }

  @Test("about one in twenty families without any difference has a small p")
  func families() {
    var generator = Seeded(11)
    var wrong = 0
    for _ in 0..<2000 {
      let p = (0..<16).map { _ in Double.random(in: 0..<1, using: &generator) }
      if Holm.adjusted(p).contains(where: { $0 < 0.05 }) { wrong += 1 }
    }
    #expect((60...140).contains(wrong), "\(wrong)")
  }
}
