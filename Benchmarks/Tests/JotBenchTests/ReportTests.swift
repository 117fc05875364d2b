import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Reports and records")
struct ReportTests {
  @Test("the table is at most 100 columns wide and aligned")
  func table() {
    let table = Report(machine: .test, rows: [.test, Row.test.voided()]).table
    let lines = table.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 }, "\(table)")
    #expect(table.contains("1.250 [1.200, 1.300]") && table.contains("void"))
  }

  @Test("a machine's folder names the CPU, the cores and the system, and no host")
  func slug() {
    #expect(Machine.test.slug == "amd-epyc-9000-2-core-3-1-ghz-2-cores-debian-gnu-linux-12")
    let machine = Machine.current(cores: 2)
    let host = ProcessInfo.processInfo.hostName
    let report = Report(machine: machine, rows: [])
    for text in [machine.slug, report.text, report.json] {
      #expect(!text.contains(host) || host == "localhost", "\(text)")
      #expect(!text.contains(NSHomeDirectory()) || NSHomeDirectory() == "/")
    }
  }

  @Test("a record is written completely or not at all, has no path, and gives the article's table")
  func record() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let date = Date(timeIntervalSince1970: 1_767_225_600)
    let report = Report(
      machine: .test, rows: [.test, Row.test.voided()], command: "jot-bench run", date: date)
    let file = try Record.write(report, in: folder.path)
    #expect(file.hasSuffix("/\(Machine.test.slug)/2026-01-01T00-00-00Z.json"))
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: Machine.test.slug).path)
    #expect(Set(names) == Set(["csv", "txt", "json"].map { "2026-01-01T00-00-00Z.\($0)" }))
    #expect(try Record.read(folder.path).json == report.json)
    let csv = try String(contentsOfFile: file.replacing(".json", with: ".csv"), encoding: .utf8)
    #expect(csv.hasPrefix("scenario,engine,threads,ns_per_op"))
    #expect(csv.split(separator: "\n").count == 3 && !csv.contains(folder.path))
    let markdown = try Record.markdown(folder.path)
    #expect(try Record.markdown(file) == markdown)
    #expect(
      markdown.contains(
        "| verify/HS256/access-token | jot | 1 | 204 | 180 | - | 1.250 [1.200, 1.300] | 5,555,556 | 0 | 1.000 |"
      ))
    #expect(markdown.contains("void"))
    // A folder that can't be created is an error, and leaves nothing behind.
    #expect(throws: BenchError.self) {
      try Record.write(report, in: file)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: Machine.test.slug).path
      ).count == 3)
    #expect(throws: BenchError.self) { try Record.markdown("/no/such/record") }
  }

  @Test("tokens, texts and refusals have separate tables, with a column for OpenSSL's time")
  func tables() throws {
    func row(_ scenario: String, _ engine: String, _ time: Double, ratio: Double?) -> Row {
      var row = Row(
        scenario: scenario, engine: engine, threads: 1, tokenBytes: 43, isOversubscribed: false,
        samples: 9, answerChecked: true)
      (row.nsPerOp, row.allocationsPerOp, row.scaling) = (time, 0, 1)
      (row.ratioToOpenssl, row.ratioLow, row.ratioHigh) = (ratio, ratio, ratio)
      return row
    }
    let rows = [
      row("verify/HS256/access-token", "openssl", 200, ratio: 1),
      row("verify/HS256/access-token", "jot", 100, ratio: 0.5),
      row("decode/base64url/43", "openssl", 43, ratio: 1),
      row("decode/base64url/43", "jot", 10, ratio: 0.25),
      row("decode/base64url/43", "aklomp", 21.5, ratio: 0.5).voided(),
      row("hostile/dots", "jot", 50, ratio: nil),
    ]
    let report = Report(machine: .test, rows: rows)
    #expect(report.table.contains("hostile/dots (43 bytes)"))
    let markdown = try #require(RecordTables(csv: report.csv)).markdown
    let tables = markdown.components(separatedBy: "\n\n")
    #expect(tables.count == 3)
    #expect(
      tables[0].hasSuffix(
        "| verify/HS256/access-token | jot | 1 | 43 | 100 | 200 | 0.500 [0.500, 0.500] | - | 0 | 1.000 |"
      ))
    #expect(
      tables[1].hasSuffix(
        """
        | decode/base64url/43 | jot | 10 | 43 | 0.250 [0.250, 0.250] | 4.3 |
        | decode/base64url/43 | aklomp | void | 43 | void | void |
        """))
    #expect(tables[2].hasSuffix("|---|---|---:|---:|---:|\n| hostile/dots | jot | 43 | 50 | 0 |\n"))
  }

  @Test("an old record without token sizes is read; other files are refused")
  func older() throws {
    let csv = Report(machine: .test, rows: [.test]).csv
    let older = csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).dropLast(2).joined(separator: ",")
    }
    let tables = try #require(RecordTables(csv: older.joined(separator: "\n"))).markdown
    #expect(tables.contains("| verify/HS256/access-token | jot | 1 | - | 180 |"))
    #expect(RecordTables(csv: "") == nil && RecordTables(csv: "scenario,engine\na,b\n") == nil)
    #expect(RecordTables(csv: csv + "short,line\n") == nil)
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test("the article's tables equal those of the newest record in results/")
  func article() throws {
    let article = try String(
      contentsOf: Self.root.appending(path: "Sources/Jot/Jot.docc/Benchmarks.md"), encoding: .utf8)
    let table = try Record.markdown(Self.root.appending(path: "results").path)
    #expect(table.split(separator: "\n").count > 2)
    #expect(article.contains("<!-- numbers -->\n\(table)\nMeasured on "))
  }

  @Test("README's claims on speed hold in each machine's newest record")
  func claims() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let claims = readme.matches(of: /\| ([0-9.]+) \|((?: [0-9.·nµs –]+ \|)+) `([^`]+)` \|/)
    #expect(claims.count == 10)
    // Rows with a dash have figures in records from this day on.
    let day = try Date("2026-11-29T00:00:00Z", strategy: .iso8601)
    for folder in try RecordTests.folders() {
      let machine = folder.lastPathComponent
      let report = try Record.read(folder.path)
      for claim in claims where report.date >= day || !claim.2.contains("–") {
        let row = report.rows.first {
          $0.scenario == claim.3 && $0.engine == "jot" && $0.threads == 1
        }
        let bound = try #require(Double(claim.1))
        #expect((row?.ratioHigh ?? .infinity) <= bound, "\(machine): \(claim.0)")
        let ratio = try #require(row?.ratioToOpenssl)
        let time = try #require(row?.nsPerOp)
        // A ratio and a time, as in `0.054 · 3.2 µs`.
        let columns = claim.2.split(separator: "|").map { $0.split(separator: " ") }
        #expect(
          columns.contains { column in
            guard column.count == 4, let first = Double(column[0]), let second = Double(column[2])
            else { return false }
            return abs(first - ratio) <= (ratio < 0.1 ? 0.00101 : 0.00551)
              && abs(second * (column[3] == "ns" ? 1 : 1000) - time) <= (time < 1000 ? 0.51 : 51)
          }, "\(machine): \(claim.0)")
      }
    }
  }

  @Test("a file or folder that can't be written is refused before anything is measured")
  func unwritable() throws {
    #expect(throws: BenchError.self) { try Record.check(file: "/no/such/file", option: "--output") }
    #expect(throws: BenchError.self) { try Record.check(folder: "/dev/null/x", option: "--record") }
    #expect(throws: Never.self) {
      try Record.check(folder: NSTemporaryDirectory() + "jot/new/folder", option: "--record")
    }
  }
}

extension Machine {
  static let test = Machine([
    "cpu": .text("AMD EPYC 9000 2-Core (3.1 GHz)"), "cores": .number(2),
    "os": .text("Debian GNU/Linux 12"), "kernel": .text("6.1"), "swift": .text("6.3.1"),
    "openssl": .text("3.0.19"), "git_commit": .text("0123456789ab"),
  ])
}

extension Row {
  static let test = {
    var row = Row(
      scenario: "verify/HS256/access-token", engine: "jot", threads: 1, tokenBytes: 204,
      isOversubscribed: false, samples: 40, answerChecked: true)
    (row.nsPerOp, row.madNs, row.p50Ns, row.p99Ns, row.p999Ns) = (180, 1, 190, 200, 300)
    (row.opsPerSecond, row.allocationsPerOp, row.scaling) = (5_555_555.6, 0, 1)
    (row.ratioToOpenssl, row.ratioLow, row.ratioHigh) = (1.25, 1.2, 1.3)
    return row
  }()
}
