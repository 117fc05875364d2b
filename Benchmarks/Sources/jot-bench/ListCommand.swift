import ArgumentParser
// `list`: the scenarios and their questions.
import BenchKit
import Foundation
import JotBench

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the scenarios and the question that each answers.")

  @Option(help: "table, markdown or json.")
  var format = "table"

  func run() throws {
    switch format {
    case "table": JotBenchTool.say(Self.table)
    case "markdown": JotBenchTool.say(Self.markdown)
    case "json": JotBenchTool.say(try Self.json())
    default: throw BenchError.usage("--format \(format): table, markdown or json")
    }
  }

  private static var table: String {
    let width = JotScenario.all.map(\.name.count).max() ?? 0
    var lines: [String] = []
    for (name, scenarios) in JotScenario.groups {
      lines += [name, ""]
      lines += scenarios.map { scenario in
        (scenario.isStandard ? "* " : "  ")
          + scenario.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
          + scenario.question
      }
      lines.append("")
    }
    lines.append("* is the standard set: what a run without --scenario measures.")
    return lines.joined(separator: "\n") + "\n"
  }

  private static var markdown: String {
    var lines: [String] = []
    for (name, scenarios) in JotScenario.groups {
      lines += ["### \(name)", "", "| scenario | question | standard |", "|---|---|---|"]
      lines += scenarios.map { scenario in
        "| `\(scenario.name)` | \(scenario.question) | \(scenario.isStandard ? "yes" : "") |"
      }
      lines.append("")
    }
    return lines.dropLast().joined(separator: "\n") + "\n"
  }

  private struct Line: Encodable {
    let name, group, question: String
    let standard: Bool
  }

  private static func json() throws -> String {
    let lines = JotScenario.groups.flatMap { group in
      group.scenarios.map {
        Line(name: $0.name, group: group.name, question: $0.question, standard: $0.isStandard)
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(lines), as: UTF8.self) + "\n"
  }
}
