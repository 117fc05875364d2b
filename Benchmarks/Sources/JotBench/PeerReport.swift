// The field's rows as text: a table for people, JSON for programs, Markdown for a page.
import Foundation

/// The rows of one campaign, and the machine that it ran on.
public struct PeerReport: Sendable {
  public let machine: Machine
  public let rows: [PeerRow]
  /// Those that could not be had, and why: a line each.
  public let leftOut: [String]

  public init(machine: Machine, rows: [PeerRow], leftOut: [String]) {
    (self.machine, self.rows, self.leftOut) = (machine, rows, leftOut)
  }

  /// A table for each task, the fastest first, then how each of the field is driven.
  public var table: String {
    var lines: [String] = []
    for task in tasks {
      lines += ["", task.name]
      lines += Columns.aligned(
        [Self.heads] + rows(of: task).map(Self.cells), texts: [0, 1, 2, 4, 5])
    }
    lines += ["", "How each is driven, and whom that favours:"]
    lines += peers.map { "  \($0.name): \($0.driven)" }
    if !leftOut.isEmpty { lines += ["", "Left out:"] + leftOut.map { "  \($0)" } }
    return (lines + [""] + Self.notes).joined(separator: "\n") + "\n"
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
    lines += ["How each is driven, and whom that favours:", ""]
    lines += peers.map { "- \($0.name): \($0.driven)" }
    if !leftOut.isEmpty { lines += ["", "Left out:", ""] + leftOut.map { "- \($0)" } }
    return (lines + [""] + Self.notes).joined(separator: "\n") + "\n"
  }

  /// The schema's name and version.
  public static let schema = "jot-bench-peers/1"

  /// For programs: the schema, the machine as a record has it, a line for each row, those left out.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func text(_ value: some Encodable) -> String {
      // Everything in it is a text or a finite number.
      String(decoding: (try? encoder.encode(value)) ?? Data(), as: UTF8.self)
    }
    return """
      {"schema":\(text(Self.schema)),
      "machine":\(text(machine)),
      "rows":[
      \(rows.map { text($0) }.joined(separator: ",\n"))
      ],
      "left_out":\(text(leftOut))}

      """
  }

  private static let heads = ["peer", "version", "language", "ns/op", "times jot", "answer"]

  private static let notes = [
    "One thread, all on one CPU, in turn in 15 ms slices; the median. times jot: time over Jot's in",
    "the same round, with its 95 % interval. Every answer is checked; OpenSSL verifies every token made.",
  ]

  private static func cells(_ row: PeerRow) -> [String] {
    let times = row.timesJot.map { all in
      let texts = [all.median, all.low, all.high].map { Figure.fixed($0, $0 < 10 ? 2 : 0) }
      return "\(texts[0]) [\(texts[1]), \(texts[2])]"
    }
    return [
      row.peer.name, row.peer.version, row.peer.language, Figure.grouped(row.nanoseconds),
      times ?? "-", row.reason.map { "none: \($0)" } ?? "checked",
    ]
  }

  private var tasks: [PeerTask] {
    rows.map(\.task).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The fastest first, those without a figure last.
  private func rows(of task: PeerTask) -> [PeerRow] {
    let rows = rows.filter { $0.task == task }
    // By what was measured in the same rounds: drift has hit both alike.
    func time(_ row: PeerRow) -> Double { row.timesJot?.median ?? .infinity }
    return rows.filter { $0.reason == nil }.sorted { time($0) < time($1) }
      + rows.filter { $0.reason != nil }
  }

  private var peers: [PeerDescription] {
    rows.map(\.peer).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension PeerRow: Encodable {
  private enum CodingKeys: String, CodingKey {
    case peer, version, language, driven, scenario, samples, reason
    case nanoseconds = "ns_per_op"
    case median = "times_jot"
    case low = "times_low"
    case high = "times_high"
    case isChecked = "answer_checked"
  }

  /// A figure that there is not is null.
  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(peer.name, forKey: .peer)
    try row.encode(peer.version, forKey: .version)
    try row.encode(peer.language, forKey: .language)
    try row.encode(peer.driven, forKey: .driven)
    try row.encode(task.scenario, forKey: .scenario)
    try row.encode(nanoseconds, forKey: .nanoseconds)
    try row.encode(timesJot?.median, forKey: .median)
    try row.encode(timesJot?.low, forKey: .low)
    try row.encode(timesJot?.high, forKey: .high)
    try row.encode(samples, forKey: .samples)
    try row.encode(reason == nil, forKey: .isChecked)
    try row.encode(reason, forKey: .reason)
  }
}
