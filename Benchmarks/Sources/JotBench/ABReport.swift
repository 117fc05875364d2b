// What an A/B has found, as a table for people, Markdown for pages and JSON for programs.
import Foundation

public struct ABReport: Sendable {
  public let before: ABSide
  public let after: ABSide
  public let rows: [ABRow]
  public let threshold: Double
  public let seconds: Double
  public let machine: Machine
  public let date: Date
  public let isPartial: Bool

  public init(
    _ before: ABSide, _ after: ABSide, _ rows: [ABRow], threshold: Double, seconds: Double,
    machine: Machine, date: Date, isPartial: Bool
  ) {
    (self.before, self.after, self.rows) = (before, after, rows)
    (self.threshold, self.seconds, self.machine) = (threshold, seconds, machine)
    (self.date, self.isPartial) = (date, isPartial)
  }

  /// Rows that became slower by more than the threshold, or are broken.
  public var regressions: [ABRow] { rows.filter { $0.isRegression(over: threshold) } }
  /// Whether nothing could be compared.
  public var hasNoComparison: Bool { rows.allSatisfy { $0.verdict == .untold } }

  // MARK: Text

  private static let heads = [
    "scenario", "threads", "before", "after", "change", "95 %", "control", "told from", "verdict",
  ]

  private static func cells(_ row: ABRow) -> [String] {
    func time(_ value: Double?) -> String { value.map { PageText.time($0) } ?? "-" }
    let estimate = row.estimate
    return [
      row.scenario, "\(row.threads)", time(row.beforeNs), time(row.afterNs),
      estimate.map { "\(Self.signed($0.change)) %" } ?? "-",
      estimate.map { "\(Self.signed($0.low)) \(Self.signed($0.high))" } ?? "-",
      estimate.map { "\(Self.signed($0.control)) %" } ?? "-",
      estimate.map { "\(Figure.fixed($0.visible * 100, 2)) %" } ?? "-", row.verdict.rawValue,
    ]
  }

  static func signed(_ share: Double) -> String { Figure.signed(share, 2) }

  /// The table, at most 100 columns wide, and what is to be said of it.
  public var table: String {
    var lines = [
      "", "before  \(before.words)", "after   \(after.words)", "",
    ]
    let aligned = Columns.aligned(
      [Array(Self.heads.dropFirst())] + rows.map { Array(Self.cells($0).dropFirst()) }, texts: [])
    lines.append(aligned[0])
    for (index, row) in rows.enumerated() {
      if index == 0 || rows[index - 1].scenario != row.scenario { lines.append(row.scenario) }
      lines.append(aligned[index + 1])
      if let reason = row.reason { lines += Figure.wrapped(reason).map { "    \($0)" } }
    }
    lines.append("")
    lines += words.flatMap { Figure.wrapped($0) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same for GitHub.
  public var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
    let rule = "|---|" + Self.heads.dropFirst().map { _ in "---:|" }.joined() + "\n"
    return "Before: \(before.words). After: \(after.words).\n\n" + line(Self.heads) + rule
      + rows.map { line(Self.cells($0)) }.joined() + "\n"
      + (rows.compactMap { row in row.reason.map { "\(row.scenario): \($0)." } } + words)
      .map { "- \($0)\n" }.joined()
  }

  /// What is to be said, a sentence each.
  public var words: [String] {
    func count(_ verdict: ABRow.Verdict) -> Int { rows.count { $0.verdict == verdict } }
    var lines = [
      "\(rows.count) rows: \(count(.slower)) slower, \(count(.faster)) faster, \(count(.same)) without a"
        + " difference, \(count(.noisy)) too noisy to tell."
    ]
    if count(.broken) > 0 {
      lines.append("\(count(.broken)) broken: AFTER can't do what BEFORE can.")
    }
    if count(.untold) > 0 { lines.append("\(count(.untold)) with nothing to compare.") }
    let percent = Figure.percent(threshold)
    lines.append(
      regressions.isEmpty
        ? "No regression over \(percent)."
        : "REGRESSION: \(regressions.count) of them by more than \(percent), or broken.")
    for row in rows where row.verdict == .noisy { lines.append(more(row)) }
    for row in rows {
      guard let estimate = row.estimate, [.slower, .faster, .same].contains(row.verdict) else {
        continue
      }
      // CPU time is what is compared: a thread that waits has none.
      let differs = max(estimate.wallLow - estimate.high, estimate.low - estimate.wallHigh)
      if differs > ABRow.placement {
        lines.append(
          "\(row.scenario): by the clock on the wall \(Self.signed(estimate.wall)) %, which CPU time"
            + " does not show: threads wait, or others had their CPUs.")
      }
    }
    let told = rows.filter { $0.verdict == .slower || $0.verdict == .faster }
    if told.contains(where: { abs($0.estimate?.change ?? 0) < ABRow.placement }) {
      lines.append(
        "A change of less than \(Figure.percent(ABRow.placement)) says that these programs differ, not"
          + " that the change of the source did it: where the linker put the code is part of it.")
    }
    if isPartial {
      lines.append("It was ended before its time: these are the sessions until then.")
    }
    return lines
  }

  /// What a row that was too noisy could have told, and what would tell more.
  private func more(_ row: ABRow) -> String {
    let name = "\(row.scenario)\(row.threads == 1 ? "" : ", \(row.threads) threads")"
    guard let estimate = row.estimate else {
      return
        "\(name): \(row.sessions.count) sessions, and \(ABEstimate.leastSessions) tell something."
    }
    let told = "\(name): no less than \(Figure.percent(estimate.visible)) could be told"
    // What chance moves shrinks with the root of the time.
    let needed = seconds * (estimate.visible / threshold) * (estimate.visible / threshold)
    guard threshold > 0, needed < 3600 else { return told + "." }
    return told + "; \(Figure.percent(threshold)) perhaps with"
      + " --seconds \(Figure.fixed((needed / 10).rounded(.up) * 10, 0))."
  }

  // MARK: JSON

  private struct Text: Encodable {
    struct Row: Encodable {
      let scenario: String
      let threads: Int
      let verdict: ABRow.Verdict
      let reason: String?
      let beforeNs, afterNs, opensslNs: Double?
      let change, low, high, control, controlLow, controlHigh, wall, wallLow, wallHigh: Double?
      let p, pHolm, visible: Double?
      let sessions: [ABSession]
    }
    struct Side: Encodable {
      let name: String
      let commit: String?
      let version: String
    }
    let schema: String
    let date: String
    let before, after: Side
    let threshold, seconds: Double
    let partial: Bool
    let regressions: Int
    let machine: Machine
    let words: [String]
    let rows: [Row]
  }

  public var json: String {
    func figure(_ value: Double?) -> Double? { value.map { Figure.rounded($0) } }
    let rows = rows.map { row in
      let estimate = row.estimate
      return Text.Row(
        scenario: row.scenario, threads: row.threads, verdict: row.verdict, reason: row.reason,
        beforeNs: figure(row.beforeNs), afterNs: figure(row.afterNs),
        opensslNs: figure(row.referenceNs), change: figure(estimate?.change),
        low: figure(estimate?.low), high: figure(estimate?.high),
        control: figure(estimate?.control), controlLow: figure(estimate?.controlLow),
        controlHigh: figure(estimate?.controlHigh), wall: figure(estimate?.wall),
        wallLow: figure(estimate?.wallLow), wallHigh: figure(estimate?.wallHigh),
        p: figure(estimate?.p), pHolm: figure(row.adjusted), visible: figure(estimate?.visible),
        sessions: row.sessions)
    }
    let text = Text(
      schema: "jot-bench-ab/1", date: date.formatted(.iso8601),
      before: .init(name: before.name, commit: before.commit, version: before.version),
      after: .init(name: after.name, commit: after.commit, version: after.version),
      threshold: threshold, seconds: seconds, partial: isPartial, regressions: regressions.count,
      machine: machine, words: words, rows: rows)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: (try? encoder.encode(text)) ?? Data(), as: UTF8.self) + "\n"
  }
}

extension ABSide {
  /// The side in a line: what it was asked for as, and what it is.
  var words: String {
    [name.short, commit.map { String($0.prefix(12)) }, version].compactMap { $0 }
      .joined(separator: ", ")
  }
}
