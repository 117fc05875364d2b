// A comparison as a table, as Markdown and as JSON.
import Foundation

extension Comparison {
  /// The table, at most 100 columns wide, and remarks.
  public func table(threshold: Double) -> String {
    let rows = TextTable.aligned(
      [Array(Self.heads.dropFirst())]
        + changes.map {
          Array(Self.cells($0).dropFirst())
        })
    var lines = ["", rows[0]]
    for (index, change) in changes.enumerated() {
      if index == 0 || changes[index - 1].scenario != change.scenario {
        lines.append(change.scenario.short)
      }
      lines.append(rows[index + 1])
    }
    lines.append("")
    lines += words(threshold: threshold).flatMap { NumberFormat.wrapped($0) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same as Markdown.
  public func markdown(threshold: Double) -> String {
    func line(_ cells: [String]) -> String {
      let plain = cells.map { cell in
        [("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;")].reduce(cell) {
          $0.replacing($1.0, with: $1.1)
        }
      }
      return "| " + plain.joined(separator: " | ") + " |\n"
    }
    let rule = "|" + Self.heads.indices.map { $0 < 2 ? "---|" : "---:|" }.joined() + "\n"
    return line(Self.heads) + rule + changes.map { line(Self.cells($0)) }.joined() + "\n"
      + words(threshold: threshold).map { $0 + "\n" }.joined()
  }

  public func json(threshold: Double) -> String {
    struct Text: Encodable {
      let schema: String
      let before: String
      let after: String
      let threshold: Double
      let drift: Double?
      let rows: [Change]
      let onlyBefore: [String]
      let onlyAfter: [String]
      let regressions: Int
      let words: [String]
    }
    let text = Text(
      schema: "jot-bench-compare/1", before: before.date.formatted(.iso8601),
      after: after.date.formatted(.iso8601), threshold: threshold, drift: drift, rows: changes,
      onlyBefore: onlyBefore, onlyAfter: onlyAfter,
      regressions: regressions(over: threshold).count, words: words(threshold: threshold))
    return RecordJSON.pretty(text)
  }

  private static let heads = [
    "scenario", "engine", "threads", "before", "after", "change", "95 %", "p", "smallest",
    "verdict",
  ]

  private static func cells(_ change: Change) -> [String] {
    func figure(_ value: Double?) -> String {
      change.isRelative ? NumberFormat.ratio(value) ?? "-" : NumberFormat.grouped(value)
    }
    func bound(_ value: Double?) -> String { value.map(signed) ?? "" }
    let p = change.adjusted.map { $0 < 0.001 ? "<0.001" : NumberFormat.fixed($0, 3) } ?? "-"
    return [
      change.scenario.short, change.engine.short, "\(change.threads)", figure(change.before),
      figure(change.after), change.change.map { "\(signed($0)) %" } ?? "-",
      change.low == nil ? "-" : "\(bound(change.low)) \(bound(change.high))", p,
      change.visible.map { NumberFormat.percent($0) } ?? "-", change.verdict.rawValue,
    ]
  }

  private static func signed(_ share: Double) -> String { NumberFormat.signed(share, 1) }

  /// Remarks, a sentence each.
  public func words(threshold: Double) -> [String] {
    func count(_ verdict: Change.Verdict) -> Int {
      changes.filter { $0.verdict == verdict }.count
    }
    var lines = [
      "\(changes.count == 1 ? "1 row" : "\(changes.count) rows"): \(count(.slower)) slower, \(count(.faster)) faster,"
        + " \(count(.same)) without a visible difference."
    ]
    if count(.noisy) > 0 {
      lines.append(
        "\(count(.noisy)) too noisy to tell: the machine may have changed between the runs."
          + " jot-bench ab BEFORE AFTER measures both builds in one run.")
    }
    if count(.broken) > 0 { lines.append("\(count(.broken)) answer wrongly now.") }
    if count(.notComparable) > 0 { lines.append("\(count(.notComparable)) can't be compared.") }
    let regressions = regressions(over: threshold)
    let told = changes.count - count(.noisy) - count(.notComparable)
    if !regressions.isEmpty {
      let names = regressions.map { "\($0.scenario.short) \($0.engine.short)" }
      lines.append(
        "REGRESSION, by more than \(NumberFormat.percent(threshold)) or wrong: \(names.joined(separator: ", "))."
      )
    } else if told > 0 {
      let rows = told == changes.count ? "" : " in the \(told) with a verdict"
      lines.append("No regression over \(NumberFormat.percent(threshold))\(rows).")
    } else {
      lines.append("No statement about regressions.")
    }
    for (name, report) in [("first", before), ("second", after)] {
      if report.noise.verdict != .quiet { lines.append("The \(name): \(report.noise.words).") }
      if report.isPartial { lines.append("The \(name) is partial: it was interrupted.") }
    }
    if let coreDrift, abs(coreDrift) > Noise.least {
      lines.append(
        "The probe of the core changed by \(Self.signed(coreDrift)) %: other work used it during one whole run,"
          + " or the clock rate changed.")
    }
    if let drift, abs(drift) > Noise.least {
      lines.append(
        "OpenSSL's own times changed by \(Self.signed(drift)) %; ratios allow for that."
      )
    }
    if changes.contains(where: { !$0.isRelative && $0.change != nil }) {
      lines.append(
        "Rows in nanoseconds have no openssl row to compare with: they include the machine's drift."
      )
    }
    for (name, fact) in [
      ("kernels", "The list of Jot's kernels"), ("kernel", "The system's kernel"),
    ]
    where before.machine[name] != after.machine[name] {
      lines.append("\(fact) differs: \(before.machine[name]) and \(after.machine[name]).")
    }
    for (which, rows) in [("first", onlyBefore), ("second", onlyAfter)] where !rows.isEmpty {
      lines.append("Only in the \(which): \(rows.map(\.short).joined(separator: ", ")).")
    }
    return lines
  }
}

extension Change: Encodable {
  private enum Key: String, CodingKey {
    case scenario, engine, threads, before, after, change, low, high, p, floor, verdict, unit
    case adjusted = "p_holm"
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(scenario, forKey: .scenario)
    try values.encode(engine, forKey: .engine)
    try values.encode(threads, forKey: .threads)
    try values.encode(isRelative ? "ratio to openssl" : "ns", forKey: .unit)
    let figures: [(Key, Double?)] = [
      (.before, before), (.after, after), (.change, change), (.low, low), (.high, high), (.p, p),
      (.adjusted, adjusted), (.floor, floor),
    ]
    for (key, figure) in figures {
      try values.encode(figure.map { NumberFormat.rounded($0) }, forKey: key)
    }
    try values.encode(verdict, forKey: .verdict)
  }
}
