// Rows as text: JSON for programs, CSV for records, a table for people.

/// The rows of one run, and the machine that it ran on.
public struct Report: Sendable {
  public let machine: Machine
  public let rows: [Row]

  public init(machine: Machine, rows: [Row]) { (self.machine, self.rows) = (machine, rows) }

  /// `{"schema":1,"machine":{…},"rows":[…]}`; a figure that there is not is null.
  public var json: String {
    let machine =
      [
        ("cpu", machine.cpu), ("system", machine.system), ("kernel", machine.kernel),
        ("governor", machine.governor), ("swift", machine.swift), ("openssl", machine.openssl),
        ("commit", machine.commit), ("slug", machine.slug),
      ].map { "\"\($0.0)\":\(Self.quoted($0.1))" } + ["\"cores\":\(machine.cores)"]
    let rows = rows.map { row in
      "{"
        + row.cells.map { cell in
          let value = cell.text.map { cell.isText ? Self.quoted($0) : $0 } ?? "null"
          return "\"\(cell.name)\":\(value)"
        }.joined(separator: ",") + "}"
    }
    return "{\"schema\":1,\"machine\":{\(machine.joined(separator: ","))},\"rows\":[\n"
      + rows.joined(separator: ",\n") + "\n]}\n"
  }

  /// The record's figures: the columns' names, then a line a row.
  public var csv: String {
    let lines = rows.map { row in row.cells.map { $0.text ?? "" }.joined(separator: ",") }
    return ([Row.columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  /// The record's circumstances.
  public func text(command: String) -> String {
    [
      ("machine", "\(machine.cpu), \(machine.cores) cores, \(machine.system)"),
      ("kernel", machine.kernel), ("governor", machine.governor), ("swift", machine.swift),
      ("openssl", machine.openssl), ("commit", machine.commit), ("command", command),
    ].map { "\($0.0): \($0.1)\n" }.joined()
  }

  /// The table that ends a run, at most 100 columns wide.
  public var table: String {
    var lines: [String] = []
    for scenario in rows.map(\.scenario).uniqued() {
      let rows = rows.filter { $0.scenario == scenario }
      lines += ["", Self.title(rows)]
      lines += Self.aligned([Self.heads] + rows.map(Self.cells))
    }
    lines += [
      "",
      "ns/op: threads x time / operations, the median of 15 ms slices, and the distance from it.",
      "ratio: time over OpenSSL's own for the same bytes, in the same round, with its 95 % interval.",
      "scaling: throughput over one thread's, divided by what a loop in registers gains.",
    ]
    if rows.contains(where: \.isOversubscribed) {
      lines.append("*: more threads than CPUs.")
    }
    if rows.contains(where: { !$0.answerChecked }) {
      lines.append(
        "void: an answer, a refusal or a cache's hits were not what they must be; no figure counts."
      )
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let heads = [
    "engine", "threads", "ns/op", "+-", "p50", "p99", "p99.9", "op/s", "allocs", "ratio", "scaling",
  ]

  /// The scenario, the size of its input and how often a cache had it.
  private static func title(_ rows: [Row]) -> String {
    let hits = rows.compactMap(\.hitRatio).sorted()
    let cache = hits.isEmpty ? "" : ", \(Figure.fixed(hits[hits.count / 2] * 100, 1)) % cache hits"
    return "\(rows[0].scenario) (\(rows[0].tokenBytes) bytes\(cache))"
  }

  private static func cells(_ row: Row) -> [String] {
    let threads = "\(row.threads)\(row.isOversubscribed ? "*" : "")"
    guard row.answerChecked else {
      return [row.engine, threads, "void"] + Array(repeating: "", count: heads.count - 3)
    }
    let ratio = [row.ratioToOpenssl, row.ratioLow, row.ratioHigh].map { Figure.ratio($0) ?? "-" }
    return [
      row.engine, threads, Figure.grouped(row.nsPerOp), Figure.grouped(row.madNs),
      Figure.grouped(row.p50Ns), Figure.grouped(row.p99Ns), Figure.grouped(row.p999Ns),
      Figure.grouped(row.opsPerSecond), row.allocationsPerOp.map { Figure.fixed($0, 0) } ?? "-",
      row.ratioToOpenssl == nil ? "-" : "\(ratio[0]) [\(ratio[1]), \(ratio[2])]",
      Figure.ratio(row.scaling) ?? "-",
    ]
  }

  /// Pads cells to columns: texts to the left, figures to the right.
  private static func aligned(_ lines: [[String]]) -> [String] {
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let gap = widths.reduce(0) { $0 + $1 + 2 } > 100 ? " " : "  "
    return lines.map { line in
      line.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return column == 0 ? line[column] + space : space + line[column]
      }.joined(separator: gap)
    }.map { line in
      "  " + line.reversed().drop { $0 == " " }.reversed().map(String.init).joined()
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

extension Figure {
  /// A whole number in groups of three digits; small ones with a place after the point.
  static func grouped(_ value: Double?) -> String {
    guard let value else { return "-" }
    if value < 10 { return fixed(value, 1) }
    var digits = fixed(value, 0)[...]
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = digits.dropLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }
}

extension Array where Element: Hashable {
  /// Each element once, in the order of its first.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
