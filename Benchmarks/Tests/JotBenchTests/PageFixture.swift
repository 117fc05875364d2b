import Foundation

@testable import BenchKit
@testable import JotBench

/// Records for the page's tests: a real run's figures, completed with synthetic ones.
enum PageFixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  static func json(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// The record of a run, after a change of its JSON.
  static func record(_ change: (String) -> String = { $0 }) throws -> Report {
    try Report(json: Data(change(json("record.json")).utf8))
  }

  static func competitors(_ change: (String) -> String = { $0 }) throws -> CompetitorReport {
    try CompetitorReport(json: Data(change(json("peers.json")).utf8))
  }

  /// The page of all records, rendered once.
  static func page() throws -> Page { try drawn.get() }
  private static let drawn = Result {
    try Page(record(), eightTasks(), LoadFixture.report())
  }

  /// The same with ES256, EdDSA and claims of a type, which older records don't have: RS256's and
  /// HS256's figures once more.
  static func eightTasks() throws -> CompetitorReport {
    let old = try competitors()
    let rows = ["ES256", "EdDSA"].flatMap { algorithm in
      old.rows.filter { $0.task.algorithm == "RS256" }.map { row in
        let task = CompetitorTask(isSigning: row.task.isSigning, algorithm: algorithm)
        var copy = CompetitorRow(competitor: row.competitor, task: task, reason: row.reason)
        (copy.nanoseconds, copy.timesJot, copy.samples) = (
          row.nanoseconds, row.timesJot, row.samples
        )
        return copy
      }
    }
    let typed = old.rows.filter { $0.task.algorithm == "HS256" && $0.reason == nil }.map { row in
      let task = CompetitorTask(
        isSigning: row.task.isSigning, algorithm: "HS256", claims: "1KiB")
      var copy = CompetitorRow(competitor: row.competitor, task: task)
      (copy.nanoseconds, copy.timesJot, copy.samples) = (
        row.nanoseconds, row.timesJot, row.samples
      )
      return copy
    }
    return CompetitorReport(
      machine: old.machine, rows: old.rows + rows + typed, leftOut: old.leftOut, date: old.date)
  }

  /// A page of records with `text` in every field that can hold text.
  static func hostile(_ text: String) throws -> Page {
    let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    func put(_ json: String, _ names: [String]) -> String {
      names.reduce(json) { json, name in
        json.replacing(
          try! Regex("\"\(name)\": ?\"[^\"]*\""), with: "\"\(name)\":\(quoted)")
      }
    }
    // Keep the names jot and openssl and the scenarios' prefixes, so that all plots are drawn.
    let inner = quoted.dropFirst().dropLast()
    let record = try record { json in
      put(
        json.replacing("/access-token\"", with: "/\(inner)\"")
          .replacing("\"aklomp\"", with: quoted).replacing("/43\"", with: "\(inner)\""),
        ["cpu", "os", "kernel", "command", "words"])
    }
    let competitors = try competitors { json in
      put(
        json.replacing("\"PyJWT\"", with: quoted),
        ["cpu", "version", "language", "reason", "driven"])
    }
    let load = LoadFixture.report([(text, 90), (LoadMode.base, 97), ("hs256", 100)])
    return try Page(record, competitors, load)
  }

  /// Whether all elements are closed, and every bracket and ampersand is escaped.
  ///
  /// Foundation's own parsers accept too much.
  static func isWellFormed(_ svg: String) -> Bool {
    var open: [Substring] = []
    var isRight = true
    let tag = #/<(\/?)([a-z]+)((?: +[-a-zA-Z:]+ *= *(?:"[^"<]*"|'[^'<]*'))*) *(\/?)>/#
    let rest = svg.replacing(tag) { match in
      if match.1 == "/" {
        if open.popLast() != match.2 { isRight = false }
      } else if match.4 != "/" {
        open.append(match.2)
      }
      return String(match.3)
    }.replacing(#/&(amp|lt|gt|quot|#39);/#, with: "")
    return isRight && open.isEmpty && !rest.contains { "<&".contains($0) }
  }

  /// Whether gnuplot is installed; prints a message if not.
  static let hasGnuplot = has(["gnuplot", "--version"], "no gnuplot")

  static func has(_ command: [String], _ cause: String) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    if (try? process.run()) != nil {
      process.waitUntilExit()
      if process.terminationStatus == 0 { return true }
    }
    print("jot: skipped: \(cause)")
    return false
  }
}
