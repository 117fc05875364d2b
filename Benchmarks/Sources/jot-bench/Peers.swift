// The verb `peers`: the field beside Jot, each a process of its own.
import ArgumentParser
import Foundation
import JotBench

struct Peers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures other JWT libraries beside Jot: sign and verify, HS256 and RS256.",
    discussion: """
      Each is a small process that reads the same tokens; `make peers` installs and builds what it \
      can. All run on one CPU, in turn, in short slices. One that dies, hangs or answers wrongly is a \
      row with its reason.
      """)

  @Option(help: "The folder of the peers: programs in bin, and in left-out those that are missing.")
  var folder = ".build/peers"

  @Option(help: "Only peers whose program's name this matches; * matches any characters.")
  var only = "*"

  @Option(help: "Seconds of measuring for each row.")
  var seconds = 2.0

  @Option(help: "table, json or markdown.")
  var format = "table"

  @Option(help: "The seed of the pool and of the order.")
  var seed: UInt64 = 1

  @OptionGroup var delivery: Delivery

  func run() throws {
    guard ["table", "json", "markdown"].contains(format) else {
      throw BenchError.usage("--format \(format): table, json or markdown")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw BenchError.usage("--seconds \(seconds): more than 0, at most 3600")
    }
    try delivery.check()
    let date = Date()
    var settings = PeerSettings()
    settings.executables = try PeerFolder(folder).executables(matching: only)
    settings.seconds = seconds
    settings.cpus = Array(Machine.cpus().suffix(1))
    settings.seed = seed
    let bar = delivery.bar
    var field = PeerField(settings, isStopped: { Interrupt.came }, progress: { bar.show($0, $1) })
    Interrupt.watch()
    let rows = try field.run()
    bar.clear()
    let report = PeerReport(
      machine: .current(cores: Machine.cpus().count), rows: rows,
      leftOut: PeerFolder(folder).leftOut, date: date, isPartial: field.isPartial)
    let text =
      switch format {
      case "json": report.json
      case "markdown": report.markdown
      default: report.table
      }
    try delivery.deliver(text) { folder throws(BenchError) in
      try Record.write(report, in: folder)
    }
    // A peer's failure is its row's; ours is the runner's.
    if rows.contains(where: { ["jot", "openssl"].contains($0.peer.name) && $0.reason != nil }) {
      throw ExitCode(1)
    }
    if report.isPartial { throw JotBenchTool.endedEarly() }
  }
}
