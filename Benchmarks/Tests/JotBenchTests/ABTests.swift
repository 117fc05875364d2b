import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("A/B", .serialized)
struct ABTests {
  static let verify = "verify/HS256/access-token"

  /// A wrapper of jot-bench that runs a shell command first: `describe` for `worker --describe`,
  /// `worker` for other calls.
  private static func program(
    _ folder: Folder, _ name: String, describe: String = "", worker: String = ""
  ) throws -> String {
    let tool = try Child.tool("jot-bench")
    let path = "\(folder.path)/\(name)"
    let script = """
      #!/usr/bin/env bash
      tool='\(tool)'
      if [ "$2" = --describe ]; then
        \(describe.isEmpty ? ":" : describe)
      else
        \(worker.isEmpty ? ":" : worker)
      fi
      exec "$tool" "$@"
      """
    try Data(script.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  private static func measure(
    _ before: String, _ after: String, scenarios: [String] = [verify], seconds: Double = 1.5,
    patience: Double = 60, planted: String? = nil, threads: [Int] = [1]
  ) throws -> [ABRow] {
    var settings = ABSettings.jot
    (settings.scenarios, settings.seconds, settings.patience) = (scenarios, seconds, patience)
    (settings.threads, settings.cpus) = (threads, Machine.cpus())
    settings.planted = try planted.map { try Slowdown($0) }
    var measurement = ABMeasurement(
      settings, try ABSide(name: "before", executable: before),
      try ABSide(name: "after", executable: after))
    return try measurement.run()
  }

  @Test("a planted slow-down is found in its row only, on one thread and on two")
  func planted() throws {
    let tool = try Child.tool("jot-bench")
    let rows = try Self.measure(
      tool, tool, scenarios: [Self.verify, "decode/base64url/123", "hostile/dots"], seconds: 4,
      planted: "\(Self.verify)=1", threads: [1, 2])
    #expect(rows.map(\.threads) == [1, 2, 1, 1])
    for row in rows {
      let change = try #require(row.estimate).change
      if row.scenario == Self.verify {
        // Twice the work: on a busy machine it may be too noisy, but never faster.
        #expect([.slower, .noisy].contains(row.verdict) && change > 0.3, "\(row)")
      } else {
        #expect(row.verdict != .slower, "\(row)")
      }
      #expect(row.sessions.count >= 8 && row.sessions.allSatisfy { $0.rounds >= 6 })
      #expect((row.referenceNs == nil) == row.scenario.hasPrefix("hostile"))
      #expect(row.beforeNs! > 50 && row.beforeNs! < 1e6)
    }
  }

  @Test(
    "a build that answers wrongly, dies, hangs or prints garbage is a row with its reason",
    arguments: [
      ("exec \"$tool\" \"$@\" --plant-wrong-answer", "AFTER: a wrong answer"),
      ("kill -9 $$", "AFTER: killed by signal 9"),
      (
        "echo ready 1; read; echo 'out of memory' >&2; exit 7", "AFTER: ended with status 7: out of"
      ),
      ("exec sleep 60", "AFTER: no answer within 3 s"),
      ("echo ready 1; exec sleep 60", "AFTER: no answer within 3 s"),
      ("echo ready soon; exec sleep 60", "AFTER: not ready and a batch's size: ready soon"),
      ("echo ready 1; read; echo 1,2; exec sleep 60", "AFTER: not nanoseconds, nanoseconds and 1"),
      ("echo ready 1; read; echo 9,999999999999,1; exec sleep 60", "AFTER: its clocks have"),
      ("echo 'no such key' >&2; exit 1", "AFTER: ended with status 1: no such key"),
    ])
  func broken(worker: String, reason: String) throws {
    let folder = try Folder()
    let tool = try Child.tool("jot-bench")
    let after = try Self.program(folder, "after", worker: worker)
    let rows = try Self.measure(tool, after, patience: reason.contains("3 s") ? 3 : 60)
    #expect(rows[0].verdict == .broken && rows[0].reason?.hasPrefix(reason) == true, "\(rows)")
    #expect(rows[0].isRegression(over: 1))
    // BEFORE's failure says nothing about AFTER.
    let turned = try Self.measure(after, tool, patience: reason.contains("3 s") ? 3 : 60)
    #expect(turned[0].verdict == .notComparable && turned[0].reason?.hasPrefix("BEFORE: ") == true)
  }

  @Test(
    "a worker's child processes end with it, and block nothing",
    arguments: [
      // A child that holds the worker's pipes, one that keeps writing to stderr, and one that never
      // reads.
      "echo ready 1; sleep 300 & echo $! >\"$0.child\"; exit 9",
      "echo ready 1; (exec >&- <&-; while echo x >&2; do :; done) & echo $! >\"$0.child\"; exit 9",
      "echo ready 1; sleep 300 & echo $! >\"$0.child\"; wait",
    ])
  func descendants(worker: String) throws {
    let folder = try Folder()
    let tool = try Child.tool("jot-bench")
    let after = try Self.program(folder, "after", worker: worker)
    let start = Time.now
    let rows = try Self.measure(tool, after, patience: 2)
    #expect(rows[0].verdict == .broken && Double(Time.now - start) < 30e9, "\(rows)")
    let text = try String(contentsOfFile: "\(after).child", encoding: .utf8)
    let child = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    // It may take a moment until the orphan is reaped.
    var tries = 0
    while kill(child, 0) == 0, tries < 100 {
      usleep(50_000)
      tries += 1
    }
    #expect(kill(child, 0) != 0, "\(worker)")
  }

  @Test("a worker that is always slow is a row with its reason")
  func slow() throws {
    let folder = try Folder()
    let tool = try Child.tool("jot-bench")
    // Each answer arrives in time but takes a second: the session must end anyway.
    let after = try Self.program(
      folder, "after",
      worker:
        "echo ready 1; while read word; do sleep 3; case $word in run*) echo 2900000000,2900000000,1;; *) echo ok;; esac; done"
    )
    let start = Time.now
    let rows = try Self.measure(tool, after, patience: 20)
    #expect(rows[0].verdict == .broken && Double(Time.now - start) < 90e9, "\(rows)")
    #expect(rows[0].reason?.contains("rounds within 20 s") == true, "\(rows)")
    // Here the worker claims that it took no time.
    let instant = try Self.program(
      folder, "instant", worker: "echo ready 1; while read word; do sleep 6; echo 1,1,1; done")
    let measured = try Self.measure(tool, instant)
    #expect(measured[0].reason?.hasPrefix("AFTER: its clocks have") == true, "\(measured)")
  }

  @Test("a scenario that only one side has is a row with that reason")
  func missing() throws {
    let folder = try Folder()
    let tool = try Child.tool("jot-bench")
    let without = try Self.program(
      folder, "without",
      describe: "\"$tool\" worker --describe | grep -v hostile/dots; echo verify/new; exit")
    let rows = try Self.measure(
      tool, without, scenarios: ["hostile/dots", "verify/new"], seconds: 0.5)
    #expect(
      rows.map(\.reason) == ["BEFORE alone has this scenario", "AFTER alone has this scenario"])
    #expect(rows.allSatisfy { $0.verdict == .notComparable })
  }

  @Test("a program without the protocol, or with another version of it, is refused with a message")
  func protocols() throws {
    let folder = try Folder()
    func words(_ describe: String) throws -> String {
      let path = try Self.program(folder, "other", describe: describe)
      do throws(BenchError) {
        _ = try ABSide(name: "v1", executable: path, patience: 3)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(try words("echo 'Unexpected argument worker' >&2; exit 2").contains("no jot-bench"))
    let later = try words("printf 'jot-bench-worker/2\\nx\\ny\\n'; exit")
    #expect(later.contains("needs the protocol jot-bench-worker/1, and it has jot-bench-worker/2"))
    #expect(try words("echo what; exit").contains("and it has none"))
    // Endless output is an error, and control characters can't break the message's line.
    #expect(try words("yes jot-bench-worker/1").contains("without an end"))
    #expect(try words("while echo x; do sleep 0.2; done").contains("without an end"))
    #expect(try words("printf 'jot-bench-worker/1\\nx\\n'; exit").contains("names no scenarios"))
    let escape = try words("printf 'jot-bench-worker/1\\nx\\n\\033[31m|\\n'; exit")
    #expect(escape.contains("names no scenarios") && escape.allSatisfy { !$0.isNewline })
    #expect(try words("exec sleep 60").contains("no answer within 3 s"))
  }

  @Test("ab exits with 0, 1 for a regression, 2 if it can't compare, 130 after Ctrl-C")
  func statuses() throws {
    let folder = try Folder()
    let tool = try Child.tool("jot-bench")
    func result(_ arguments: [String]) throws -> (text: String, status: Int32) {
      try Child(tool, ["ab", "--quiet", "--seconds", "1.5"] + arguments).result()
    }
    let rows = ["--scenario", Self.verify]
    let same = try result([tool, tool, "--threshold", "900"] + rows)
    #expect(same.status == 0 && same.text.contains("1 row: "), "\(same)")
    let file = "\(folder.path)/ab.json"
    // On a busy machine even twice the work may be too noisy: try three times.
    var slower = (text: "", status: Int32(2))
    for _ in 0..<3 where slower.status == 2 {
      slower = try result(
        [tool, tool, "--plant-slowdown", "\(Self.verify)=1", "--format", "json", "--output", file]
          + rows)
    }
    #expect(slower.status == 1, "\(slower)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file)))
    #expect((json as? [String: Any])?["regressions"] as? Int == 1)
    let dead = try Self.program(folder, "dead", worker: "exit 3")
    #expect(try result([tool, dead] + rows).status == 1)
    #expect(try result([dead, tool] + rows).status == 2)
    let none = try Self.program(folder, "none", describe: "exit 2")
    for wrong in [
      [tool], [tool, none], [none, tool], [tool, "no-such-revision"],
      [tool, tool, "--format", "x"],
      [tool, tool, "--threshold", "0"], [tool, tool, "--scenario", "nothing/*"],
      [tool, tool, "--threads", "0"], [tool, tool, "--seconds", "0"], ["--", tool, "-x"],
      [tool, tool, "--threshold", "-1"], [tool, tool, "--output", "/nowhere/file"],
      [tool, tool, "--page", folder.path], [tool, tool, "--output", file, "--page", file],
      rows + [tool, tool, "--plant-slowdown", "hostile/dots=0.5"],
    ] {
      let result = try result(wrong)
      #expect(result.status == 2 && !result.text.isEmpty, "\(wrong) \(result)")
    }
    // The terminal sends Ctrl-C to all processes of the group: workers must ignore it.
    let run = try Child(tool, ["ab", tool, tool, "--seconds", "60", "--quiet"] + rows)
    usleep(4_000_000)
    kill(run.id, SIGINT)
    let ended = run.result()
    #expect(ended.status == 130 && ended.text.contains("interrupted"), "\(ended)")
    #expect(ended.text.contains(Self.verify))
  }

  @Test("a worker answers its requests only, and reads its clocks outside the work")
  func worker() throws {
    struct Empty: Engine {
      let name = "empty"
      func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
        (0..<threads).map { _ in EmptyWorker() }
      }
    }
    var settings = ScenarioWorker.Settings()
    settings.poolSize = 64
    let empty = try ScenarioWorker(.tokens(.verify, .hs256, .accessToken), Empty(), settings)
    #expect(empty.ready == "ready 1")
    for line in ["", "run", "run 0", "run -1", "run x", "run 1 2", "run 9999999999", "stop"] {
      #expect(empty.answer(line) == nil, "\(line)")
    }
    // Take the minimum of several: other processes use the machine too.
    let times = (0..<20).compactMap { _ in
      empty.answer("run 1000000").map { $0.split(separator: ",").compactMap { Double($0) } }
    }
    #expect(times.count == 20 && times.allSatisfy { $0.count == 3 && $0[2] == 1 })
    #expect((times.map { $0[0] }.min() ?? .infinity) / 1e6 < 2)

    let batch = try ScenarioWorker(
      .tokens(.verifyBatch, .hs256, .accessToken), JotEngine(), settings)
    #expect(batch.ready == "ready 64" && batch.answer("run 63") == nil)
    #expect(batch.answer("run 128")?.hasSuffix(",1") == true)
    settings.isPlantedWrong = true
    let wrong = try ScenarioWorker(.tokens(.verify, .hs256, .accessToken), JotEngine(), settings)
    #expect(wrong.answer("run 10")?.hasSuffix(",0") == true)
    #expect(throws: BenchError.unusable("openssl has no part in hostile/dots")) {
      try ScenarioWorker(.hostile(.dots), OpenSSLEngine(), settings)
    }
    settings.isPlantedWrong = false
    let cached = try ScenarioWorker(.cached(.rs256, .percent(0)), JotEngine(), settings)
    #expect(cached.answer("run 64") != nil && cached.answer("begin") == "ok")
    #expect(cached.answer("run 640") != nil && cached.answer("end") == "ok")
  }

  @Test("a pool is read back from its file unchanged, and not from another file")
  func pools() throws {
    for algorithm in [JotScenario.Algorithm.rs256, .es256, .edDSA] {
      let pool = try Pool(algorithm, count: 32)
      let text = pool.text
      let back = try #require(Pool(text, algorithm, .accessToken, count: 32))
      #expect(back.tokens.map(\.text) == pool.tokens.map(\.text))
      #expect(back.tokens.map(\.claimsAnswer) == pool.tokens.map(\.claimsAnswer))
      #expect(back.tokens.map(\.signature) == pool.tokens.map(\.signature))
      #expect(back.tokens.map(\.signingInput) == pool.tokens.map(\.signingInput))
      #expect(back.refused.map(\.reason) == pool.refused.map(\.reason))
      #expect(back.key.pem(isPrivate: true) == pool.key.pem(isPrivate: true))
      for operation in [JotScenario.Operation.sign, .verify] {
        let workers = try JotEngine().workers(.tokens(operation, back), threads: 1)
        let checkedWorker = CheckedWorker(workers[0], isPlantedWrong: false)
        #expect(checkedWorker.isSound() && checkedWorker.run(100))
      }
      #expect(Pool(text, .rs384, .accessToken, count: 32) == nil)
      #expect(Pool(text, algorithm, .oidc, count: 32) == nil)
      #expect(Pool(text, algorithm, .accessToken, count: 33) == nil)
      #expect(Pool(String(text.prefix(text.count / 2)), algorithm, .accessToken, count: 32) == nil)
      #expect(Pool("", algorithm, .accessToken, count: 0) == nil)
    }
  }
}
