import ArgumentParser
// `peers`: measures other libraries beside Jot.
import BenchKit
import Foundation
import JotBench

struct CompetitorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peers",
    abstract: "Measures other JWT libraries beside Jot: sign and verify, and claims of a type.",
    discussion: """
      Each is a small process that reads the same tokens; `make peers` installs and builds as many as \
      it can. All run on one CPU, in turn, in short slices. One that dies, hangs or answers wrongly is a \
      row with its reason.
      """,
    aliases: ["competitors"])

  @Option(
    help: "The folder of the competitors: programs in bin, the missing ones in left-out.")
  var folder = ".build/peers"

  @Option(help: "A pattern of programs' names; * matches any characters.")
  var only = "*"

  @Option(help: "Seconds of measuring for each row.")
  var seconds = 2.0

  @Option(help: "table, json or markdown.")
  var format = "table"

  @Option(help: "The seed of the pool and of the order.")
  var seed: UInt64 = 1

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    guard ["table", "json", "markdown"].contains(format) else {
      throw BenchError.usage("--format \(format): table, json or markdown")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw BenchError.usage("--seconds \(seconds): more than 0, at most 3600")
    }
    try outputOptions.check()
    let date = Date()
    var settings = CompetitorSettings()
    settings.executables = try CompetitorFolder(folder).executables(matching: only)
    settings.seconds = seconds
    settings.cpus = Array(Machine.cpus().suffix(1))
    settings.seed = seed
    let bar = outputOptions.bar
    var measurement = CompetitorMeasurement(
      settings, isStopped: { Interrupt.came }, progress: { bar.show($0, $1) })
    Interrupt.watch()
    let rows = try measurement.run()
    bar.clear()
    let report = CompetitorReport(
      machine: .current(cores: Machine.cpus().count), rows: rows,
      leftOut: CompetitorFolder(folder).leftOut, date: date, isPartial: measurement.isPartial)
    let text =
      switch format {
      case "json": report.json
      case "markdown": report.markdown
      default: report.table
      }
    try outputOptions.write(text) { folder throws(BenchError) in
      try Record.write(report, in: folder)
    }
    // A competitor may fail; Jot and OpenSSL may not.
    if rows.contains(where: { ["jot", "openssl"].contains($0.competitor.name) && $0.reason != nil })
    {
      throw ExitCode(1)
    }
    if report.isPartial { throw JotBenchTool.endedEarly() }
  }
}
