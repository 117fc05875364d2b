import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("A server under load")
struct LoadTests {
  @Test("reads what wrk prints: requests, errors, and times in any unit")
  func output() throws {
    let text = LoadFixture.wrkOutput
    let plain = try WrkOutput(text)
    #expect(plain.requests == 10_039 && plain.errors == 0)
    #expect(plain.p50 == 6110 && plain.p99 == 13_360)
    let failed = try WrkOutput(
      text + "\n  Socket errors: connect 0, read 1, write 2, timeout 4\n"
        + "  Non-2xx or 3xx responses: 30\n")
    #expect(failed.errors == 37)
    for (word, time) in [("935.00us", 935.0), ("1.20s", 1_200_000), ("0.50m", 30_000_000)] {
      #expect(try WrkOutput(text.replacing("13.36ms", with: word)).p99 == time)
    }
  }

  @Test("refuses an output of wrk with a part missing, and names it")
  func incomplete() throws {
    let text = LoadFixture.wrkOutput
    for (part, name) in [
      ("50%", "50 %"), ("99%", "99 %"), ("requests in", "requests"), ("13.36ms", "99 %"),
    ] {
      let error = #expect(throws: BenchError.self) {
        try WrkOutput(text.replacing(part, with: "nothing"))
      }
      #expect(error?.description.contains(name) == true, "\(part)")
    }
    let error = #expect(throws: BenchError.self) { try WrkOutput("unable to connect") }
    #expect(error?.description.hasSuffix("its last line is: unable to connect") == true)
  }

  @Test("reads a server's counters, and nothing else")
  func counters() {
    #expect(LoadCounters("3 2 1") == LoadCounters(wall: 3, cpu: 2, requests: 1))
    for wrong in ["", "3 2", "3 2 1 0", "3  1", "3 2 -1", "a b c"] {
      #expect(LoadCounters(wrong) == nil, "\(wrong)")
    }
  }

  @Test("a slice is the counters' difference; without requests, or with an error, it is void")
  func slice() throws {
    let first = LoadCounters(wall: 1_000_000_000, cpu: 5_000_000, requests: 100)
    let last = LoadCounters(wall: 3_000_000_000, cpu: 905_000_000, requests: 9100)
    let wrk = try WrkOutput(LoadFixture.wrkOutput)
    let slice = try LoadSlice(from: first, to: last, wrk)
    #expect(slice.requests == 9000 && slice.cpu == 100 && slice.rate == 4500)
    #expect(throws: BenchError.self) { try LoadSlice(from: first, to: first, wrk) }
    var failed = wrk
    failed.errors = 1
    #expect(throws: BenchError.unusable("1 of 10039 requests failed")) {
      try LoadSlice(from: first, to: last, failed)
    }
  }

  @Test("finds 3 µs more than base below a drift of 20 µs, and nothing where nothing is")
  func differences() throws {
    let report = LoadFixture.report([
      (LoadMode.base, 97), ("more", 100), ("same", 97), ("less", 95.5),
    ])
    let rows = Dictionary(uniqueKeysWithValues: report.rows.map { ($0.mode, $0) })
    #expect(rows[LoadMode.base]?.overBase == nil && rows[LoadMode.base]?.rateToBase == nil)
    let more = try #require(rows["more"]?.overBase)
    #expect(more.low > 2 && more.high < 4 && abs(more.median - 3) < 0.7, "\(more)")
    #expect(rows["more"]?.open?.overBase == more)
    let same = try #require(rows["same"]?.overBase)
    #expect(same.low < 0 && same.high > 0, "\(same)")
    let less = try #require(rows["less"]?.overBase)
    #expect(less.high < 0 && less.low > -2.5, "\(less)")
    let rate = try #require(rows["more"]?.rateToBase)
    #expect(rate.low > 0.95 && rate.high < 0.99, "\(rate)")
    // The drift itself is wider than the effect: medians alone could not tell.
    let own = try #require(rows["more"]?.cpu)
    #expect(own.high - own.low > 3, "\(own)")
  }

  @Test("tells what a request costs, and what is noise in it, for people")
  func tables() {
    let report = LoadFixture.report()
    let markdown = report.markdown
    #expect(markdown.hasPrefix("| mode | CPU µs/request | more than base |"))
    #expect(markdown.contains("\n| base | ") && markdown.contains("a server 1.0; server and load"))
    #expect(markdown.contains("At 5,000 requests a second, sent at planned times:"))
    #expect(markdown.contains("] | 0.50 | 0.99 | 1.00 | 1 | 0.00 |\n"))
    #expect(!markdown.contains("Partial"))
    #expect(LoadFixture.report(isPartial: true).table.hasSuffix("Partial: it was interrupted.\n"))
    for line in report.table.split(separator: "\n") { #expect(line.count <= 120, "\(line)") }
  }

  @Test("makes distinct tokens and bad ones for each mode that verifies; base is always there")
  func modes() throws {
    let made = try LoadModes(["none", "rs256"], count: 32)
    #expect(made.modes.map(\.name) == ["none", "base", "rs256"])
    for mode in made.modes { #expect(Set(mode.tokens).count == 32) }
    #expect(made.modes.map(\.refused.count) == [0, 0, 4])
    #expect(made.start.contains("BEGIN PUBLIC KEY") && !made.start.contains("\n"))
    #expect(LoadModes.names.count == 11)
    #expect(throws: BenchError.self) { try LoadModes(["rs255"], count: 1) }
  }
}
