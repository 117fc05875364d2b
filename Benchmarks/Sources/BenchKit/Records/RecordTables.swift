// A record's rows as GitHub tables: tokens, texts, and what is refused.

extension Report {
  /// The rows as GitHub tables.
  public var markdown: String { RecordTables(csv: csv)?.markdown ?? "" }
}

/// The rows of a CSV record for people, with OpenSSL's time beside each engine's.
struct RecordTables {
  private typealias Cells = [String: String]

  /// A column's head, and its cell for a row and OpenSSL's row of the same scenario.
  private struct Column: Sendable {
    let head: String
    var isText = false
    let cell: @Sendable (_ row: Cells, _ openssl: Cells?) -> String
  }

  private let rows: [Cells]

  /// The columns of every record; newer ones have more.
  private static let needed = Row.columns.filter { !["token_bytes", "hit_ratio"].contains($0) }

  /// Reads a record; nil if it is not one.
  init?(csv: String) {
    let lines = csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard let names = lines.first, Self.needed.allSatisfy(names.contains),
      Set(names).count == names.count, lines.allSatisfy({ $0.count == names.count })
    else { return nil }
    rows = lines.dropFirst().map { Cells(uniqueKeysWithValues: zip(names, $0)) }
  }

  var markdown: String {
    let texts = rows.filter { Self.isText($0) }
    let hostile = rows.filter { Self.isHostile($0) }
    let tokens = rows.filter { !Self.isText($0) && !Self.isHostile($0) }
    return [
      table(tokens, Self.tokenColumns), table(texts, Self.textColumns),
      table(hostile, Self.hostileColumns),
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func isText(_ row: Cells) -> Bool { row["scenario"]!.contains("/base64url/") }
  private static func isHostile(_ row: Cells) -> Bool { row["scenario"]!.hasPrefix("hostile/") }

  private func table(_ rows: [Cells], _ columns: [Column]) -> String {
    // OpenSSL is a column, not a row.
    let shown = rows.filter { $0["engine"] != "openssl" }
    if shown.isEmpty { return "" }
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let lines = shown.map { row in
      let openssl = rows.first {
        $0["engine"] == "openssl" && $0["scenario"] == row["scenario"]
          && $0["threads"] == row["threads"]
      }
      return line(columns.map { $0.cell(row, openssl) })
    }
    return line(columns.map(\.head))
      + "|" + columns.map { $0.isText ? "---|" : "---:|" }.joined() + "\n" + lines.joined()
  }

  private static let common = [
    Column(head: "scenario", isText: true) { row, _ in row["scenario"]! },
    Column(head: "engine", isText: true) { row, _ in row["engine"]! },
  ]
  private static let threads = Column(head: "threads") { row, _ in row["threads"]! }
  private static let time = Column(head: "ns/op") { row, _ in figure(row, "ns_per_op") }
  private static let openssl = Column(head: "OpenSSL ns/op") { _, openssl in
    openssl.map { figure($0, "ns_per_op") } ?? "-"
  }
  private static let size = Column(head: "bytes") { row, _ in row["token_bytes"] ?? "-" }
  private static let ratio = Column(head: "ratio to OpenSSL") { row, _ in
    guard let ratio = row["ratio_to_openssl"], ratio != "" else { return nothing(row) }
    return "\(ratio) [\(row["ratio_low"]!), \(row["ratio_high"]!)]"
  }
  private static let allocations = Column(head: "allocations") { row, _ in
    row["allocations_per_op"].flatMap(Double.init).map { NumberFormat.fixed($0, 0) } ?? "-"
  }

  private static let tokenColumns =
    common + [threads, size, time, openssl, ratio]
    + [Column(head: "op/s") { row, _ in figure(row, "ops_per_second") }, allocations]
    + [Column(head: "scaling") { row, _ in row["scaling"] == "" ? nothing(row) : row["scaling"]! }]

  private static let textColumns =
    common + [
      time, openssl, ratio,
      Column(head: "GB/s of text") { row, _ in
        guard let size = row["token_bytes"].flatMap(Double.init),
          let time = row["ns_per_op"].flatMap(Double.init)
        else { return nothing(row) }
        return NumberFormat.fixed(size / time, 1)
      },
    ]

  private static let hostileColumns = common + [size, time, allocations]

  private static func figure(_ row: Cells, _ name: String) -> String {
    row[name].flatMap(Double.init).map { NumberFormat.grouped($0) } ?? nothing(row)
  }

  /// The cell of a missing number: `void` after a wrong answer.
  private static func nothing(_ row: Cells) -> String {
    row["answer_checked"] == "true" ? "-" : "void"
  }
}
