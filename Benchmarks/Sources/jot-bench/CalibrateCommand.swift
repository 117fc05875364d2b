// The verb `calibrate`: the reference held against others.
import BenchKit
import ArgumentParser
import JotBench

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Holds the engine openssl against `openssl speed` and EVP_MAC.")

  func run() throws {
    let results = try Calibration.run()
    for result in results { JotBenchTool.say("\(result.holds ? "ok  " : "FAIL") \(result.line)\n") }
    if results.contains(where: { !$0.holds }) { throw ExitCode(1) }
  }
}
