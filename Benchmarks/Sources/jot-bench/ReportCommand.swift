import ArgumentParser
// `report`: a record as a page with plots.
import BenchKit
import Foundation
import JotBench

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a record as an HTML page with plots, and prints its path.",
    discussion: """
      The page needs no network and no script. Each plot is also an SVG file.
      """)

  @Argument(help: "A record's JSON file, or a folder for its newest record.")
  var record: String

  @Option(
    help: "A record of `jot-bench peers`; by default the newest *-peers.json beside the record.")
  var peers: String?

  @Option(
    help: "A record of `jot-bench load`; by default the newest *-load.json beside the record.")
  var load: String?

  @Option(help: "The folder for the page; by default the record's own.")
  var into: String?

  @Option(help: "A README that gets two of the plots between its marks.")
  var readme: String?

  func run() throws {
    let file = try Record.newest(record)
    let folder = into ?? URL(filePath: file).deletingLastPathComponent().relativePath
    try Record.check(folder: folder, option: "--into \(folder)")
    let stem = URL(filePath: file).deletingPathExtension().lastPathComponent
    let competitors = try (peers ?? Record.competitors(beside: file)).map {
      try Record.readCompetitors($0)
    }
    let served = try (load ?? Record.load(beside: file)).map { try Record.readLoad($0) }
    let page = try Page(Record.read(file), competitors, served)
    var text: String?
    if let readme {
      // README would lose its plots.
      if let missing = page.missing { throw missing }
      guard let old = try? String(contentsOfFile: readme, encoding: .utf8) else {
        throw BenchError.unusable("--readme \(readme): the file can't be read")
      }
      text = page.readme(old, prefix: relative(folder, to: readme) + stem)
      if text == nil {
        throw BenchError.unusable("--readme \(readme): it has no marks for plots (<!-- plots -->)")
      }
    }
    let path = try page.write(into: folder, stem: stem)
    if let missing = page.missing {
      JotBenchTool.complain("jot-bench: the page has tables only: \(missing)")
    }
    if let readme, let text { try Record.write(text, to: readme, option: "--readme \(readme)") }
    JotBenchTool.say(path + "\n")
  }

  /// The folder relative to the README, with a slash; empty for the same folder.
  private func relative(_ folder: String, to readme: String) -> String {
    let base = URL(filePath: readme).deletingLastPathComponent().standardized.pathComponents
    let target = URL(filePath: folder).standardized.pathComponents
    var shared = 0
    while shared < min(base.count, target.count), base[shared] == target[shared] { shared += 1 }
    let steps = Array(repeating: "..", count: base.count - shared) + target[shared...]
    return steps.isEmpty ? "" : steps.joined(separator: "/") + "/"
  }
}
