import ArgumentParser
// `table`: a record as a Markdown table.
import BenchKit
import JotBench

struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Prints a record as a Markdown table.")

  @Argument(help: "A record's CSV or JSON file, or a folder for its newest record.")
  var record: String

  func run() throws { JotBenchTool.say(try Record.markdown(record)) }
}
