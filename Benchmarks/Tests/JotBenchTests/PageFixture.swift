import Foundation

@testable import JotBench

/// Records for the page's tests: a run's figures, with what it did not keep made up.
enum PageFixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  /// The record of a run, its JSON changed.
  static func record(_ change: (String) -> String = { $0 }) throws -> PageRecord {
    let json = try String(contentsOf: folder.appending(path: "record.json"), encoding: .utf8)
    guard let record = PageRecord(json: Data(change(json).utf8)) else {
      throw BenchError.unusable("the fixture")
    }
    return record
  }

  static func field(_ change: (String) -> String = { $0 }) throws -> PageField {
    let json = try String(contentsOf: folder.appending(path: "peers.json"), encoding: .utf8)
    guard let field = PageField(json: Data(change(json).utf8)) else {
      throw BenchError.unusable("the fixture")
    }
    return field
  }

  /// The page of both, drawn once.
  static func page() throws -> Page { try drawn.get() }
  private static let drawn = Result { try Page(record(), field()) }

  /// A page of a record that has a text wherever a record can have one.
  static func hostile(_ text: String) throws -> Page {
    let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    func put(_ json: String, _ names: [String]) -> String {
      names.reduce(json) { json, name in
        json.replacing(
          try! Regex("\"\(name)\": ?\"[^\"]*\""), with: "\"\(name)\":\(quoted)")
      }
    }
    // Jot and OpenSSL keep their names and the kinds their beginnings, so that all plots are drawn.
    let inner = quoted.dropFirst().dropLast()
    let record = try record { json in
      put(
        json.replacing("/access-token\"", with: "/\(inner)\"")
          .replacing("\"aklomp\"", with: quoted).replacing("/43\"", with: "\(inner)\""),
        ["cpu", "system", "kernel", "command", "date", "words", "verdict"])
    }
    let field = try field { json in
      put(
        json.replacing("/access-token\"", with: "/\(inner)\"")
          .replacing("\"PyJWT\"", with: quoted), ["version", "language", "reason_", "driven"])
    }
    return try Page(record, field)
  }

  /// Whether all elements end, and no bracket or ampersand stands for itself.
  ///
  /// Foundation's own parsers forgive too much.
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

  /// Whether plots can be drawn here; says so where they can't.
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
