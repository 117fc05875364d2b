import ArgumentParser
// `machine`: the facts and the noise of this machine.
import BenchKit
import Foundation
import JotBench

struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Prints what a record says of this machine, and how quiet it is.",
    discussion: """
      It measures one scenario for a few seconds and compares the run with itself: the smallest change \
      that would be visible now. "unknown" is a fact that the machine does not tell.
      """)

  @Option(help: "Seconds of measuring, 0 for none.")
  var seconds = 4.0

  @Option(help: "table or json.")
  var format = "table"

  func run() throws {
    guard ["table", "json"].contains(format) else {
      throw BenchError.usage("--format \(format): table or json")
    }
    guard seconds >= 0, seconds <= 600 else {
      throw BenchError.usage("--seconds \(seconds): 0 to 600")
    }
    let cpus = Machine.cpus()
    let before = SystemLoad.now()
    var rows: [Row] = []
    var facts: [String: MachineFact] = [
      "disturbed_rounds": .unknown, "crowded_time": .unknown, "core_loop_ns": .unknown,
    ]
    if seconds > 0 {
      var settings = JotSettings()
      settings.scenarios = [.tokens(.verify, .hs256, .accessToken)]
      (settings.cpus, settings.threads) = (cpus, [1])
      (settings.seconds, settings.sessions) = (seconds / 2, 8)
      var measurement = Measurement(settings, engines: [OpenSSLEngine(), JotEngine()])
      rows = try measurement.run()
      facts = measurement.facts
    }
    let machine = Machine.current(
      cores: cpus.count, SystemLoad.now().facts(since: before).merging(facts) { $1 })
    let report = Report(machine: machine, rows: rows)
    JotBenchTool.say(format == "json" ? report.circumstances : report.machineTable)
  }
}
