import ArgumentParser
// `ab`: measures two builds in one run.
import BenchKit
import Foundation
import JotBench

struct ABCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ab",
    abstract: "Measures two builds in one run: which rows are faster, slower, or neither.",
    discussion: """
      Each side is a git revision, which is built once and kept below .build/ab; a folder of a working \
      tree with all its files, committed or not (`ab HEAD .`); or a jot-bench program. A path wins over \
      a revision of the same name.

      Processes of AFTER, of BEFORE twice and of OpenSSL take turns on the same CPUs, in slices of \
      5 ms. All are restarted in each of 12 or more sessions of at most a second. The difference of the \
      two BEFOREs is noise: the control. A row is faster or slower only if its change is clearly larger. \
      CPU time is compared.

      To see what it can find here: ab X X --plant-slowdown verify/HS256/access-token=0.05, where X is \
      any program or revision.

      Exit status: 0 no regression, 1 a row is slower by more than the threshold, or broken, 2 the \
      sides can't be compared, no row has a verdict, or a file can't be written, 130 interrupted.
      """)

  @Argument(help: "The old build: a revision, a folder, or a jot-bench program.")
  var before: String

  @Argument(help: "The new build, as one of the same.")
  var after: String

  @Option(
    help: "Patterns of scenarios (see list), separated by commas; by default the standard ones.")
  var scenario: String?

  @Option(help: "Numbers of threads, like 1,2.")
  var threads = "1"

  @Option(
    parsing: .unconditional,
    help: "Seconds for each row: 30 show a change of 2 %, 60 one of 1 %; more on a busy machine.")
  var seconds = 60.0

  @Option(
    parsing: .unconditional,
    help: "Per cent by which a row may become slower, more than 0.")
  var threshold = 2.0

  @Option(help: "CPUs to run on, like 0,2; by default the last allowed ones.")
  var pin: String?

  @Option(help: "table, json or markdown.")
  var format = "table"

  @Option(help: "A file for the result; by default the standard output.")
  var output: String?

  @Option(help: "A file for an HTML page with each row's sessions; needs gnuplot.")
  var page: String?

  @Option(help: "The seed of tokens and order.")
  var seed: UInt64 = 1

  @Flag(help: "No progress bar.")
  var quiet = false

  @Option(help: "Slows AFTER down, to test ab: SCENARIO=0.05 repeats 5 % of its operations.")
  var plantSlowdown: String?

  @Option(help: .hidden)
  var patience = 120.0

  func run() throws {
    do {
      try compare()
    } catch BenchError.unusable(let line) {
      // Nothing was found to be slower, so the status is not that of a regression.
      throw BenchError.usage(line)
    }
  }

  private func compare() throws {
    guard ["table", "json", "markdown"].contains(format) else {
      throw BenchError.usage("--format \(format): table, json or markdown")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw BenchError.usage("--seconds \(seconds): more than 0, at most 3600")
    }
    guard threshold > 0, threshold < 1000 else {
      throw BenchError.usage("--threshold \(threshold): per cent, more than 0")
    }
    if let output, output == page {
      throw BenchError.usage("--output and --page are the same file: \(output)")
    }
    for (option, file) in [("--output", output), ("--page", page)] {
      if let file { try Record.check(file: file, option: "\(option) \(file)") }
    }
    let settings = try settings()
    let bar = ProgressBar(isShown: !quiet, isTerminal: isatty(2) == 1)
    Interrupt.watch()
    let sides = (try side(before), try side(after))
    let (start, date) = (SystemLoad.now(), Date())
    var measurement = ABMeasurement(
      settings, sides.0, sides.1, isStopped: { Interrupt.came },
      progress: { bar.show($0, $1) })
    let rows = try measurement.run()
    bar.clear()
    // The sides have their own commits.
    let machine = Machine.current(
      cores: settings.cpus.count, SystemLoad.now().facts(since: start)
    ).withoutCommit
    let report = ABReport(
      sides.0, sides.1, rows, settings, machine: machine, date: date,
      isPartial: measurement.isPartial)
    let text =
      switch format {
      case "json": report.json
      case "markdown": report.markdown
      default: report.table
      }
    if let output {
      do throws(BenchError) {
        try write(text, to: output, "--output")
      } catch {
        // The result of minutes is not lost.
        JotBenchTool.say(text)
        throw error
      }
    } else {
      JotBenchTool.say(text)
    }
    if let page { try write(ABPage.html(report), to: page, "--page") }
    if report.isPartial { throw JotBenchTool.endedEarly("the rows have fewer sessions") }
    if !report.regressions.isEmpty { throw ExitCode(1) }
    if report.hasNoVerdict { throw BenchError.usage("no row has a verdict: see above") }
  }

  private func write(
    _ text: String, to file: String, _ option: String
  ) throws(BenchError) {
    try Record.write(text, to: file, option: "\(option) \(file)")
    if !quiet { JotBenchTool.complain("jot-bench: wrote \(file)") }
  }

  private func settings() throws -> ABSettings {
    var settings = ABSettings.jot
    if let scenario {
      let patterns = scenario.split(separator: ",").map(String.init)
      guard !patterns.isEmpty else { throw BenchError.usage("--scenario: no pattern") }
      settings.scenarios = patterns
    }
    settings.cpus = try CPUList.pinned(pin) ?? Machine.cpus()
    settings.threads = try CPUList.threads(threads)
    settings.seconds = seconds
    settings.threshold = threshold / 100
    settings.seed = seed
    settings.patience = patience
    settings.planted = try plantSlowdown.map { try Slowdown($0) }
    return settings
  }

  /// A side's program; a revision is built first.
  private func side(_ name: String) throws -> ABSide {
    if PathKind(name) == .file, FileManager.default.isExecutableFile(atPath: name) {
      let path = URL(filePath: name).path
      return try ABSide(name: name, executable: path)
    }
    let revision = try Revision(name)
    let program = try revision.program(
      name, isStopped: { Interrupt.came }, notify: { JotBenchTool.complain("jot-bench: \($0)") })
    return try ABSide(name: name, commit: revision.commit, executable: program)
  }
}
