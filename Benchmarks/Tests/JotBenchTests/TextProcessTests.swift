import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Peers")
struct TextProcessTests {
  /// A competitor in shell that answers `answer` to each run and reports 1,000 ns.
  private func competitor(_ answer: String) throws -> URL {
    let file = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    let script = """
      #!/bin/sh
      while read -r word rest; do
        [ "$word" = run ] && \(answer)
      done
      """
    try Data(script.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    return file
  }

  private func row(_ answer: String) throws -> Row {
    let file = try competitor(answer)
    defer { try? FileManager.default.removeItem(at: file) }
    var settings = JotSettings()
    settings.scenarios = [.base64url(.decode, characters: 43)]
    settings.seconds = 0.01
    let engine = TextProcessEngine(name: "competitor", executable: file.path)
    var measurement = Measurement(settings, engines: [OpenSSLEngine(), engine])
    let rows = try measurement.run()
    #expect(rows.map(\.engine) == ["openssl", "competitor"] && rows[0].answerChecked)
    return rows[1]
  }

  @Test("a competitor that answers wrongly, answers nothing, or exits is a void row")
  func void() throws {
    for answer in ["echo 1000,7", "echo what", "exit 1"] {
      #expect(try !row(answer).answerChecked, "\(answer)")
    }
  }

  @Test("an error names a competitor that can't be started")
  func absent() throws {
    let pool = TextPool(.decode, characters: 43)
    let engine = TextProcessEngine(name: "competitor", executable: "/no/such/competitor")
    #expect(throws: BenchError.unusable("competitor: /no/such/competitor can't be run")) {
      try engine.workers(.texts(pool), threads: 1)
    }
    #expect(try engine.workers(.hostile(try HostilePool(.dots)), threads: 1).isEmpty)
  }

  @Test("aklomp's base64 answers correctly, timed by its own clock")
  func aklomp() throws {
    let path = ProcessInfo.processInfo.environment["JOT_AKLOMP"] ?? ""
    guard !path.isEmpty else {
      print("jot: skipped: no JOT_AKLOMP")
      return
    }
    for coding in [JotScenario.Coding.decode, .encode] {
      for characters in [43, 123, 1024, 65536] {
        let pool = TextPool(coding, characters: characters)
        let worker = try TextProcessEngine(name: "aklomp", executable: path)
          .workers(.texts(pool), threads: 1)[0]
        for _ in 0..<3 {
          let sum = worker.run(pool.bytes.count)
          #expect(sum == worker.expected.reduce(0, &+), "\(coding) \(characters)")
        }
        #expect((worker.nanosecondsInProcess ?? 0) > 0)
      }
    }
  }
}
