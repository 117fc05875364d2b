// The rows of competitors for people: a table, and Markdown.
import Foundation

/// The rows of one measurement of competitors, and its machine.
public struct CompetitorReport: Sendable {
  public let date: Date
  public let machine: Machine
  public let rows: [CompetitorRow]
  /// Competitors that could not be built, and why: a line each.
  public let leftOut: [String]
  /// Whether it was interrupted.
  public let isPartial: Bool

  public init(
    machine: Machine, rows: [CompetitorRow], leftOut: [String], date: Date = Date(),
    isPartial: Bool = false
  ) {
    (self.machine, self.rows, self.leftOut) = (machine, rows, leftOut)
    (self.date, self.isPartial) = (date, isPartial)
  }

  /// A table for each task, the fastest first, then how each competitor is called.
  public var table: String {
    var lines: [String] = []
    for task in tasks {
      lines += ["", task.name]
      let cells = [Self.heads] + rows(of: task).map(Self.cells)
      lines += TextTable.aligned(cells, texts: [0, 1, 2, 4, 5])
    }
    lines += ["", "How each is called, and whom that favours:"]
    lines += competitors.map { "  \($0.name): \($0.driven)" }
    if !leftOut.isEmpty { lines += ["", "Left out:"] + leftOut.map { "  \($0)" } }
    return (lines + [""] + notes).joined(separator: "\n") + "\n"
  }

  /// The same for GitHub.
  public var markdown: String {
    var lines: [String] = []
    for task in tasks {
      let all = [Self.heads] + rows(of: task).map(Self.cells)
      var table = all.map { line in
        "| " + line.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
      }
      table.insert("|---|---|---|--:|--:|---|", at: 1)
      lines += ["### \(task.name)", ""] + table + [""]
    }
    lines += ["How each is called, and whom that favours:", ""]
    lines += competitors.map { "- \($0.name): \($0.driven)" }
    if !leftOut.isEmpty { lines += ["", "Left out:", ""] + leftOut.map { "- \($0)" } }
    return (lines + [""] + notes).joined(separator: "\n") + "\n"
  }

  private static let heads = ["competitor", "version", "language", "ns/op", "times jot", "answer"]

  private var notes: [String] {
    [
      "One thread, all on one CPU, in turn in 15 ms slices; the median. times jot: time over Jot's in",
      "the same round, with its 95 % interval. Every answer is checked. Of the tokens made,",
      "OpenSSL verifies one for each item, and of ES256, whose signatures are random, also the",
      "last of each slice. With -claims a token is verified and decoded into a value of a type, or",
      "made from one, by the libraries that can; Jot decodes what they make and compares the values.",
    ] + (isPartial ? ["Partial: it was interrupted."] : [])
  }

  private static func cells(_ row: CompetitorRow) -> [String] {
    let times = row.timesJot.map { all in
      let texts = [all.median, all.low, all.high].map { NumberFormat.fixed($0, $0 < 10 ? 2 : 0) }
      return "\(texts[0]) [\(texts[1]), \(texts[2])]"
    }
    return [
      row.competitor.name, row.competitor.version, row.competitor.language,
      NumberFormat.grouped(row.nanoseconds),
      times ?? "-", row.reason.map { "none: \($0)" } ?? "checked",
    ]
  }

  var tasks: [CompetitorTask] { rows.map(\.task).uniqued() }

  /// The fastest first, those that failed last.
  func rows(of task: CompetitorTask) -> [CompetitorRow] {
    let rows = rows.filter { $0.task == task }
    // By the ratio of the same rounds: drift cancels in it.
    func time(_ row: CompetitorRow) -> Double { row.timesJot?.median ?? .infinity }
    return rows.filter { $0.reason == nil }.sorted { time($0) < time($1) }
      + rows.filter { $0.reason != nil }
  }

  /// The competitors that described themselves.
  var competitors: [CompetitorDescription] {
    rows.map(\.competitor).filter { !$0.isUnknown }.uniqued()
  }
}
