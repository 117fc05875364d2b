import ArgumentParser
// `compare`: compares two records, or a record with now.
import BenchKit
import Foundation
import JotBench

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares two records: which rows are faster, slower, or neither.",
    discussion: """
      A row is faster or slower if the Mann-Whitney test, corrected for the number of rows, is \
      significant, and the whole 95 % interval of the change exceeds the difference of two runs of one \
      program. Ratios to OpenSSL in the same round are compared if there are any, otherwise times. A \
      folder stands for its newest record. To compare two builds, use ab.

      Exit status: 0 no regression, 1 a row is slower by more than the threshold or answers wrongly, \
      2 the records can't be compared, or no row has a verdict.
      """)

  @Argument(help: "The first record: a JSON file, or a folder for its newest record.")
  var before: String

  @Argument(help: "The second record.")
  var after: String?

  @Flag(help: "Instead of a second record: runs the command of the first one now.")
  var fresh = false

  @Option(help: "A second record of the first program (A/A): how much runs differ by themselves.")
  var aa: String?

  @Option(parsing: .unconditional, help: "Per cent by which a row may become slower, 0 or more.")
  var threshold = 2.0

  @Flag(help: "Also compares records of different machines, or versions of OpenSSL or Swift.")
  var anyway = false

  @Option(help: "table, json or markdown.")
  var format = "table"

  func run() throws {
    guard ["table", "json", "markdown"].contains(format) else {
      throw BenchError.usage("--format \(format): table, json or markdown")
    }
    guard fresh != (after != nil) else {
      throw BenchError.usage("compare takes two records, or one and --fresh")
    }
    guard threshold >= 0, threshold < 1000 else {
      throw BenchError.usage("--threshold \(threshold): per cent, 0 or more")
    }
    let before = try read(before)
    let again = try aa.map { try read($0) }
    if let again { try check(before, again.machine, aa!) }
    let after: Report
    if let path = self.after {
      after = try read(path)
      try check(before, after.machine, path)
    } else {
      // Checked before minutes are spent.
      try check(before, .current(cores: Machine.cpus().count), "this machine")
      after = try Self.again(before).measure()
    }
    let comparison = Comparison(before, after, again: again)
    let share = threshold / 100
    switch format {
    case "json": JotBenchTool.say(comparison.json(threshold: share))
    case "markdown": JotBenchTool.say(comparison.markdown(threshold: share))
    default: JotBenchTool.say(comparison.table(threshold: share))
    }
    guard !comparison.changes.isEmpty else {
      throw BenchError.usage("the records have no row in common")
    }
    if !comparison.regressions(over: share).isEmpty { throw ExitCode(1) }
    if comparison.hasNoVerdict { throw BenchError.usage("no row has a verdict: see above") }
  }

  /// An unreadable record is not a regression.
  private func read(_ path: String) throws -> Report {
    do {
      return try Record.read(path)
    } catch {
      throw BenchError.usage("\(error)")
    }
  }

  private func check(_ before: Report, _ machine: Machine, _ path: String) throws {
    let differences = Comparison.differences(before.machine, machine)
    guard !differences.isEmpty, !anyway else { return }
    let list = differences.map { "\($0.name) \($0.first) and \($0.second)" }
    throw BenchError.usage(
      "\(self.before) and \(path) differ in \(list.joined(separator: "; ")): not compared without"
        + " --anyway")
  }

  /// Parses a record's command.
  private static func again(_ record: Report) throws -> RunCommand {
    let words = record.command.split(separator: " ").map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: "'"))
    }
    guard words.starts(with: ["jot-bench", "run"]),
      let run = try? RunCommand.parse(Array(words.dropFirst(2)))
    else {
      throw BenchError.usage("the record's command can't be run again: \(record.command)")
    }
    return run
  }
}
