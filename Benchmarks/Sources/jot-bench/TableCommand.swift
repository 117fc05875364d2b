// The verb `table`: a record as a GitHub table.
import BenchKit
import ArgumentParser
import JotBench

struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Prints a record as a GitHub table; of a folder, the newest.")

  @Argument(help: "A record's CSV file, or a folder of records.")
  var record: String

  func run() throws { JotBenchTool.say(try Record.markdown(record)) }
}
