import ArgumentParser
// Options for the output of measurements.
import BenchKit
import Foundation
import JotBench

struct OutputOptions: ParsableArguments {
  @Option(help: "A file for the result; by default the standard output.")
  var output: String?

  @Option(help: "A folder for a record.")
  var record: String?

  @Flag(help: "No progress bar.")
  var quiet = false

  var bar: ProgressBar { ProgressBar(isShown: !quiet, isTerminal: isatty(2) == 1) }

  /// Checks before a measurement that the files can be written.
  func check() throws(BenchError) {
    if let output { try Record.check(file: output, option: "--output \(output)") }
    if let record { try Record.check(folder: record, option: "--record \(record)") }
  }

  /// Prints the results, and keeps a record if that was asked for.
  ///
  /// - Parameter keep: Writes the record into a folder and returns its path.
  func write(
    _ text: String, keep: (_ folder: String) throws(BenchError) -> String
  ) throws(BenchError) {
    if let output {
      try Record.write(text, to: output, option: "--output \(output)")
    } else {
      JotBenchTool.say(text)
    }
    if let record { JotBenchTool.complain("jot-bench: kept \(try keep(record))") }
  }
}
