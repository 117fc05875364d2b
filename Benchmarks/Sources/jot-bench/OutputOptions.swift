// Where results go, and what is said meanwhile: options that all measuring verbs have.
import BenchKit
import ArgumentParser
import Foundation
import JotBench

struct OutputOptions: ParsableArguments {
  @Option(help: "A file for what is printed; without it the standard output.")
  var output: String?

  @Option(help: "A folder in which to keep a record.")
  var record: String?

  @Flag(help: "No progress bar.")
  var quiet = false

  var bar: ProgressBar { ProgressBar(isShown: !quiet, isTerminal: isatty(2) == 1) }

  /// Checks, before anything is measured for them, that the files can be written.
  func check() throws(BenchError) {
    if let output { try Record.check(file: output, option: "--output \(output)") }
    if let record { try Record.check(folder: record, option: "--record \(record)") }
  }

  /// Prints the results, and keeps a record of them where one is asked for.
  ///
  /// - Parameter keep: Writes the record into a folder and returns its place.
  func deliver(
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
