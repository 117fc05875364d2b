// The verb `ab`: two builds measured against each other in one run.
import ArgumentParser
import Foundation
import JotBench

struct AB: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ab",
    abstract: "Measures two builds in one run: which rows became faster, slower, or neither.",
    discussion: """
      Each side is a git revision, which is built once and kept below .build/ab; a folder, whose files \
      count as they are, committed or not (`ab HEAD .`); or a jot-bench program.

      Processes of both sides, of BEFORE twice and of OpenSSL take turns on the same CPUs, in slices \
      of 5 ms, and all start anew each second. What counts is the ratio of CPU times inside a round. \
      A row is called faster or slower where hardly any draw of its sessions has BEFORE's second \
      process differ from its first by as much.

      Exit status: 0 no regression, 1 a row is slower by more than the threshold, or broken, 2 the \
      sides can't be compared, 130 ended by Ctrl-C, with what there is.
      """)

  @Argument(help: "A revision, a folder, or a jot-bench program.")
  var before: String

  @Argument(help: "The other one.")
  var after: String

  @Option(help: "Which (see list), patterns with commas between; by default the standard ones.")
  var scenario: String?

  @Option(help: "Numbers of threads, like 1,2.")
  var threads = "1"

  @Option(help: "Seconds for each row: 30 tell 5 %, 60 tell 2 %, on a disturbed machine 120.")
  var seconds = 60.0

  @Option(
    help: "Per cent by which a row may become slower; a run should be long enough to tell it.")
  var threshold = 2.0

  @Option(help: "The CPUs to run on, like 0,2; by default the last ones that are allowed.")
  var pin: String?

  @Option(help: "table, json or markdown.")
  var format = "table"

  @Option(help: "A file for what is printed; without it the standard output.")
  var output: String?

  @Option(help: "A file for an HTML page with each row's distribution of ratios; gnuplot draws.")
  var page: String?

  @Option(help: "The seed of the tokens and of the order.")
  var seed: UInt64 = 1

  @Flag(help: "No progress bar.")
  var quiet = false

  @Option(help: .hidden)
  var plantSlowdown: String?

  @Option(help: .hidden)
  var patience = 120.0

  func run() throws {
    guard ["table", "json", "markdown"].contains(format) else {
      throw BenchError.usage("--format \(format): table, json or markdown")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw BenchError.usage("--seconds \(seconds): more than 0, at most 3600")
    }
    guard threshold > 0, threshold < 1000 else {
      throw BenchError.usage("--threshold \(threshold): per cent, more than 0")
    }
    for (option, file) in [("--output", output), ("--page", page)] {
      if let file { try Record.check(file: file, option: "\(option) \(file)") }
    }
    let settings = try settings()
    let bar = ProgressBar(isShown: !quiet, isTerminal: isatty(2) == 1)
    let sides = (try side(before), try side(after))
    let (start, date) = (Weather.now(), Date())
    Interrupt.watch()
    var measurement = ABMeasurement(
      settings, sides.0, sides.1, isStopped: { Interrupt.came },
      progress: { bar.show($0, $1) })
    let rows = try measurement.run()
    bar.clear()
    let machine = Machine.current(
      cores: settings.cpus.count, Weather.now().facts(since: start))
    let report = ABReport(
      sides.0, sides.1, rows, threshold: threshold / 100, seconds: seconds, machine: machine,
      date: date, isPartial: measurement.isPartial)
    let text =
      switch format {
      case "json": report.json
      case "markdown": report.markdown
      default: report.table
      }
    if let output {
      try Record.write(text, to: output, option: "--output \(output)")
    } else {
      JotBenchTool.say(text)
    }
    if let page { try Record.write(ABPage.html(report), to: page, option: "--page \(page)") }
    if report.isPartial { throw JotBenchTool.endedEarly("the rows have fewer sessions") }
    if report.hasNoComparison {
      throw BenchError.usage("no row could be compared: see the reasons above")
    }
    if !report.regressions.isEmpty { throw ExitCode(1) }
  }

  private func settings() throws -> ABSettings {
    var settings = ABSettings()
    if let scenario {
      settings.scenarios = scenario.split(separator: ",").map(String.init)
      guard !settings.scenarios.isEmpty else { throw BenchError.usage("--scenario: no pattern") }
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

  /// A side's program, built where it is a revision.
  private func side(_ name: String) throws -> ABSide {
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: name, isDirectory: &isFolder),
      !isFolder.boolValue, FileManager.default.isExecutableFile(atPath: name)
    {
      let path = URL(filePath: name).path
      return try ABSide(name: name, executable: path)
    }
    let revision = try Revision(name)
    let program = try revision.program(name) { JotBenchTool.complain("jot-bench: \($0)") }
    return try ABSide(name: name, commit: revision.commit, executable: program)
  }
}
