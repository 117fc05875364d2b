import ArgumentParser
// `run`: measures scenarios.
import BenchKit
import Foundation
import JotBench

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Measures scenarios and prints a table.",
    discussion: """
      Without --scenario: sign and verify with HS256 and RS256, in batches, and with a cache. \
      '*' is everything: also other algorithms and tokens (verify/ES256/…, verify/HS256/1KiB), key \
      sets, several issuers, hit ratios and Zipf, claims of a type (decode/6-claims), base64url \
      (decode/base64url/43) and hostile tokens (hostile/dots). The last three are measured on the first \
      number of threads only. `jot-bench list` lists all with their questions.

      The engine foundation (JSONDecoder and JSONEncoder, made once) has rows for claims of a type.

      The engine aklomp (base64 with the standard alphabet) is a process. `.ci/aklomp` installs it and \
      prints the value of JOT_AKLOMP.
      """)

  @Option(help: "Patterns of scenarios (see list), separated by commas; * matches any characters.")
  var scenario: String?

  @Option(help: "Numbers of threads, like 1,2,4; by default from 1 to the number of allowed CPUs.")
  var threads: String?

  @Option(help: "Seconds of measuring for each row.")
  var seconds = 5.0

  @Option(help: "Repetitions with new workers; by default up to 8, as the seconds allow.")
  var sessions: Int?

  // The old name of --sessions: the commands in records of schema 1 have it.
  @Option(name: .customLong("sittings"), help: .hidden)
  var sessionsOfSchema1: Int?

  @Option(help: "Ends a row once its 95 % interval is within this many per cent to either side.")
  var confidence: Double?

  @Option(help: "CPUs to run on, like 0,2; by default as many as affinity and quota allow.")
  var pin: String?

  @Option(help: "table, json, csv or markdown.")
  var format = "table"

  @Option(help: "The seed of the pool and of the engines' order.")
  var seed: UInt64 = 1

  @OptionGroup var outputOptions: OutputOptions

  @Option(help: .hidden)
  var plantWrongAnswer: String?

  @Option(help: .hidden)
  var plantSlowdown: String?

  func validate() throws {
    guard ["table", "json", "csv", "markdown"].contains(format) else {
      throw BenchError.usage("--format \(format): table, json, csv or markdown")
    }
    if let confidence, !(confidence > 0 && confidence <= 100) {
      throw BenchError.usage("--confidence \(confidence): a percentage above 0")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw BenchError.usage("--seconds \(seconds): more than 0, at most 3600")
    }
    guard (1...100).contains(sessionCount ?? 1) else {
      throw BenchError.usage("--sessions \(sessionCount!): 1 to 100")
    }
  }

  private var sessionCount: Int? { sessions ?? sessionsOfSchema1 }

  func run() throws {
    try outputOptions.check()
    let report = try measure()
    let text =
      switch format {
      case "json": report.json
      case "csv": report.csv
      case "markdown": report.markdown
      default: report.table
      }
    try outputOptions.write(text) { folder throws(BenchError) in
      try Record.write(report, in: folder)
    }
    if report.rows.contains(where: { !$0.answerChecked }) { throw ExitCode(1) }
    if report.isPartial { throw JotBenchTool.endedEarly() }
  }

  /// Measures; Ctrl-C ends it early and keeps the results.
  func measure() throws -> Report {
    let settings = try settings()
    let engines = try engines(settings)
    let bar = outputOptions.bar
    let (before, date) = (SystemLoad.now(), Date())
    var measurement = Measurement(
      settings, engines: engines, isStopped: { Interrupt.came },
      progress: { bar.show($0, $1) })
    Interrupt.watch()
    let rows = try measurement.run()
    bar.clear()
    let machine = Machine.current(
      cores: settings.cpus.count,
      SystemLoad.now().facts(since: before).merging(measurement.facts) { $1 })
    return Report(
      machine: machine, rows: rows, command: command, date: date,
      isPartial: measurement.isPartial)
  }

  private func settings() throws -> JotSettings {
    var settings = JotSettings()
    if let scenario {
      var seen: Set<JotScenario> = []
      settings.scenarios = try scenario.split(separator: ",")
        .flatMap { try JotScenario.matching(String($0)) }.filter { seen.insert($0).inserted }
      guard !seen.isEmpty else { throw BenchError.usage("--scenario: no pattern") }
    }
    settings.cpus = try CPUList.pinned(pin) ?? Machine.cpus()
    settings.threads = try threadCounts(settings.cpus.count)
    settings.seconds = seconds
    settings.seed = seed
    settings.sessions = sessionCount
    settings.confidence = confidence.map { $0 / 100 }
    settings.plantedWrong = plantWrongAnswer
    return settings
  }

  private func engines(_ settings: JotSettings) throws -> [any Engine<JotWorkload>] {
    var jot: any Engine<JotWorkload> = JotEngine()
    if let plantSlowdown { jot = SlowedEngine(jot, try Slowdown(plantSlowdown)) }
    var engines: [any Engine<JotWorkload>] = [OpenSSLEngine(), jot, FoundationEngine()]
    let aklomp = ProcessInfo.processInfo.environment["JOT_AKLOMP"] ?? ""
    if !aklomp.isEmpty { engines.append(TextProcessEngine(name: "aklomp", executable: aklomp)) }
    if let name = plantWrongAnswer, !engines.contains(where: { $0.name == name }) {
      throw BenchError.usage("--plant-wrong-answer \(name): there is no such engine")
    }
    if aklomp.isEmpty, settings.scenarios.contains(where: \.isCoding) {
      JotBenchTool.complain("jot-bench: aklomp is left out: JOT_AKLOMP is not set (see .ci/aklomp)")
    }
    return engines
  }

  /// The command for a record: everything that changes results, and no path.
  private var command: String {
    var words = ["jot-bench run"]
    if let scenario { words.append("--scenario '\(scenario)'") }
    if let threads { words.append("--threads \(threads)") }
    words.append("--seconds \(seconds)")
    if let sessionCount { words.append("--sessions \(sessionCount)") }
    if let confidence { words.append("--confidence \(confidence)") }
    if let pin { words.append("--pin \(pin)") }
    words.append("--seed \(seed)")
    if let plantSlowdown { words.append("--plant-slowdown \(plantSlowdown)") }
    return words.joined(separator: " ")
  }

  private func threadCounts(_ cpus: Int) throws(BenchError) -> [Int] {
    guard let threads else {
      // 1, 2, 4, … and every CPU.
      var counts = [1]
      while counts[counts.count - 1] * 2 < cpus { counts.append(counts[counts.count - 1] * 2) }
      return cpus > 1 ? counts + [cpus] : counts
    }
    return try CPUList.threads(threads)
  }
}
