import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Records as JSON")
struct RecordTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Schema.json")

  /// A short run that fills every field of a row.
  private static func run() throws -> Report {
    var settings = JotSettings()
    settings.scenarios = [
      .tokens(.verify, .hs256, .accessToken), .cached(.rs256, .percent(100)),
      .hostile(.dots),
    ]
    (settings.seconds, settings.sessions, settings.poolSize) = (0.01, 2, 64)
    settings.cpus = Machine.cpus()
    var measurement = Measurement(settings, engines: [OpenSSLEngine(), JotEngine()])
    let start = SystemLoad.now()
    let rows = try measurement.run() + [Row.test.voided()]
    return Report(
      machine: .current(
        cores: 2, SystemLoad.now().facts(since: start).merging(measurement.facts) { $1 }),
      rows: rows,
      command: "jot-bench run", date: Date(timeIntervalSince1970: 1_767_225_600))
  }

  @Test("a run's record follows Schema.json, and reads back unchanged")
  func schema() throws {
    let schema = try JSONSchema(Data(contentsOf: Self.file))
    let report = try Self.run()
    let value = try JSONSerialization.jsonObject(with: Data(report.json.utf8))
    #expect(schema.faults(value) == [])
    let back = try Report(json: Data(report.json.utf8))
    #expect(back.json == report.json && back.csv == report.csv && back.rows.count == 6)
    // A session that was disturbed from start to end does not count.
    #expect((1...2).contains(back.rows[1].slices.sessions.count))
    #expect(
      back.date == report.date && back.machine == report.machine && back.noise == report.noise)
    // Every column of the table is there by name.
    let row = try #require((value as? [String: Any])?["rows"] as? [[String: Any]])[0]
    for column in Row.columns { #expect(row[column] != nil, "\(column)") }
  }

  @Test("Schema.json refuses a missing, mistyped, out-of-range or unknown member")
  func refuses() throws {
    let schema = try JSONSchema(Data(contentsOf: Self.file))
    let report = try Self.run()
    let whole = try #require(
      JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    func faults(_ change: (inout [String: Any]) -> Void) -> [String] {
      var value = whole
      change(&value)
      return schema.faults(value)
    }
    for name in whole.keys { #expect(faults { $0[name] = nil } == ["$.\(name) is missing"]) }
    for name in ["machine", "noise"] {
      for member in (whole[name] as! [String: Any]).keys {
        let found = faults { value in
          var object = value[name] as! [String: Any]
          object[member] = nil
          value[name] = object
        }
        #expect(found == ["$.\(name).\(member) is missing"])
      }
    }
    let row = (whole["rows"] as! [[String: Any]])[1]
    func rowFaults(_ name: String, _ member: Any?) -> [String] {
      faults { value in
        var row = row
        row[name] = member
        value["rows"] = [row]
      }
    }
    for name in row.keys {
      #expect(rowFaults(name, nil) == ["$.rows[0].\(name) is missing"])
      #expect(!rowFaults(name, ["of": "another type"]).isEmpty, "\(name)")
    }
    #expect(rowFaults("new", 1) == ["$.rows[0].new is not known"])
    #expect(rowFaults("ns_per_op", -1) == ["$.rows[0].ns_per_op is too small"])
    #expect(rowFaults("threads", 1.5).count == 1 && rowFaults("threads", true).count == 1)
    #expect(rowFaults("sessions", [0]).count == 1 && rowFaults("slices_ns", ["1"]).count == 1)
    var latency = row["latency"] as! [String: Any]
    latency["buckets"] = [[1, 2, 3]]
    #expect(rowFaults("latency", latency) == ["$.rows[0].latency.buckets[0] has 3 items"])
    #expect(faults { $0["schema"] = "jot-bench/1" }.count == 1)
    #expect(faults { $0["date"] = "yesterday" } == ["$.date does not match"])
    #expect(faults { $0["partial"] = 1 }.count == 1)
    #expect(faults { $0["noise"] = ["aa_change": 0.1, "verdict": "loud", "words": ""] }.count == 1)
    // The validator reports a keyword that it does not support.
    let strange = try JSONSchema(Data(#"{"oneOf":[]}"#.utf8))
    #expect(strange.faults([String: Any]()).count == 1)
  }

  @Test(
    "a record of another schema, without a figure, or not a record at all is refused with a reason")
  func unreadable() throws {
    let json = Report(machine: .test, rows: [.test]).json
    func reason(_ text: String) -> String {
      do throws(BenchError) {
        _ = try Report(json: Data(text.utf8))
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(reason(json) == "")
    #expect(reason(json.replacing(Report.schema, with: "jot-bench/9")).contains("jot-bench/9"))
    #expect(
      reason(json.replacing("\"ns_per_op\":", with: "\"other\":")).contains(
        "rows.[0].ns_per_op is missing"))
    #expect(reason(json.replacing("\"threads\":1", with: "\"threads\":\"1\"")).contains("type"))
    #expect(
      reason(json.replacing("\"slices_ns\":[]", with: "\"slices_ns\":[1]")).contains("sessions"))
    for text in ["", "[]", "{}", String(json.dropLast(9))] {
      #expect(reason(text).contains("not a record"), "\(text)")
    }
  }

  @Test(
    "a record with a figure that can't be written or drawn is refused",
    arguments: [
      ("\"ns_per_op\":180", "\"ns_per_op\":-1"), ("\"ns_per_op\":180", "\"ns_per_op\":1e300"),
      ("\"scaling\":1", "\"scaling\":2e15"), ("\"threads\":1", "\"threads\":0"),
      ("\"threads\":1", "\"threads\":9000000000"), ("\"token_bytes\":204", "\"token_bytes\":-1"),
      ("\"cores\":2", "\"cores\":-1e300"), ("\"aa_change\":null", "\"aa_change\":-1"),
      ("\"slices_ns\":[],\"slices_ratio\":[]", "\"slices_ns\":[-1],\"slices_ratio\":[]"),
      ("\"slices_ns\":[],\"slices_ratio\":[]", "\"slices_ns\":[0],\"slices_ratio\":[]"),
      ("\"slices_ns\":[],\"slices_ratio\":[]", "\"slices_ns\":[1e-320],\"slices_ratio\":[]"),
      ("\"latency\":null", latency("[1]")), ("\"latency\":null", latency("[1,2000000000000000]")),
      ("\"latency\":null", latency("[-1,1]")),
      ("\"latency\":null", latency("[1,1]").replacing("\"max\":1", with: "\"max\":1e16")),
    ])
  func unsound(old: String, new: String) throws {
    let json = Report(machine: .test, rows: [.test]).json
    try #require(json.contains(old))
    // Slices need sessions.
    let other = new.contains("slices") ? ("\"sessions\":[]", "\"sessions\":[1]") : ("", "")
    let changed = json.replacing(old, with: new).replacing(other.0, with: other.1)
    #expect(throws: BenchError.self) { try Report(json: Data(changed.utf8)) }
    let good = json.replacing("\"latency\":null", with: Self.latency("[1,1]"))
    #expect(try Report(json: Data(good.utf8)).rows[0].latency?.max == 1)
  }

  @Test("a record whose session lengths overflow 64 bits is refused")
  func sessions() throws {
    let json = Report(machine: .test, rows: [.test]).json
    let slices = json.replacing("\"slices_ns\":[]", with: "\"slices_ns\":[1,1]")
    _ = try Report(json: Data(slices.replacing("\"sessions\":[]", with: "\"sessions\":[1,1]").utf8))
    for wrong in ["\(Int.max),\(Int.max),4", "\(Int.max),3", "\(Int.min),-1", "3,-1", "2,0", "1"] {
      let changed = slices.replacing("\"sessions\":[]", with: "\"sessions\":[\(wrong)]")
      #expect(throws: BenchError.self) { try Report(json: Data(changed.utf8)) }
    }
  }

  /// The folders of the machines that have records; others have logs only.
  static func folders() throws -> [URL] {
    let results = file.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "results")
    return try FileManager.default.contentsOfDirectory(atPath: results.path)
      .filter { $0 != "local" }.map { results.appending(path: $0) }
      .filter { folder in
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
          .contains { $0.hasSuffix("Z.json") }
      }
  }

  @Test("a record of schema 1, which had other names for sessions, is still read")
  func schema1() throws {
    let old = try PageFixture.json("record.json").replacing("\"sessions\"", with: "\"sittings\"")
      .replacing("\"\(Report.schema)\"", with: "\"jot-bench/1\"")
      .replacing("\"note\":null,", with: "")
    let record = try Report(json: Data(old.utf8))
    #expect(record.json == (try PageFixture.record().json) && old != record.json)
    // Read every stored record, and compare it with itself.
    for folder in try Self.folders() {
      let report = try Record.read(folder.path)
      let comparison = Comparison(report, report)
      #expect(!comparison.changes.isEmpty && comparison.regressions(over: 0).isEmpty)
      #expect(report.rows.contains { $0.slices.sessions.count > 1 }, "\(folder.path)")
      let table = try Record.markdown(Record.newest(folder.path))
      #expect(table.contains("| verify/HS256/access-token |"))
    }
  }

  static func latency(_ bucket: String) -> String {
    #""latency":{"p50":1,"p90":1,"p99":1,"p999":1,"p9999":1,"max":1,"buckets":[\#(bucket)]}"#
  }

  @Test("the records of the page's tests follow the schemas exactly")
  func fixtures() throws {
    for (name, schema) in [("record.json", "Schema.json"), ("peers.json", "CompetitorSchema.json")]
    {
      let file = Self.file.deletingLastPathComponent().appending(path: schema)
      let value = try JSONSerialization.jsonObject(with: Data(PageFixture.json(name).utf8))
      #expect(try JSONSchema(Data(contentsOf: file)).faults(value) == [], "\(name)")
    }
    #expect(try PageFixture.record().json == PageFixture.json("record.json"))
    #expect(try PageFixture.competitors().json == PageFixture.json("peers.json"))
  }

  @Test("a record of competitors is stored beside those of runs, and never mistaken for one")
  func competitors() throws {
    let folder = try Folder()
    let date = Date(timeIntervalSince1970: 1_767_225_600)
    let run = try Record.write(Report(machine: .test, rows: [.test], date: date), in: folder.path)
    let report = CompetitorReport(
      machine: .test, rows: try PageFixture.competitors().rows, leftOut: ["x: no compiler"],
      date: date + 60)
    let path = try Record.write(report, in: folder.path)
    #expect(path == "\(folder.path)/\(Machine.test.slug)/2026-01-01T00-01-00Z-peers.json")
    #expect(try Record.readCompetitors(path).json == report.json)
    #expect(Record.competitors(beside: run) == path)
    #expect(try Record.newest(folder.path) == run)
    #expect(throws: BenchError.self) { try Record.read(path) }
    #expect(throws: BenchError.self) { try Record.readCompetitors(run) }
    #expect(throws: BenchError.self) { try Record.write(report, in: path) }
    #expect(try Record.readCompetitors(path).json == report.json)
  }

  @Test("finds the newest record of a folder, and the competitors' record beside it")
  func newest() throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    defer { try? manager.removeItem(at: folder) }
    let names = [
      "m/2026-01-02T00-00-00Z.json", "a/2026-01-03T00-00-00Z.json",
      "a/2026-01-03T00-00-00Z-peers.json", "local/a/2026-01-04T00-00-00Z.json",
      "a/2026-01-02T12-00-00Z-peers.json", "a/2026-01-05T00-00-00Z.csv", "z/peers.json",
      "a/2026-01-06T00-00-00Z-other.json",
    ]
    for name in names {
      let file = folder.appending(path: name)
      try manager.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
    let newest = try Record.newest(folder.path)
    #expect(newest == folder.path + "/a/2026-01-03T00-00-00Z.json")
    #expect(
      Record.competitors(beside: newest) == folder.path + "/a/2026-01-03T00-00-00Z-peers.json")
    #expect(Record.competitors(beside: folder.path + "/m/x.json") == nil)
    #expect(try Record.newest(newest) == newest)
    #expect(throws: BenchError.self) { try Record.newest(folder.path + "/z") }
    #expect(throws: BenchError.self) { try Record.newest(folder.path + "/nothing") }
    #expect(throws: BenchError.self) { try Record.read(newest) }
    #expect(throws: BenchError.self) { try Record.readCompetitors(folder.path + "/z/peers.json") }
    #expect(throws: BenchError.self) { try Record.readCompetitors(folder.path + "/z/nothing") }
  }

  @Test("times of single operations are counted in buckets of two significant digits")
  func buckets() {
    #expect([7, 99, 100, 234, 65_999].map(Latency.twoDigits) == [7, 99, 100, 230, 65_000])
    var histogram = EngineRun.noLatencies
    #expect(Latency(histogram) == nil)
    for value in [210, 211, 219, 1500, 1500] as [UInt64] { _ = histogram.record(value) }
    let latency = Latency(histogram)
    #expect(latency?.buckets.map(\.nanoseconds) == [210, 1500])
    #expect(latency?.buckets.map(\.count) == [3, 2])
    #expect(latency?.p50 == 219 && (latency?.max ?? 0) >= 1500)
  }
}

@Suite("Records on a disk that fails", .serialized)
struct AtomicFileTests {
  @Test("after a kill during a write the file has the old record or the new one, complete")
  func killed() throws {
    let folder = try Folder()
    let file = folder.path + "/record.json"
    for round in 0..<12 {
      let process = try writer([file, "1500", "0"])
      let first = process.line()
      #expect(Int(first) != nil, "\(first)")
      usleep(UInt32(1000 + round * 7301))
      kill(process.id, SIGKILL)
      process.wait()
      let report = try Record.read(file)
      #expect(report.rows.count == 1500)
      // All rows come from the same write.
      #expect(Set(report.rows.map(\.tokenBytes)).count == 1)
    }
    // Some writers were killed while writing: their temporary files are still there.
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count > 1, "\(names)")
  }

  @Test("a file that can't grow, as on a full disk, leaves the old record and nothing else")
  func full() throws {
    let folder = try Folder()
    let file = folder.path + "/record.json"
    let first = try writer([file, "3", "1"])
    first.wait()
    let before = try String(contentsOfFile: file, encoding: .utf8)
    let second = try writer([file, "1500", "1"], blocks: 16)
    #expect(second.line().contains("one that was there is unchanged"))
    second.wait()
    #expect(second.status == 1)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["record.json"])
    // Without the limit the write succeeds.
    let third = try writer([file, "1500", "1"])
    third.wait()
    #expect(third.status == 0)
    #expect(try Record.read(file).rows.count == 1500)
  }

  @Test("a special file is written in place, and a symbolic link is followed")
  func others() throws {
    let folder = try Folder()
    try Record.write("text", to: "/dev/null", option: "--output /dev/null")
    let kind = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type]
    #expect(kind as? FileAttributeType == .typeCharacterSpecial)
    let (file, link) = (folder.path + "/file", folder.path + "/link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
    try Record.write("old", to: file, option: "")
    try Record.write("new", to: link, option: "")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
    #expect(throws: BenchError.self) { try Record.write("", to: "/no/such/file", option: "") }
  }

  /// RecordWriter with a file size limit, in blocks of 1 KiB.
  private func writer(_ arguments: [String], blocks: Int? = nil) throws -> Child {
    let limit = blocks.map { "ulimit -f \($0); " } ?? ""
    return try Child(
      "/bin/bash", ["-c", "\(limit)exec \"$0\" \"$@\"", Child.tool("RecordWriter")] + arguments)
  }
}
