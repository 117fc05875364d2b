// The verb `run`: what is asked on the command line, measured and shown.
import ArgumentParser
import Foundation
import JotBench

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures scenarios and prints a table.",
    discussion: """
      Without --scenario: HS256 and RS256, sign and verify, verify in batches, and with a cache. \
      '*' is everything: also other tokens (verify/HS256/1KiB …), base64url (decode/base64url/43 …) \
      and what must be refused (hostile/dots …), these two on the first number of threads alone.

      The engine aklomp (base64, the standard alphabet) is a process; `.ci/aklomp` installs it and \
      prints what JOT_AKLOMP must be.
      """)

  @Option(help: "Which scenarios; * matches any characters. By default the main ones.")
  var scenario: String?

  @Option(help: "Numbers of threads, like 1,2,4; by default 1 up to every CPU allowed.")
  var threads: String?

  @Option(help: "Seconds of measuring for each row.")
  var seconds = 5.0

  @Option(help: "table or json.")
  var format = "table"

  @Option(help: "A file for the JSON; without it the standard output.")
  var output: String?

  @Option(help: "A folder in which to keep a record of the run.")
  var record: String?

  @Option(help: "The seed of the pool and of the engines' order.")
  var seed: UInt64 = 1

  @Flag(help: "No progress bar.")
  var quiet = false

  @Option(help: .hidden)
  var plantWrongAnswer: String?

  @Option(help: .hidden)
  var plantSlowdown: String?

  func run() throws {
    guard ["table", "json"].contains(format) else {
      throw BenchError.usage("--format \(format): table or json")
    }
    guard output == nil || format == "json" else {
      throw BenchError.usage("--output goes with --format json")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw BenchError.usage("--seconds \(seconds): more than 0, at most 3600")
    }
    var jot: any Engine = JotEngine()
    if let plantSlowdown { jot = SlowedEngine(jot, try Slowdown(plantSlowdown)) }
    var engines: [any Engine] = [OpenSSLEngine(), jot]
    let aklomp = ProcessInfo.processInfo.environment["JOT_AKLOMP"] ?? ""
    if !aklomp.isEmpty { engines.append(PeerEngine(name: "aklomp", executable: aklomp)) }
    if let name = plantWrongAnswer, !engines.contains(where: { $0.name == name }) {
      throw BenchError.usage("--plant-wrong-answer \(name): there is no such engine")
    }
    if let output { try Record.check(file: output, option: "--output \(output)") }
    if let record { try Record.check(folder: record, option: "--record \(record)") }
    var settings = Settings()
    if let scenario { settings.scenarios = try Scenario.matching(scenario) }
    settings.cpus = Machine.cpus()
    settings.threads = try threadCounts(settings.cpus.count)
    settings.seconds = seconds
    settings.seed = seed
    settings.plantedWrong = plantWrongAnswer
    if aklomp.isEmpty, settings.scenarios.contains(where: \.isCoding) {
      JotBenchTool.complain("jot-bench: aklomp is left out: JOT_AKLOMP is not set (see .ci/aklomp)")
    }
    let bar = ProgressBar(isShown: !quiet && isatty(2) == 1)
    let before = Weather.now()
    let date = Date()
    var measurement = Measurement(
      settings, engines: engines, isStopped: { Interrupt.came },
      progress: { bar.show($0, $1) })
    Interrupt.watch()
    let rows = try measurement.run()
    bar.clear()
    let machine = Machine.current(cores: settings.cpus.count, Weather.now().facts(since: before))
    let report = Report(
      machine: machine, rows: rows, command: command, date: date,
      isPartial: measurement.isPartial)
    if let output {
      try Record.write(report.json, to: output, option: "--output \(output)")
    } else {
      JotBenchTool.say(format == "json" ? report.json : report.table)
    }
    if let record {
      JotBenchTool.complain("jot-bench: kept \(try Record.write(report, in: record))")
    }
    if rows.contains(where: { !$0.answerChecked }) { throw ExitCode(1) }
  }

  /// The command as a record has it: everything that changes figures, and no path.
  private var command: String {
    var words = ["jot-bench run"]
    if let scenario { words.append("--scenario '\(scenario)'") }
    if let threads { words.append("--threads \(threads)") }
    words.append("--seconds \(seconds)")
    words.append("--seed \(seed)")
    return words.joined(separator: " ")
  }

  private func threadCounts(_ cpus: Int) throws(BenchError) -> [Int] {
    guard let threads else {
      // 1, 2, 4, … and every CPU.
      var counts = [1]
      while counts[counts.count - 1] * 2 < cpus { counts.append(counts[counts.count - 1] * 2) }
      return cpus > 1 ? counts + [cpus] : counts
    }
    let counts = threads.split(separator: ",", omittingEmptySubsequences: false).map {
      Int($0) ?? 0
    }
    guard counts.allSatisfy({ $0 >= 1 && $0 <= 1024 }) else {
      throw .usage("--threads \(threads): numbers from 1 to 1024 with commas between, like 1,2,4")
    }
    return counts
  }
}
