import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("ABEstimate: verdicts from sessions of two builds")
struct ABEstimateTests {
  /// Sessions in which AFTER takes `change` more and the control `control`, both with noise
  /// `scatter`.
  static func sessions(
    _ count: Int = 60, change: Double = 0, control: Double = 0, scatter: Double = 0.008,
    outliers: Int = 0, seed: UInt64
  ) -> [ABSession] {
    var generator = Seeded(seed &* 77 &+ 3)
    return (0..<count).map { index in
      // Each process has its own constant bias: two of BEFORE and one of AFTER.
      let biases = (0..<3).map { _ in scatter / 1.5 * Double.normal(&generator) }
      let wrong = index < outliers ? 0.4 : 0
      let value = log(1 + change) + biases[2] - (biases[0] + biases[1]) / 2 + wrong
      return ABSession(
        change: value, control: log(1 + control) + biases[1] - biases[0] + wrong / 2, wall: value,
        rounds: 40)
    }
  }

  /// A row judged alone, or with `others` rows of equal builds.
  static func row(_ sessions: [ABSession], among others: Int = 0) -> ABRow {
    var rows = (0...others).map { ABRow(scenario: "scenario \($0)", threads: 1) }
    rows[0].sessions = sessions
    for index in rows.indices.dropFirst() {
      rows[index].sessions = Self.sessions(seed: UInt64(index))
    }
    rows.decide(threshold: 0.02)
    return rows[0]
  }

  @Test("equal builds are rarely called different; a planted change is found with its sign")
  func discerns() {
    var verdicts: [ABRow.Verdict] = []
    for seed in 0..<60 as Range<UInt64> {
      verdicts.append(Self.row(Self.sessions(scatter: 0.014, seed: seed)).verdict)
    }
    #expect(verdicts.count { $0 != .same } <= 2, "\(verdicts)")
    for (change, verdict, count) in [
      (0.05, ABRow.Verdict.slower, 30), (0.02, .slower, 60), (-0.02, .faster, 60),
      (0.01, .slower, 120),
    ] {
      for seed in 0..<10 as Range<UInt64> {
        let row = Self.row(
          Self.sessions(count, change: change, scatter: 0.012, seed: seed), among: seed == 0 ? 7 : 0
        )
        #expect(row.verdict == verdict, "\(change) \(String(describing: row.estimate))")
        let estimate = row.estimate!
        #expect(abs(estimate.change - change) < 0.008 && estimate.visible < abs(change))
        #expect(estimate.low <= estimate.change && estimate.change <= estimate.high)
      }
    }
  }

  @Test(
    "disturbances that only add time, to any process, cause no change between equal builds")
  func skew() {
    var generator = Seeded(11)
    let sessions = (0..<60).map { _ -> ABSession in
      // A third of the slices take up to 50 % longer.
      func times() -> [Double] {
        (0..<40).map { _ in
          let isDisturbed = Double.random(in: 0..<1, using: &generator) < 0.33
          let more = isDisturbed ? Double.random(in: 0..<0.5, using: &generator) : 0
          return 100 * (1 + more + 0.004 * Double.normal(&generator))
        }
      }
      let cpu = (times(), times(), times())
      return ABSession(cpu: cpu, wall: cpu)
    }
    let row = Self.row(sessions)
    #expect(row.verdict == .same && abs(row.estimate!.change) < 0.004, "\(row.estimate!)")
    // Compared with the mean of two it would be 0.5 % faster.
    let exact = ABSession(cpu: ([100, 110], [100, 110], [110, 121]), wall: ([1], [1], [2]))
    #expect(abs(exact.change - log(1.1)) < 1e-12 && exact.control == 0 && exact.rounds == 2)
    #expect(abs(exact.wall - log(2)) < 1e-12)
  }

  @Test("a significant change that does not exceed the control is not reported")
  func control() {
    for control in [0.03, -0.03] {
      let sessions = Self.sessions(change: 0.025, control: control, scatter: 0.002, seed: 4)
      let row = Self.row(sessions)
      // A change smaller than the difference of two processes of one program can't be detected.
      #expect(row.verdict == .noisy && row.estimate!.low > 0.02 && row.estimate!.visible > 0.03)
    }
  }

  @Test(
    "noise above the threshold gives too noisy to tell; a few disturbed sessions do not")
  func noise() {
    let noisy = Self.row(Self.sessions(scatter: 0.12, seed: 9))
    #expect(noisy.verdict == .noisy && noisy.estimate!.visible > 0.02)
    #expect(Self.row(Self.sessions(outliers: 8, seed: 1)).verdict == .same)
    #expect(Self.row(Self.sessions(change: 0.03, outliers: 8, seed: 2)).verdict == .slower)
    // Too few sessions give no estimate.
    let few = Self.row(Self.sessions(ABEstimate.leastSessions - 1, change: 0.5, seed: 1))
    #expect(few.verdict == .noisy && few.estimate == nil)
  }

  @Test("the correction accounts for the chance that one of many rows differs")
  func rows() {
    let sessions = Self.sessions(20, change: 0.0037, scatter: 0.004, seed: 5)
    let (alone, among) = (Self.row(sessions), Self.row(sessions, among: 30))
    #expect(alone.adjusted! < 0.05 && among.adjusted! >= 0.05, "\(alone.adjusted!)")
    #expect(alone.verdict == .slower && among.verdict == .same)
    #expect(among.estimate!.visible > alone.estimate!.visible)
  }

  @Test("a row with a reason keeps its verdict, and a broken row is a regression")
  func reasons() {
    var rows = ["a", "b", "c"].map { ABRow(scenario: $0, threads: 1) }
    for index in rows.indices { rows[index].sessions = Self.sessions(change: 0.03, seed: 1) }
    (rows[0].reason, rows[0].verdict) = ("AFTER: a wrong answer", .broken)
    (rows[1].reason, rows[1].verdict) = ("BEFORE alone has this scenario", .notComparable)
    rows.decide(threshold: 0.02)
    #expect(rows.map(\.verdict) == [.broken, .notComparable, .slower])
    #expect(rows.map { $0.isRegression(over: 0.02) } == [true, false, true])
    #expect(!rows[2].isRegression(over: 0.05) && rows[0].estimate == nil)
  }

  @Test("the table is at most 100 columns wide; Markdown, JSON and the page agree with it")
  func texts() throws {
    let report = Self.report()
    let lines = report.table.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 }, "\(report.table)")
    for words in [
      "5 rows: 1 slower, 0 faster, 1 without a difference, 1 too noisy to tell.", "1 broken",
      "REGRESSION: 1 row slower by more than 2.0 %: verify/HS256/access-token.",
      "AFTER: killed by signal 9", "are not visible; try --seconds ",
    ] {
      #expect(report.table.contains(words), "\(report.table)")
      #expect(report.markdown.contains(words))
    }
    #expect(report.markdown.contains("&lt;") == false && report.markdown.contains("| slower |"))
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    let rows = try #require(json["rows"] as? [[String: Any]])
    #expect(json["schema"] as? String == "jot-bench-ab/1" && json["regressions"] as? Int == 2)
    #expect(rows.map { $0["verdict"] as? String } == report.rows.map(\.verdict.rawValue))
    #expect((rows[0]["sessions"] as? [[String: Any]])?.count == 60)
    #expect(rows[0]["p_holm"] is NSNumber && rows[0]["wall_low"] is NSNumber)
    // Without any verdict the report does not claim "no regression"; with some, only for those
    // rows.
    var notComparable = Self.report(change: 0)
    #expect(
      notComparable.table.contains("REGRESSION: what is broken.") && !notComparable.hasNoVerdict)
    notComparable = Self.report(notComparable) { $0.filter { $0.verdict != .broken } }
    #expect(notComparable.table.contains("No regression over 2.0 % in the 2 rows with a verdict."))
    notComparable = Self.report(notComparable) {
      $0.filter { [.noisy, .notComparable].contains($0.verdict) }
    }
    #expect(
      notComparable.hasNoVerdict && notComparable.table.contains("No statement about regressions."))
    // A small change names another possible cause.
    let small = Self.report(change: 0.006)
    #expect(small.table.contains("where the linker put the code"))
    #expect(!report.table.contains("where the linker put the code"))
  }

  @Test("the page shows each row's sessions, and escapes names")
  func page() throws {
    let html = try ABPage.html(Self.report(name: "<b>&x"))
    #expect(html.contains("&lt;b&gt;&amp;x") && !html.contains("<b>"))
    // A ring for each session and two dots a row, in the wide plot and in the narrow one. Points of
    // the noisy row beyond the axis are crosses.
    let circles = html.ranges(of: "<circle").count
    let all = 2 * 3 * (2 * 60 + 2)
    #expect((all - 60...all).contains(circles), "\(circles)")
    // The worst rows come first.
    let table = try #require(html.components(separatedBy: "<table").dropFirst().first)
    let broken = try #require(table.range(of: "hostile/dots"))
    let slower = try #require(table.range(of: "verify/HS256/access-token"))
    let same = try #require(table.range(of: "verify/RS256/access-token"))
    #expect(broken.lowerBound < slower.lowerBound && slower.lowerBound < same.lowerBound)
    #expect(html.contains("too noisy to tell") && html.contains("killed by signal 9"))
  }

  /// The same report with other rows.
  static func report(_ report: ABReport, _ rows: ([ABRow]) -> [ABRow]) -> ABReport {
    ABReport(
      report.before, report.after, rows(report.rows), report.settings, machine: report.machine,
      date: report.date, isPartial: false)
  }

  /// One row of each kind.
  static func report(change: Double = 0.04, name: String = "HEAD") -> ABReport {
    let names = [
      "verify/HS256/access-token", "verify/RS256/access-token", "sign/RS256/access-token",
      "hostile/dots", "peek/HS256/issuers-1000",
    ]
    var rows = names.map { ABRow(scenario: $0, threads: 1) }
    rows[0].sessions = Self.sessions(change: change, scatter: 0.004, seed: 1)
    rows[1].sessions = Self.sessions(seed: 2)
    rows[2].sessions = Self.sessions(scatter: 0.2, seed: 3)
    (rows[3].reason, rows[3].verdict) = ("AFTER: killed by signal 9", .broken)
    rows[4].reason = "AFTER alone has this scenario"
    for index in 0..<3 { (rows[index].beforeNs, rows[index].afterNs) = (211.04, 219.5) }
    rows.decide(threshold: 0.02)
    func side(_ name: String) -> ABSide {
      ABSide(
        name: name, commit: String(repeating: "a", count: 40), version: "jot-bench 0.1.0",
        executable: "/", scenarios: names)
    }
    return ABReport(
      side(name), side("."), rows, ABSettings(), machine: .test,
      date: Date(timeIntervalSince1970: 1_767_225_600), isPartial: false)
  }
}
