import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("A record of a server under load")
struct LoadRecordTests {
  private static let schema = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "LoadSchema.json")

  @Test("is read as it was written, and follows its schema")
  func roundTrip() throws {
    let schema = try JSONSchema(Data(contentsOf: Self.schema))
    var closed = LoadFixture.report().rows
    closed[1].open = nil
    let full = LoadFixture.report()
    let reports = [
      full, LoadFixture.report(isPartial: true),
      LoadReport(
        machine: full.machine.adding([
          "family": .unknown, "model": .unknown,
        ]), conditions: full.conditions, rows: closed, date: full.date),
    ]
    for report in reports {
      let back = try LoadReport(json: Data(report.json.utf8))
      #expect(back.json == report.json && back.isPartial == report.isPartial)
      #expect(back.markdown == report.markdown)
    }
    let value = try JSONSerialization.jsonObject(with: Data(reports[2].json.utf8))
    #expect(schema.faults(value) == [])
  }

  @Test("is refused if a figure is missing, negative or too large")
  func refuses() throws {
    let json = LoadFixture.report().json
    for (old, new) in [
      ("\"jot-bench-load/1\"", "\"jot-bench-load/2\""), ("\"mode\":\"base\",", ""),
      ("\"requests\":200000", "\"requests\":0"), ("\"low\":", "\"lowest\":"),
      ("\"unanswered\":1", "\"unanswered\":-1"), ("\"connections\":64", "\"connections\":\"64\""),
      ("\"p50_us\":", "\"p50_us\":-"), ("\"median\":", "\"median\":1e20,\"old\":"),
    ] {
      #expect(json.contains(old), "\(old)")
      #expect(throws: BenchError.self, "\(old)") {
        try LoadReport(json: Data(json.replacing(old, with: new).utf8))
      }
    }
  }

  @Test("is stored beside those of runs, and never mistaken for one")
  func stored() throws {
    let folder = try Folder()
    let date = Date(timeIntervalSince1970: 1_767_225_600)
    let run = try Record.write(Report(machine: .test, rows: [.test], date: date), in: folder.path)
    let report = LoadFixture.report()
    let path = try Record.write(report, in: folder.path)
    #expect(path == "\(folder.path)/\(Machine.test.slug)/2026-01-01T00-00-00Z-load.json")
    #expect(Record.load(beside: run) == path && Record.competitors(beside: run) == nil)
    #expect(try Record.readLoad(path).json == report.json)
    #expect(try Record.newest(folder.path) == run)
    #expect(throws: BenchError.self) { try Record.read(path) }
    #expect(throws: BenchError.self) { try Record.readLoad(run) }
  }
}
