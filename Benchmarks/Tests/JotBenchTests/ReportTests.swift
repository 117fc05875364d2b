import Foundation
import Testing

@testable import JotBench

@Suite("Reports and records")
struct ReportTests {
  @Test("the JSON has schema 1 and the named fields, null where there is no figure")
  func json() throws {
    let report = Report(machine: .test, rows: [.test, Row.test.voided()])
    let value = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
    #expect(value?["schema"] as? Int == 1)
    let rows = try #require(value?["rows"] as? [[String: Any]])
    for row in rows { #expect(Set(row.keys) == Set(Row.columns)) }
    #expect(
      rows[0]["ratio_to_openssl"] as? Double == 1.25 && rows[0]["answer_checked"] as? Bool == true)
    #expect(rows[1]["ns_per_op"] is NSNull && rows[1]["answer_checked"] as? Bool == false)
    #expect((value?["machine"] as? [String: Any])?["cpu"] as? String == Machine.test.cpu)
  }

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
    for text in [machine.slug, Report(machine: machine, rows: []).text(command: "x")] {
      #expect(!text.contains(host) || host == "localhost", "\(text)")
      #expect(!text.contains(NSHomeDirectory()) || NSHomeDirectory() == "/")
    }
  }

  @Test("a record is whole or not there, says no path, and gives the README's table")
  func record() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let report = Report(machine: .test, rows: [.test, Row.test.voided()])
    let date = Date(timeIntervalSince1970: 1_767_225_600)
    let file = try Record.write(report, in: folder.path, command: "jot-bench run", date: date)
    #expect(file.hasSuffix("/\(Machine.test.slug)/2026-01-01T00-00-00Z.csv"))
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: Machine.test.slug).path)
    #expect(Set(names) == ["2026-01-01T00-00-00Z.csv", "2026-01-01T00-00-00Z.txt"])
    let csv = try String(contentsOfFile: file, encoding: .utf8)
    #expect(csv.hasPrefix("scenario,engine,threads,ns_per_op"))
    #expect(csv.split(separator: "\n").count == 3 && !csv.contains(folder.path))
    let markdown = try Record.markdown(folder.path)
    #expect(
      markdown.contains(
        "| verify/HS256/access-token | jot | 1 | 204 | 180 | - | 1.250 [1.200, 1.300] | 5,555,556 | 0 | 1.000 |"
      ))
    #expect(markdown.contains("void"))
    // A folder that can't be made: an error, and nothing left behind.
    #expect(throws: BenchError.self) {
      try Record.write(report, in: file, command: "x", date: date)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: Machine.test.slug).path
      ).count == 2)
    #expect(throws: BenchError.self) { try Record.markdown("/no/such/record") }
  }

  @Test("tokens, texts and refusals have tables of their own, OpenSSL's time a column of each")
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

  @Test("a record of before tokens had a size is read too, and no other file")
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

  @Test("README's table is the newest record in results/, to the letter")
  func readme() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let table = try Record.markdown(root.appending(path: "results").path)
    #expect(table.split(separator: "\n").count > 2)
    #expect(readme.contains("<!-- numbers -->\n\(table)\nMeasured on "))
  }

  @Test("a file or folder that can't be written is refused before anything is measured")
  func unwritable() throws {
    #expect(throws: BenchError.self) { try Record.check(file: "/no/such/file", option: "--output") }
    #expect(throws: BenchError.self) { try Record.check(folder: "/dev/null/x", option: "--record") }
    #expect(throws: Never.self) {
      try Record.check(folder: NSTemporaryDirectory() + "jot/new/folder", option: "--record")
    }
  }

  @Test("a cgroup's quota is worth so many CPUs")
  func quota() {
    #expect(Machine.quota("max 100000") == nil && Machine.quota(nil) == nil)
    #expect(Machine.quota("200000 100000\n") == 2 && Machine.quota("150000 100000") == 1.5)
    #expect(!Machine.cpus().isEmpty)
  }

  @Test("versions and fields are found where systems write them")
  func fields() {
    #expect(Machine.swiftVersion("Swift version 6.3.1 (swift-6.3.1-RELEASE)\nTarget: x") == "6.3.1")
    let text = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
    #expect(
      Machine.field("PRETTY_NAME", of: text, separator: "=") == "Debian GNU/Linux 12 (bookworm)")
    #expect(Machine.field("NAME", of: text, separator: "=") == nil)
    let cpu = "cpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n\ncpu family\t: 25\n"
    #expect(Machine.cpu(cpu) == "AMD EPYC, family 25 model 17")
    #expect(Machine.cpu("model name: Cortex\n") == "Cortex" && Machine.cpu(nil) == "unknown")
  }
}

extension Machine {
  static let test = Machine(
    cpu: "AMD EPYC 9000 2-Core (3.1 GHz)", cores: 2, system: "Debian GNU/Linux 12", kernel: "6.1",
    governor: "unknown", swift: "6.3.1", openssl: "3.0.19", commit: "0123456789ab")
}

extension Row {
  static let test = Row(
    scenario: "verify/HS256/access-token", engine: "jot", threads: 1, tokenBytes: 204,
    isOversubscribed: false,
    nsPerOp: 180, madNs: 1, p50Ns: 190, p99Ns: 200, p999Ns: 300, samples: 40,
    opsPerSecond: 5_555_555.6, allocationsPerOp: 0, ratioToOpenssl: 1.25, ratioLow: 1.2,
    ratioHigh: 1.3, scaling: 1, answerChecked: true)
}
