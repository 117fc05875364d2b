import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("jot-bench load", .serialized)
struct LoadToolTests {
  private func result(_ arguments: [String]) throws -> (text: String, status: Int32) {
    try Child(Child.tool("jot-bench"), ["load", "--quiet"] + arguments).result()
  }

  /// The server as `make load` builds it.
  private static let server = PageFixture.folder.deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Load/.build/release/load-server").path

  private static let hasServer = {
    let isThere =
      FileManager.default.isExecutableFile(atPath: server) && WrkProgram.path != nil
      && Machine.allowedCPUs.count >= 2
    if !isThere { print("jot: skipped: no load-server") }
    return isThere
  }()

  @Test("says what is wrong with its options, and what is missing")
  func wrong() throws {
    for (arguments, words) in [
      (["--slices", "0"], "--slices 0: 1 to 1000"),
      (["--seconds", "nan"], "--seconds nan: more than 0, at most 60"),
      (["--connections", "0"], "--connections 0: 1 to 1000"),
      (["--rate=-1"], "--rate -1.0: requests a second, 0 to 1,000,000"),
      (["--port", "70000"], "--port 70000: 0 to 65535"),
      (["--format", "x"], "--format x: table, json or markdown"),
    ] {
      let result = try result(arguments)
      #expect(result.status == 2 && result.text.contains(words), "\(result)")
    }
    let missing = try result(["--server", "/no/such"])
    #expect(missing.status == 1, "\(missing)")
    let words =
      Machine.allowedCPUs.count < 2
      ? "load needs two CPUs" : "there is no server /no/such; build it: make load"
    #expect(missing.text.contains(words), "\(missing)")
    let one = try result(["--pin", "\(Machine.allowedCPUs[0])", "--server", "/no/such"])
    #expect(one.status == 1 && one.text.contains("load needs two CPUs"), "\(one)")
  }

  @Test("prints a record as a table for the article")
  func report() throws {
    let folder = try Folder()
    let report = LoadFixture.report()
    let path = try Record.write(report, in: folder.path)
    let printed = try result(["--report", path, "--format", "markdown"])
    #expect(printed.status == 0 && printed.text == report.markdown)
    try Data("{}".utf8).write(to: URL(filePath: path))
    #expect(try result(["--report", path]).status == 1)
  }

  @Test("measures every mode of the real server, and leaves no process", .enabled(if: hasServer))
  func whole() throws {
    let folder = try Folder()
    let run = try result([
      "--server", Self.server, "--slices", "2", "--seconds", "0.2", "--record", folder.path,
      "--format", "json",
    ])
    try #require(run.status == 0, "\(run.text.suffix(500))")
    let names = try #require(FileManager.default.enumerator(atPath: folder.path))
    let file = try #require(names.compactMap { $0 as? String }.first { $0.hasSuffix(".json") })
    let report = try Record.readLoad("\(folder.path)/\(file)")
    #expect(report.rows.map(\.mode) == LoadModes.names)
    #expect(report.rows.allSatisfy { $0.cpuSlices.count == 2 && $0.open != nil })
    #expect(report.conditions.server.contains("Hummingbird 2."), "\(report.conditions.server)")
  }

  @Test("says that a port is busy", .enabled(if: hasServer))
  func busy() throws {
    let other = try LoadServer(LoadFixture.settings(), isStopped: { false })
    let run = try result([
      "--server", Self.server, "--port", "\(other.port)", "--modes", "none",
    ])
    #expect(run.status == 1 && run.text.contains("did not start"), "\(run)")
    #expect(run.text.contains("Address already in use"), "\(run)")
  }

  @Test("Ctrl-C ends the server and the load", .enabled(if: hasServer))
  func interrupted() throws {
    let run = try Child(
      try Child.tool("jot-bench"),
      ["load", "--quiet", "--server", Self.server, "--slices", "1000", "--modes", "hs256"])
    defer { kill(run.id, SIGKILL) }
    // Until its server listens: it is a child of the command.
    var children: [String] = []
    for _ in 0..<600 where children.isEmpty {
      usleep(100_000)
      let path = "/proc/\(run.id)/task/\(run.id)/children"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      children = text.split(separator: " ").map(String.init)
    }
    try #require(!children.isEmpty)
    usleep(500_000)
    kill(run.id, SIGINT)
    let result = run.result()
    #expect(result.status == 130, "\(result)")
    for child in children {
      #expect(!FileManager.default.fileExists(atPath: "/proc/\(child)"), "\(child) is left")
    }
  }
}
