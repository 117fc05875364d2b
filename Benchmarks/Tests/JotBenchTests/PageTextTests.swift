import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("A page's texts, axes and colours")
struct PageTextTests {
  @Test("figures have three digits and a unit")
  func figures() {
    let times: [(Double, String)] = [
      (0, "0.000 ns"), (8.871, "8.87 ns"), (99.96, "100 ns"), (999.4, "999 ns"),
      (999.5, "1.00 µs"), (4751, "4.75 µs"), (312_895, "313 µs"), (1.5e9, "1.50 s"),
      (1e15, "1000000 s"),
    ]
    for (value, text) in times { #expect(PageText.time(value) == text) }
    let counts: [(Double, String)] = [
      (6.54, "6.54"), (3196, "3,196"), (99_999, "99,999"), (432_980, "433 k"),
      (4_486_060, "4.49 M"), (2.5e9, "2.50 G"),
    ]
    for (value, text) in counts { #expect(PageText.count(value) == text) }
    #expect(PageText.time(222.9, 222.7, 223.1) == ("222.9 ns", "[222.7, 223.1]"))
    #expect(PageText.time(4751, nil, 4768) == ("4.751 µs", nil))
    #expect(PageText.times(1628.3) == "1,628" && PageText.times(.infinity) != "")
    #expect(PageText.list(["a", "b", "c"]) == "a, b and c" && PageText.list([]) == "")
    #expect(PageText.short("abcd", pixels: 34) == "abcd")
    #expect(PageText.short("abcdef", pixels: 42) == "abc…")
    #expect(PageText.short(String(repeating: "W", count: 9999), pixels: 41) == "WW…")
    #expect(
      PageText.date(Date(timeIntervalSince1970: 1_795_565_181)) == "2026-11-25, 00:06 UTC")
    #expect(
      PageText.bound("in 5 ns, 1.8 times, 9 % a") == "in 5\u{a0}ns, 1.8\u{a0}times, 9\u{a0}% a")
    #expect(
      PageText.escaped("<a href='x'>\"&\u{0}\u{202e}é")
        == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;  é")
  }

  @Test("an axis covers its figures, with round ticks that do not overlap")
  func axes() {
    var generator = Seeded(7)
    for _ in 0..<500 {
      let low = exp(Double.random(in: -8...30, using: &generator))
      let high = low * exp(Double.random(in: 0...20, using: &generator))
      let axis = PlotAxis.logarithmic(low, high, length: 150, isUpright: true) { "\($0)" }
      #expect(axis.first < low && axis.last > high && !axis.tics.isEmpty)
      let values = axis.tics.map(\.value)
      #expect(values == values.sorted() && Set(values).count == values.count)
      #expect(values.allSatisfy { $0 >= axis.first && $0 <= axis.last })
      let pixels = 150 / log(axis.last / axis.first)
      for (one, next) in zip(values, values.dropFirst()) {
        #expect(log(next / one) * pixels >= 16, "\(low) \(high) \(values)")
      }
      let straight = PlotAxis.fromZero(to: high) { "\($0)" }
      #expect(straight.first == 0 && straight.last >= high && straight.last <= high * 2)
      #expect((2...6).contains(straight.tics.count), "\(high) \(straight.tics.count)")
    }
    #expect(PlotAxis.plain("2.00 M") == "2 M" && PlotAxis.plain("2.50 M") == "2.5 M")
    #expect(PlotAxis.plain("100") == "100" && PlotAxis.plain("0.050") == "0.05")
  }

  @Test("a latency curve gives the same percentiles as sorting")
  func latency() throws {
    var generator = Seeded(3)
    let buckets = (1...60).map { [$0 * 10, Int.random(in: 1...50, using: &generator)] }
    var row = Row.test
    let json = RecordTests.latency("").dropFirst("\"latency\":".count)
      .replacing("[]", with: "\(Array(buckets.reversed()))")
    row.latency = try JSONDecoder().decode(Latency.self, from: Data(json.utf8))
    let all = buckets.flatMap { Array(repeating: Double($0[0]), count: $0[1]) }
    let curve = LatencyPlot.curve(row)
    for share in stride(from: 0.001, to: 0.999, by: 0.0037) {
      let sorted = all[Int(share * Double(all.count))]
      let x = 1 / (1 - share)
      let drawn = zip(curve, curve.dropFirst()).first { $0.x <= x && x < $1.x }?.0.y
      #expect(drawn == sorted, "\(share)")
    }
    row.latency = nil
    (row.p50Ns, row.p99Ns, row.p999Ns) = (5, nil, 9)
    #expect(LatencyPlot.curve(row).map(\.x) == [2, 1000])
  }

  @Test("texts have enough contrast in light and dark mode")
  func contrast() throws {
    func luminance(_ colour: String) -> Double {
      let number = Int(colour.dropFirst(), radix: 16) ?? 0
      let parts = [16, 8, 0].map { shift -> Double in
        let part = Double((number >> shift) & 255) / 255
        return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    func contrast(_ one: String, _ other: String) -> Double {
      let values = [luminance(one), luminance(other)].sorted()
      return (values[1] + 0.05) / (values[0] + 0.05)
    }
    #expect(contrast("#ffffff", "#000000") == 21)
    let paper = try #require(PageStyle.colours.first { $0.name == "paper" })
    for name in ["ink", "muted", "jot", "openssl", "competitor"] {
      let colour = try #require(PageStyle.colours.first { $0.name == name })
      #expect(contrast(colour.light, paper.light) >= 4.5, "\(name)")
      #expect(contrast(colour.dark, paper.dark) >= 4.5, "\(name)")
    }
    for colour in PlotColour.allCases {
      #expect(PageStyle.colours.contains { $0.name == "\(colour)" })
    }
  }
}
