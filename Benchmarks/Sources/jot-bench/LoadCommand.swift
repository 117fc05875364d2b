import ArgumentParser
// `load`: what verifying a token costs a server.
import BenchKit
import Foundation
import JotBench

struct LoadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Loads a server, and says what each way to verify a request's token costs it.",
    discussion: """
      The server of Benchmarks/Load has a route for each mode; `make load` builds it and installs wrk. \
      Server and load have a CPU each. wrk loads the modes in turn, in slices; then requests are sent \
      at planned times (an open load), and their latencies count from those times.
      """)

  @Option(help: "Slices of each mode.")
  var slices = 20

  @Option(help: "Seconds of each slice.")
  var seconds = 1.0

  @Option(help: "Modes, separated by commas; base is always measured. By default all.")
  var modes: String?

  @Option(help: "Requests a second of the open load, 0 for none; by default half of base's.")
  var rate: Double?

  @Option(help: "Connections.")
  var connections = 64

  @Option(help: "The server's port; by default one that is free.")
  var port = 0

  @Option(help: "The server's program.")
  var server = "Benchmarks/Load/.build/release/load-server"

  @Option(help: "The CPUs of the server and of the load, like 0,1; by default the first two.")
  var pin: String?

  @Option(help: "table, json or markdown.")
  var format = "table"

  @Option(help: "The seed of tokens, order and planned times.")
  var seed: UInt64 = 1

  @Option(help: "Prints this record, and measures nothing.")
  var report: String?

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    guard ["table", "json", "markdown"].contains(format) else {
      throw BenchError.usage("--format \(format): table, json or markdown")
    }
    if let report {
      return try outputOptions.write(text(Record.readLoad(report))) { folder throws(BenchError) in
        throw .usage("--record \(folder): not with --report, which measures nothing")
      }
    }
    try outputOptions.check()
    var settings = try settings()
    let (bar, date, start) = (outputOptions.bar, Date(), SystemLoad.now())
    Interrupt.watch()
    let made = try LoadModes(
      modes?.split(separator: ",").map(String.init) ?? LoadModes.names, port: port, seed: seed)
    (settings.modes, settings.start) = (made.modes, made.start)
    var measurement = LoadMeasurement(
      settings, isStopped: { Interrupt.came }, progress: { bar.show($0, $1) })
    let rows: [LoadRow]
    do throws(BenchError) {
      rows = try measurement.run()
    } catch {
      bar.clear()
      throw Interrupt.came ? .interrupted("interrupted: nothing was kept") : error
    }
    bar.clear()
    guard !rows.isEmpty else {
      throw BenchError.interrupted("interrupted before a round was complete: nothing was kept")
    }
    let report = LoadReport(
      machine: .current(cores: Machine.cpus().count, SystemLoad.now().facts(since: start)),
      conditions: LoadConditions(
        settings, server: LoadVersions.words(server),
        wrk: WrkProgram.version(settings.wrk) ?? "wrk", rate: measurement.rate),
      rows: rows, date: date, isPartial: measurement.isPartial)
    try outputOptions.write(text(report)) { folder throws(BenchError) in
      try Record.write(report, in: folder)
    }
    if report.isPartial { throw JotBenchTool.endedEarly() }
  }

  private func text(_ report: LoadReport) -> String {
    switch format {
    case "json": report.json
    case "markdown": report.markdown
    default: report.table
    }
  }

  /// What the options say, without modes.
  private func settings() throws(BenchError) -> LoadSettings {
    var settings = LoadSettings()
    guard (1...1000).contains(slices) else {
      throw .usage("--slices \(slices): 1 to 1000")
    }
    guard seconds > 0, seconds <= 60 else {
      throw .usage("--seconds \(seconds): more than 0, at most 60")
    }
    guard (1...1000).contains(connections) else {
      throw .usage("--connections \(connections): 1 to 1000")
    }
    guard (0...65535).contains(port) else { throw .usage("--port \(port): 0 to 65535") }
    if let rate, rate < 0 || rate > 1e6 || rate.isNaN {
      throw .usage("--rate \(rate): requests a second, 0 to 1,000,000")
    }
    let cpus = try CPUList.pinned(pin) ?? Array(Machine.allowedCPUs.prefix(2))
    guard cpus.count == 2 else {
      throw .unusable(
        "load needs two CPUs, one for the server and one for the load; here: \(cpus.count)")
    }
    guard FileManager.default.isExecutableFile(atPath: server) else {
      throw .unusable("there is no server \(server); build it: make load")
    }
    guard let wrk = WrkProgram.path else {
      throw .unusable("wrk is not on the PATH; install it: ./.ci/tools wrk")
    }
    (settings.server, settings.wrk) = (URL(filePath: server).path, wrk)
    (settings.slices, settings.seconds) = (slices, seconds)
    (settings.connections, settings.rate, settings.seed) = (connections, rate, seed)
    (settings.serverCPU, settings.clientCPU) = (cpus[0], cpus[1])
    return settings
  }
}
