import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Comparison")
struct ComparisonTests {
  @Test("of ten pairs of one program at most one reports a change; 5 % more is found in nine")
  func discerns() {
    // The short form of `make discern`, with synthetic slices: neighbours are correlated, sessions
    // and runs differ by 0.3 %, and the machine slows down by a fifth halfway.
    var (chance, found, wrong) = (0, 0, 0)
    var lines: [String] = []
    for pair in 0..<10 as Range<UInt64> {
      let first = Self.report(seed: 3 * pair)
      let plain = Comparison(first, Self.report(seed: 3 * pair + 1))
      let slowed = Comparison(first, Self.report(seed: 3 * pair + 2, slowed: 0.05))
      let reported = plain.changes.filter { $0.verdict != .same }
      if !reported.isEmpty { chance += 1 }
      let row = slowed.changes.first { $0.scenario == "verify/HS256/access-token" }
      if row?.verdict == .slower { found += 1 }
      if row?.verdict == .faster { wrong += 1 }
      lines.append("\(pair): \(reported.count) reported, planted \(row?.verdict.rawValue ?? "")")
    }
    #expect(chance <= 1 && found >= 9 && wrong == 0, "\(lines)")
  }

  @Test("reports slower, faster or no difference, with its significance")
  func verdicts() throws {
    let first = Self.report(seed: 1)
    for (change, verdict) in [(0.1, Change.Verdict.slower), (-0.1, .faster), (0, .same)] {
      let comparison = Comparison(first, Self.report(seed: 2, slowed: change))
      #expect(comparison.changes.count == 8)
      let row = try #require(
        comparison.changes.first { $0.isRelative && $0.scenario == Self.slowed })
      #expect(row.verdict == verdict && abs(row.change! - change) < 0.02, "\(row)")
      #expect(row.low! <= row.change! && row.change! <= row.high! && row.p! <= row.adjusted!)
      #expect(comparison.regressions(over: 0.02).isEmpty == (change <= 0))
      #expect(comparison.regressions(over: 0.2).isEmpty)
      #expect((comparison.drift.map { abs($0) } ?? 1) < 0.05)
    }
  }

  @Test("a significant change that does not exceed the difference of two runs is not reported")
  func floor() throws {
    let first = Self.report(seed: 1)
    let second = Self.report(seed: 2, slowed: 0.05)
    func row(_ again: Report?) throws -> Change {
      let comparison = Comparison(first, second, again: again)
      return try #require(comparison.changes.first { $0.scenario == Self.slowed && $0.isRelative })
    }
    #expect(try row(nil).verdict == .slower)
    // The first program took 8 % more in a second run, without any change.
    let again = try row(Self.report(seed: 3, slowed: 0.08))
    #expect(again.verdict == .same && again.floor > 0.05 && again.adjusted! < 0.05)
    // Halves of one run that differ by 6 % raise the threshold too.
    let noisyRuns = Comparison(first, Self.report(seed: 2, slowed: 0.05, halves: 0.06))
    #expect(noisyRuns.changes.allSatisfy { !$0.isRelative || $0.floor > 0.05 })
    #expect(noisyRuns.isNoisy && noisyRuns.changes.allSatisfy { $0.verdict == .noisy })
    #expect(noisyRuns.regressions(over: 0).filter(\.isRelative).isEmpty)
  }

  @Test("a core that was slower during one whole run is not a change of the program")
  func crowding() throws {
    func crowdedComparison(
      _ first: Double, _ second: Double, crowded: Double = 0.7
    ) throws -> (Comparison, Change) {
      func report(_ seed: UInt64, _ loop: Double, slowed: Double) -> Report {
        let machine = Machine.test.adding([
          "core_loop_ns": .number(loop), "crowded_time": .number(slowed == 0 ? 0 : crowded),
        ])
        return Report(machine: machine, rows: Self.report(seed: seed, slowed: slowed).rows)
      }
      let comparison = Comparison(
        report(1, first, slowed: 0), report(2, second, slowed: 0.15))
      return (
        comparison,
        try #require(comparison.changes.first { $0.scenario == Self.slowed && $0.isRelative })
      )
    }
    #expect(try crowdedComparison(1700, 1900).1.verdict == .slower)
    // A run that is marked noisy gives no verdicts.
    let (most, row) = try crowdedComparison(1700, 1900, crowded: 0.9)
    #expect(row.verdict == .noisy && most.isNoisy && most.regressions(over: 0).isEmpty)
    #expect(most.changes.allSatisfy { [.noisy, .notComparable].contains($0.verdict) })
    let words = most.words(threshold: 0).joined(separator: "\n")
    #expect(
      words.contains("jot-bench ab BEFORE AFTER") && words.contains("other work used the cores"))
    // The reference loop changed by more than the row.
    for (first, second, moved) in [(1700.0, 2975.0, "+75.0 %"), (2975, 1700, "-42.9 %")] {
      let (comparison, row) = try crowdedComparison(first, second)
      #expect(row.verdict == .noisy && !comparison.isNoisy)
      #expect(comparison.changes.contains { $0.verdict == .same })
      #expect(comparison.words(threshold: 0).contains { $0.contains("changed by \(moved)") })
    }
  }

  @Test("a row that changed by less than openssl's own times has no verdict")
  func drift() throws {
    let first = Self.report(seed: 1)
    for (drift, verdict) in [(1.05, Change.Verdict.slower), (1.25, .noisy)] {
      var rows = Self.report(seed: 2, slowed: 0.1).rows
      for index in rows.indices where rows[index].engine == "openssl" {
        rows[index].nsPerOp = rows[index].nsPerOp.map { $0 * drift }
      }
      let comparison = Comparison(first, Report(machine: .test, rows: rows))
      let row = try #require(
        comparison.changes.first { $0.scenario == Self.slowed && $0.isRelative })
      #expect(row.verdict == verdict, "\(row)")
    }
  }

  @Test(
    "wrong answers in only the second record are a regression; rows of only one record are named")
  func broken() {
    let first = Self.report(seed: 1)
    var rows = Self.report(seed: 2).rows
    let index = rows.firstIndex { $0.engine == "jot" }!
    rows[index] = rows[index].voided()
    let removed = rows.removeLast()
    let comparison = Comparison(first, Report(machine: .test, rows: rows))
    #expect(comparison.regressions(over: 1).map(\.verdict) == [.broken])
    #expect(comparison.onlyBefore == ["\(removed.scenario) \(removed.engine) \(removed.threads)"])
    #expect(comparison.table(threshold: 1).contains("wrong answers"))
    let turned = Comparison(Report(machine: .test, rows: rows), first)
    #expect(turned.regressions(over: 0).isEmpty && turned.onlyAfter.count == 1)
    #expect(turned.changes.contains { $0.verdict == .notComparable && $0.adjusted == nil })
  }

  @Test("few slices are never significant")
  func few() {
    func report(_ time: Double) -> Report {
      var row = Row.test
      row.slices = Slices([time, time + 1, time + 2])
      return Report(machine: .test, rows: [row])
    }
    let comparison = Comparison(report(100), report(300))
    #expect(comparison.changes[0].verdict == .same && comparison.changes[0].change! > 1.9)
    #expect(!comparison.changes[0].isRelative)
  }

  @Test("another CPU, OpenSSL or Swift is a difference; another load or commit is not")
  func machines() {
    func differs(_ facts: [String: MachineFact]) -> [String] {
      Comparison.differences(.test, Machine.test.adding(facts)).map(\.name)
    }
    #expect(differs([:]) == [])
    #expect(differs(["load": .number(9), "git_commit": .text("x"), "kernels": .text("y")]) == [])
    for name in ["cpu", "family", "cores", "cgroup_quota", "openssl", "swift", "governor", "os"] {
      #expect(differs([name: .text("another")]) == [name])
    }
  }

  @Test("the table is at most 100 columns wide; JSON and Markdown agree with it")
  func texts() throws {
    let comparison = Comparison(Self.report(seed: 1), Self.report(seed: 2, slowed: 0.1))
    let table = comparison.table(threshold: 0.02)
    let lines = table.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 }, "\(table)")
    #expect(table.contains("REGRESSION, by more than 2.0 % or wrong: ") && table.contains("slower"))
    #expect(comparison.table(threshold: 0.5).contains("No regression over 50.0 %"))
    let markdown = comparison.markdown(threshold: 0.02).split(separator: "\n")
    #expect(markdown.filter { $0.hasPrefix("|") }.count == comparison.changes.count + 2)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(comparison.json(threshold: 0.02).utf8))
        as? [String: Any])
    let rows = try #require(json["rows"] as? [[String: Any]])
    #expect(json["schema"] as? String == "jot-bench-compare/1" && json["regressions"] as? Int == 1)
    #expect(rows.map { $0["verdict"] as? String } == comparison.changes.map(\.verdict.rawValue))
    #expect(rows.allSatisfy { $0["unit"] != nil && $0["p_holm"] != nil })
  }

  static let slowed = "verify/HS256/access-token"

  /// A run of openssl and jot on eight scenarios, one of them without openssl, in four sessions.
  static func report(seed: UInt64, slowed share: Double = 0, halves: Double = 0) -> Report {
    var generator = Seeded(seed &* 1001 &+ 5)
    let names =
      [Self.slowed] + (1...6).map { "scenario \($0)" } + ["hostile/dots"]
    var rows: [Row] = []
    for (index, name) in names.enumerated() {
      var (openssl, jot): ([Double], [Double]) = ([], [])
      let run = 1 + 0.003 * Double.normal(&generator)
      for session in 0..<4 {
        let bias = run * (1 + 0.003 * Double.normal(&generator)) + Double(session % 2) * halves
        let machine = name.hasPrefix("hostile") || session < 2 ? 1 : 1.2
        let noise = (0..<2).map { part in
          BootstrapTests.series(
            0.5, 25, seed: UInt64(session * 2 + part) &+ seed &* 97 &+ UInt64(index))
        }
        openssl += noise[0].values.map { 100 * machine * (1 + 0.004 * $0) }
        let slower = name == Self.slowed ? 1 + share : 1
        jot += noise[1].values.map { 80 * machine * slower * bias * (1 + 0.004 * $0) }
      }
      let engines = name.hasPrefix("hostile") ? ["jot"] : ["openssl", "jot"]
      for engine in engines {
        var row = Row(
          scenario: name, engine: engine, threads: 1, tokenBytes: 204, isOversubscribed: false,
          samples: 100, answerChecked: true)
        row.slices = Slices(engine == "jot" ? jot : openssl, sessions: [25, 25, 25, 25])
        row.nsPerOp = Summary(row.slices.values).median
        if engine == "jot", engines.count > 1 {
          row.ratioSlices = row.slices.combined(
            Slices(openssl, sessions: row.slices.sessions)
          ) { $0 / $1 }
        }
        rows.append(row)
      }
    }
    return Report(machine: .test, rows: rows)
  }
}
