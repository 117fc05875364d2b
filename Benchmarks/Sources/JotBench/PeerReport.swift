// The field's rows as text: a table for people, JSON for programs, Markdown for a page.

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
      lines += Self.aligned([Self.heads] + rows(of: task).map(Self.cells)).map { "  \($0)" }
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

  /// `{"schema":1,"machine":{…},"rows":[…],"left_out":[…]}`; a figure that there is not is null.
  public var json: String {
    let machine =
      [
        ("cpu", machine.cpu), ("system", machine.system), ("kernel", machine.kernel),
        ("governor", machine.governor), ("swift", machine.swift), ("openssl", machine.openssl),
        ("commit", machine.commit),
      ].map { "\"\($0.0)\":\(Self.quoted($0.1))" } + ["\"cores\":\(machine.cores)"]
    let rows = rows.map { row in
      let texts = [
        ("peer", row.peer.name), ("version", row.peer.version), ("language", row.peer.language),
        ("operation", row.task.operation.rawValue), ("algorithm", row.task.algorithm.rawValue),
        ("driven", row.peer.driven),
      ].map { "\"\($0.0)\":\(Self.quoted($0.1))" }
      let figures = [
        ("ns_per_op", Figure.text(row.nanoseconds)),
        ("times_jot", Figure.ratio(row.timesJot?.median)),
        ("times_low", Figure.ratio(row.timesJot?.low)),
        ("times_high", Figure.ratio(row.timesJot?.high)), ("samples", "\(row.samples)"),
        ("answer_checked", "\(row.reason == nil)"), ("reason", row.reason.map(Self.quoted)),
      ].map { "\"\($0.0)\":\($0.1 ?? "null")" }
      return "{\((texts + figures).joined(separator: ","))}"
    }
    let leftOut = leftOut.map(Self.quoted).joined(separator: ",")
    return "{\"schema\":1,\"machine\":{\(machine.joined(separator: ","))},\"rows\":[\n"
      + rows.joined(separator: ",\n") + "\n],\"left_out\":[\(leftOut)]}\n"
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

  /// Pads cells to columns: figures to the right, texts to the left.
  private static func aligned(_ lines: [[String]]) -> [String] {
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = line.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return column == 3 ? space + line[column] : line[column] + space
      }
      let text = cells.joined(separator: "  ")
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case _ where scalar.value < 0x20: " "
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
