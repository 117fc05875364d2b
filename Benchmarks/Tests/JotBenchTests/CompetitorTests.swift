import Foundation
import Synchronization
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Competitors")
struct CompetitorTests {
  static let sign = CompetitorTask(operation: .sign, algorithm: .hs256)
  static let verify = CompetitorTask(operation: .verify, algorithm: .hs256)
  /// Its signatures are random.
  static let signES256 = CompetitorTask(operation: .sign, algorithm: .es256)
  static let signClaims = CompetitorTask(operation: .sign, algorithm: .hs256, claims: .sixClaims)
  static let verifyClaims = CompetitorTask(operation: .verify, algorithm: .hs256, claims: .oneKiB)
  /// Of curves; RSA's keys take long to make.
  static let curves = [JotScenario.Algorithm.es256, .edDSA].flatMap { algorithm in
    [JotScenario.Operation.sign, .verify].map {
      CompetitorTask(operation: $0, algorithm: algorithm)
    }
  }

  /// Why a competitor with this change has no figure for a task; nil if it has one.
  private func reason(
    _ task: CompetitorTask, patience: Double = 120, madeOf other: Pool? = nil,
    _ change: (FakeCompetitor) -> Void = { _ in }
  ) throws -> String? {
    let pool = try Self.pool(task)
    let fake = try FakeCompetitor()
    change(fake)
    let path = try fake.path(task, other ?? pool)
    do throws(ProcessFailure) {
      let process = try LineProcess(path, patience: patience)
      let (description, claims) = try CompetitorDescription.ask(process)
      #expect(description.name == "fake" && claims == ["6-claims", "1KiB"])
      let worker = try Competitor(process, task, pool, cpu: nil).worker
      let checkedWorker = CheckedWorker(worker, isPlantedWrong: false)
      // More than once around the pool, each run continuing after the last one.
      // What was made is checked before the next slice.
      let isRight = [100, 1, 50].allSatisfy { checkedWorker.isSound() && checkedWorker.run($0) }
      return isRight && checkedWorker.isSound() ? nil : worker.failure?.reason ?? "a wrong answer"
    } catch {
      return error.reason
    }
  }

  /// A task's pool. Claims of a type are verified by the machine's clock.
  private static func pool(_ task: CompetitorTask, now: Int64? = nil) throws -> Pool {
    let time = task.claims == nil ? Pool.now : CompetitorSettings().now
    return try Pool(task.jwsAlgorithm, task.profile, count: 64, now: now ?? time)
  }

  @Test(
    "a competitor with the right answers is measured",
    arguments: [sign, verify, signClaims, verifyClaims] + curves)
  func right(task: CompetitorTask) throws {
    #expect(try reason(task) == nil)
  }

  @Test("a competitor that is killed, exits or closes its output gives a reason")
  func gone() throws {
    #expect(try reason(Self.verify) { $0.run = "kill -9 $$" } == "killed by signal 9")
    #expect(
      try reason(Self.verify) { $0.run = "echo 'no more memory' >&2; exit 3" }
        == "ended with status 3: no more memory")
    #expect(try reason(Self.verify) { $0.tokens = "exit 0" } == "ended with status 0")
    #expect(
      try reason(Self.verify, patience: 3) { $0.run = "exec sleep 60 >&-" }
        == "its output ended, and it did not")
  }

  @Test("a competitor that hangs is killed, whether or not it reads")
  func hangs() throws {
    let start = ContinuousClock.now
    #expect(
      try reason(Self.verify, patience: 2) { $0.run = "exec sleep 60" } == "no answer within 2 s")
    // More input than fits in a pipe.
    let pool = try Pool(.hs256)
    let fake = try FakeCompetitor()
    fake.describe += "; exec sleep 60"
    let process = try LineProcess(fake.path(Self.verify, pool), patience: 2)
    #expect(try CompetitorDescription.ask(process).description.version == "1.0")
    #expect(throws: ProcessFailure(reason: "no answer within 2 s")) {
      try Competitor(process, Self.verify, pool, cpu: nil)
    }
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test(
    "a competitor that prints garbage or wrong answers gives a reason",
    arguments: [
      ("echo what", "not nanoseconds,answer: what"),
      ("echo 1,2,3", "not nanoseconds,answer: 1,2,3"),
      ("echo", "not nanoseconds,answer: "),
      ("printf 'a\\033[31mb\\n'", "not nanoseconds,answer: a?[31mb"),
      ("count $2; echo \"$taken,7\"", "a wrong answer"),
      ("count $(($2 + 1)); echo \"$taken,$(printf %u $sum)\"", "a wrong answer"),
      ("exec cat /dev/zero", "an answer without an end"),
    ])
  func nonsense(run: String, wanted: String) throws {
    #expect(try reason(Self.verify) { $0.run = run } == wanted)
  }

  @Test("a competitor's clock must agree with ours")
  func clocks() throws {
    for time in ["0", "999999999999"] {
      let run = "count $2; echo \"\(time),$(printf %u $sum)\""
      let found = try reason(Self.verify) { $0.run = run }
      #expect(found?.hasPrefix("its clock has \(time) ns where ours has") == true)
    }
  }

  @Test("a competitor that claims to take no time gets batches of at most a slice's operations")
  func timeless() throws {
    var settings = CompetitorSettings()
    (settings.seconds, settings.poolSize, settings.tasks) = (0.01, 64, [Self.verify])
    settings.patience = 120
    settings.cpus = Array(Machine.cpus().suffix(1))
    let pool = try Pool(.hs256, count: 64, seed: settings.seed, now: settings.now)
    let fake = try FakeCompetitor()
    // It computes the sum of whole rounds at once, so its time does not depend on the count.
    fake.run =
      "n=$(($2 / 64)); r=$(($2 % 64)); count 64; whole=$sum; count $r; "
      + "((sum += whole * n)); echo \"1,$(printf %u $sum)\""
    settings.executables = [try fake.path(Self.verify, pool)]
    var measurement = CompetitorMeasurement(settings)
    let row = try #require(try measurement.run().last)
    #expect(row.competitor.name == "fake" && row.reason == nil && row.samples >= 5)
  }

  @Test("accepting a bad token gives a reason, and so does refusing a good one")
  func judges() throws {
    func reason(_ judge: String) throws -> String? {
      try self.reason(Self.verify) { $0.judge = judge }
    }
    #expect(try reason("echo accepted") == "it accepts a bad token: signature_invalid")
    #expect(try reason("echo refused") == "it refuses a good token")
    #expect(try reason("echo perhaps") == "neither accepted nor refused: perhaps")
    // The header and the payload of a good token, so that only the signature differs.
    let broken = "[ \"${2%.*}\" = \"${good[0]%.*}\" ] && [ \"$2\" != \"${good[0]}\" ]"
    #expect(
      try reason("if \(broken); then echo refused; else echo accepted; fi")
        == "it accepts a bad token: expired")
    // The first five tokens: good, broken, expired, unsigned, for another audience.
    #expect(
      try reason(
        "((asked++ == 0 || asked == 5)) && echo accepted || echo refused")
        == "it accepts a bad token: another audience")
    // With claims of a type there is a sixth.
    #expect(
      try self.reason(Self.verifyClaims) {
        $0.judge = "((asked++ == 0 || asked == 6)) && echo accepted || echo refused"
      } == "it accepts a bad token: without a claim of the type")
  }

  @Test("a competitor that does not support a task says why")
  func cannot() throws {
    #expect(try reason(Self.sign) { $0.tokens = "echo no such algorithm" } == "such algorithm")
    #expect(try reason(Self.sign) { $0.tokens = "echo well" } == "neither ok nor no: well")
    #expect(
      try reason(Self.verify) { $0.describe = "echo a b c" } == "it does not say what it is: a b c")
  }

  @Test("the tokens that a competitor makes are verified: signature and claims")
  func made() throws {
    func reason(_ make: String) throws -> String? {
      try self.reason(Self.sign) { $0.make = make }
    }
    #expect(try reason("echo a.b.c") == "it made no token: a.b.c")
    #expect(
      try reason("for t in \"${good[@]}\"; do echo \"${t%??}AA\"; done")
        == "the signature of a token it made is wrong")
    #expect(
      try reason("printf '%s\\n' \"${good[@]:1}\" \"${good[0]}\"")
        == "a token it made says something else than was asked")
    let later = try Pool(.hs256, count: 64, now: Pool.now + 1)
    #expect(
      try self.reason(Self.sign, madeOf: later)
        == "a token it made says something else than was asked")
  }

  @Test("the claims of a type in the tokens that a competitor makes are all compared")
  func madeOfClaims() throws {
    let now = CompetitorSettings().now
    let pool = try Self.pool(Self.signClaims, now: now)
    let signer = try OpenSSLWorker(pool.key, signs: true)
    for (old, new) in [("editor", "author"), (#""iat""#, #""was""#), (#","role":"editor""#, "")] {
      let tokens = try pool.tokens.map { token in
        let claims = String(decoding: token.claims, as: UTF8.self)
        try #require(claims.contains(old))
        let made = try signer.token(
          pool.profile.header(pool.algorithm), claims.replacing(old, with: new))
        return String(decoding: made.text, as: UTF8.self)
      }
      let fake = try FakeCompetitor()
      fake.make = "printf '%s\\n' \(tokens.joined(separator: " "))"
      let process = try LineProcess(fake.path(Self.signClaims, pool), patience: 120)
      #expect(
        throws: ProcessFailure(reason: "a token it made says something else than was asked")
      ) {
        try Competitor(process, Self.signClaims, pool, cpu: nil)
      }
    }
  }

  @Test("only a competitor that names a type of claims is asked for it")
  func types() throws {
    var settings = CompetitorSettings()
    (settings.seconds, settings.poolSize) = (0.01, 64)
    settings.tasks = [Self.signClaims, Self.verifyClaims]
    settings.patience = 120
    settings.cpus = Array(Machine.cpus().suffix(1))
    let (six, none) = (try FakeCompetitor(), try FakeCompetitor())
    six.describe = "printf 'six\\t1\\tshell\\tby a list\\t6-claims\\n'"
    none.describe = "printf 'none\\t1\\tshell\\tby a list\\n'"
    let pool = try Pool(.hs256, .sixClaims, count: 64, seed: settings.seed, now: settings.now)
    settings.executables = [
      try six.path(Self.signClaims, pool), try none.path(Self.signClaims, pool),
      "/no/such/competitor",
    ]
    var measurement = CompetitorMeasurement(settings)
    let rows = try measurement.run()
    #expect(rows.map(\.competitor.name) == ["openssl", "jot", "six", "openssl", "jot"])
    #expect(rows.allSatisfy { $0.reason == nil && $0.samples >= 5 }, "\(rows)")
    #expect(
      rows.map(\.task.scenario).uniqued()
        == ["sign-claims/HS256/6-claims", "verify-claims/HS256/1KiB"])
  }

  @Test("where signatures are random, the last token of each slice is verified")
  func last() throws {
    func reason(_ last: String) throws -> String? {
      try self.reason(Self.signES256) { $0.last = last }
    }
    let good = "${good[(at + 63) % 64]}"
    #expect(try reason("echo \(good)") == nil)
    #expect(try reason("echo") == "it made no token: ")
    #expect(
      try reason("t=\(good); echo \"${t%??????}AAAAAA\"")
        == "the signature of a token it made is wrong")
    // Another item's token.
    #expect(
      try reason("echo \"${good[at]}\"") == "a token it made says something else than was asked")
    #expect(try reason("kill -9 $$") == "killed by signal 9")
    // The sums show a wrong payload even if the last token is right.
    #expect(
      try self.reason(Self.signES256) { $0.run = "count $2; echo \"$taken,7\"" }
        == "a wrong answer")
    // Signatures that can be foreseen are all in the sums.
    #expect(try self.reason(Self.sign) { $0.last = "kill -9 $$" } == nil)
  }

  @Test("the schema of records has every task")
  func tasks() throws {
    let root = PageFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "CompetitorSchema.json"))
    var schema = try JSONSerialization.jsonObject(with: data)
    for name in ["$defs", "row", "properties", "scenario", "enum"] {
      schema = try #require((schema as? [String: Any])?[name])
    }
    let names = try #require(schema as? [String])
    #expect(names == CompetitorTask.all.map(\.scenario) && names.count == 14)
    for task in CompetitorTask.all {
      #expect(task.jwsAlgorithm.rawValue == task.algorithm)
      #expect((task.claimsType == nil) == (task.claims == nil))
    }
  }

  @Test("a token is parsed with one audience or a list")
  func parts() throws {
    func token(_ claims: String) -> String {
      let all = [#"{"alg":"HS256"}"#, claims, String(repeating: "s", count: 32)]
      return all.map { String(decoding: Base64.url(Array($0.utf8)), as: UTF8.self) }
        .joined(separator: ".")
    }
    let one = try #require(TokenParts(token(#"{"sub":"a","aud":"b","exp":5}"#)))
    #expect(one.algorithm == "HS256" && one.subject == "a" && one.audience == ["b"])
    #expect(one.expiration == 5 && one.signature == Array(repeating: UInt8(ascii: "s"), count: 32))
    #expect(TokenParts(token(#"{"aud":["b","c"]}"#))?.audience == ["b", "c"])
    for bad in ["", "a.b", token("{}") + ".", token("{}") + "=", token("[]"), token("{")] {
      #expect(TokenParts(bad) == nil, "\(bad)")
    }
  }

  @Test("a competitor that fails is a row with its reason beside those that are measured")
  func mixed() throws {
    let tasks = [Self.sign, Self.verify]
    var settings = CompetitorSettings()
    (settings.seconds, settings.poolSize, settings.tasks) = (0.02, 64, tasks)
    settings.patience = 120
    settings.cpus = Array(Machine.cpus().suffix(1))
    let pool = try Pool(.hs256, count: 64, seed: settings.seed, now: settings.now)
    let (right, dying) = (try FakeCompetitor(), try FakeCompetitor())
    // It dies while it is measured, or it can't be started.
    dying.run = "count \"$2\"; [ \"$2\" -gt 1 ] && kill -9 $$; echo \"$taken,$(printf %u $sum)\""
    let rows = try tasks.flatMap { task in
      settings.tasks = [task]
      settings.executables = [
        try right.path(task, pool), try dying.path(task, pool), "/no/such/competitor",
      ]
      var measurement = CompetitorMeasurement(settings)
      return try measurement.run()
    }
    #expect(rows.map(\.task) == tasks.flatMap { Array(repeating: $0, count: 5) })
    for rows in [rows.prefix(5), rows.suffix(5)].map(Array.init) {
      #expect(rows.map(\.competitor.name) == ["openssl", "jot", "fake", "fake", "competitor"])
      for row in rows.prefix(3) {
        #expect(row.reason == nil && row.samples >= 5 && (row.nanoseconds ?? 0) > 0)
      }
      #expect(rows[1].timesJot?.median == 1 && rows[2].timesJot != nil)
      #expect(rows[3].reason == "killed by signal 9" && rows[3].nanoseconds == nil)
      #expect(rows[4].reason == "/no/such/competitor can't be run")
    }
    try report(
      CompetitorReport(machine: .current(cores: 1), rows: rows, leftOut: ["gone: no \"net\""]))
  }

  @Test("a measurement that is stopped keeps finished tasks, and says that it is partial")
  func ended() throws {
    var settings = CompetitorSettings()
    (settings.seconds, settings.poolSize, settings.tasks) = (0.02, 64, [Self.sign, Self.verify])
    settings.cpus = Array(Machine.cpus().suffix(1))
    let isStopped = Atomic<Bool>(false)
    var measurement = CompetitorMeasurement(
      settings, isStopped: { isStopped.load(ordering: .relaxed) },
      progress: { _, what in
        if what == Self.verify.name { isStopped.store(true, ordering: .relaxed) }
      })
    let rows = try measurement.run()
    #expect(measurement.isPartial && rows.map(\.task) == [Self.sign, Self.sign])
    let report = CompetitorReport(machine: .test, rows: rows, leftOut: [], isPartial: true)
    #expect(try CompetitorReport(json: Data(report.json.utf8)).isPartial)
    for text in [report.table, report.markdown] { #expect(text.contains("Partial: ")) }

    isStopped.store(true, ordering: .relaxed)
    measurement = CompetitorMeasurement(settings, isStopped: { true })
    #expect(try measurement.run().isEmpty && measurement.isPartial)
  }

  /// Checks that every output format has the same rows.
  private func report(_ report: CompetitorReport) throws {
    let back = try CompetitorReport(json: Data(report.json.utf8))
    #expect(back.json == report.json && back.rows == report.rows)
    #expect(back.machine == report.machine && back.leftOut == report.leftOut)
    let root = PageFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
    let schema = try JSONSchema(Data(contentsOf: root.appending(path: "CompetitorSchema.json")))
    #expect(schema.faults(try JSONSerialization.jsonObject(with: Data(report.json.utf8))) == [])
    for text in [report.table, report.markdown] {
      #expect(text.contains("none: killed by signal 9") && text.contains("gone: no \"net\""))
      #expect(text.contains("fake: by a list"))
    }
    // Aligned: the last column starts at the same offset in each line.
    let lines = report.table.split(separator: "\n").filter { $0.contains("checked") }
    #expect(Set(lines.prefix(3).map { $0.count }).count == 1)
    #expect(report.markdown.contains("| fake | 1.0 | shell | "))
  }

  @Test(
    "a record of competitors with a figure and a reason, neither, or another type is refused",
    arguments: [
      ("\"reason\":null", "\"reason\":\"killed\""), ("\"ns_per_op\":200", "\"ns_per_op\":null"),
      ("\"ns_per_op\":200", "\"ns_per_op\":0"), ("\"ns_per_op\":200", "\"ns_per_op\":1e300"),
      ("\"times_jot\":2", "\"times_jot\":-1"), ("\"times_low\":1", "\"times_low\":null"),
      ("sign/HS256", "sign/none"), ("access-token", "oidc"), ("peers/1\"", "peers/2\""),
      ("\"jot-bench-peers/1\"", "1"), ("\"left_out\"", "\"other\""),
    ])
  func unsound(old: String, new: String) throws {
    var row = CompetitorRow(competitor: .unknown("x"), task: Self.sign)
    (row.nanoseconds, row.timesJot) = (200, CompetitorRow.Times(median: 2, low: 1, high: 3))
    let json = CompetitorReport(machine: .test, rows: [row], leftOut: []).json
    #expect(try CompetitorReport(json: Data(json.utf8)).rows == [row])
    try #require(json.contains(old))
    #expect(throws: BenchError.self) {
      try CompetitorReport(json: Data(json.replacing(old, with: new).utf8))
    }
  }

  @Test("peers --record writes a record, and a competitor that fails is in it with its reason")
  func verb() throws {
    let folder = try Folder()
    let bin = folder.path + "/competitors/bin"
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: bin + "/mute", withDestinationPath: "/bin/false")
    let arguments = ["--seconds", "0.02", "--quiet", "--folder", folder.path + "/competitors"]
    let result = try Child(
      Child.tool("jot-bench"), ["peers", "--record", folder.path + "/kept"] + arguments
    ).result()
    #expect(result.status == 0 && result.text.contains("none: ended with status 1"), "\(result)")
    let path = try #require(result.text.firstMatch(of: #/kept (\S+-peers\.json)/#)).1
    let record = try Record.readCompetitors(String(path))
    // It names no types of claims: there it has no rows.
    #expect(record.rows.count == 36 && record.rows.count { $0.reason == nil } == 28)
    #expect(path.hasPrefix("\(folder.path)/kept/\(record.machine.slug)/"))
  }

  @Test("the folder names the competitors that are found and those that are missing")
  func folder() throws {
    let fake = try FakeCompetitor()
    let folder = CompetitorFolder(fake.folder.path)
    #expect(throws: BenchError.self) { try folder.executables(matching: "*") }
    #expect(folder.leftOut.isEmpty)
    let bin = fake.folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    for name in ["b", "a"] { try Data().write(to: bin.appending(path: name)) }
    try Data("c: no\n".utf8).write(to: fake.folder.appending(path: "left-out"))
    #expect(try folder.executables(matching: "*") == ["\(bin.path)/a", "\(bin.path)/b"])
    #expect(try folder.executables(matching: "b") == ["\(bin.path)/b"])
    #expect(folder.leftOut == ["c: no"])
  }
}
