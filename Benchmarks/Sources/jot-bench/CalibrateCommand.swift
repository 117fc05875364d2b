import ArgumentParser
// `calibrate`: checks the reference engine.
import BenchKit
import JotBench

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Checks the engine openssl against `openssl speed` and EVP_MAC.")

  func run() throws {
    let results = try Calibration.run()
    for result in results { JotBenchTool.say("\(result.holds ? "ok  " : "FAIL") \(result.line)\n") }
    if results.contains(where: { !$0.holds }) { throw ExitCode(1) }
  }
}
