import ArgumentParser
// `worker`: one engine at one scenario, for `ab`.
import BenchKit
import JotBench

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Measures one scenario for ab, which sends a request per line to its standard input.",
    shouldDisplay: false)

  @Flag(help: "Prints the protocol, the version and the scenarios, a line each.")
  var describe = false

  @Option(help: "One scenario.")
  var scenario: String?

  @Option(help: "jot or openssl.")
  var engine = "jot"

  @Option(help: "Threads.")
  var threads = 1

  @Option(help: "CPUs to run on, separated by commas.")
  var cpus = ""

  @Option(help: "A folder for inputs that take long to make.")
  var pools: String?

  @Option(help: "The seed of the tokens.")
  var seed: UInt64 = 1

  @Option(help: .hidden)
  var plantSlowdown: String?

  @Flag(help: .hidden)
  var plantWrongAnswer = false

  func run() throws {
    if describe {
      let lines =
        [ScenarioWorker.version, JotBenchTool.configuration.version] + JotScenario.all.map(\.name)
      JotBenchTool.say(lines.joined(separator: "\n") + "\n")
      return
    }
    guard let name = scenario, let found = JotScenario.all.first(where: { $0.name == name }) else {
      throw BenchError.usage("worker: --scenario \(scenario ?? "is missing"): see jot-bench list")
    }
    guard (1...1024).contains(threads) else {
      throw BenchError.usage("worker: --threads \(threads): 1 to 1024")
    }
    guard ["jot", "openssl"].contains(engine) else {
      throw BenchError.usage("worker: --engine \(engine): jot or openssl")
    }
    var settings = ScenarioWorker.Settings()
    settings.threads = threads
    settings.cpus = try cpus.split(separator: ",").map { word in
      guard let cpu = Int(word), Machine.allowedCPUs.contains(cpu) else {
        throw BenchError.usage("worker: --cpus \(cpus): not allowed here")
      }
      return cpu
    }
    (settings.seed, settings.pools) = (seed, pools)
    settings.isPlantedWrong = plantWrongAnswer
    var used: any Engine<JotWorkload> = engine == "jot" ? JotEngine() : OpenSSLEngine()
    if let plantSlowdown { used = SlowedEngine(used, try Slowdown(plantSlowdown)) }
    try ScenarioWorker(found, used, settings).serve()
  }
}
