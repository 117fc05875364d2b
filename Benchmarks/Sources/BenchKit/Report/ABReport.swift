// The result of a comparison of two builds, as a table, as Markdown and as JSON.
import Foundation

public struct ABReport: Sendable {
  public let before: ABSide
  public let after: ABSide
  public let rows: [ABRow]
  public let settings: ABSettings
  public let machine: Machine
  public let date: Date
  public let isPartial: Bool

  public init(
    _ before: ABSide, _ after: ABSide, _ rows: [ABRow], _ settings: ABSettings, machine: Machine,
    date: Date, isPartial: Bool
  ) {
    (self.before, self.after, self.rows, self.settings) = (before, after, rows, settings)
    (self.machine, self.date, self.isPartial) = (machine, date, isPartial)
  }

  var threshold: Double { settings.threshold }

  /// Rows that are slower by more than the threshold, or broken.
  public var regressions: [ABRow] { rows.filter { $0.isRegression(over: threshold) } }
  /// Whether no row has a verdict.
  public var hasNoVerdict: Bool {
    rows.allSatisfy { [.notComparable, .noisy].contains($0.verdict) }
  }

  // MARK: Text

  private static let heads = [
    "scenario", "openssl", "before", "after", "change", "95 %", "control", "smallest", "verdict",
  ]

  private static func cells(_ row: ABRow) -> [String] {
    func time(_ value: Double?) -> String { value.map { PageText.time($0) } ?? "-" }
    let estimate = row.estimate
    return [
      row.name, time(row.referenceNs), time(row.beforeNs), time(row.afterNs),
      estimate.map { "\(Self.signed($0.change)) %" } ?? "-",
      estimate.map { "\(Self.signed($0.low)) \(Self.signed($0.high))" } ?? "-",
      estimate.map { "\(Self.signed($0.control)) %" } ?? "-",
      estimate.map { "\(NumberFormat.fixed($0.visible * 100, 2)) %" } ?? "-", row.verdict.rawValue,
    ]
  }

  static func signed(_ share: Double) -> String { NumberFormat.signed(share, 2) }

  /// The table, at most 100 columns wide, and remarks. The change is a median of ratios, not the
  /// ratio of the two medians beside it.
  public var table: String {
    var lines = [
      "", "before  \(before.words)", "after   \(after.words)", "",
    ]
    let aligned = TextTable.aligned(
      [Array(Self.heads.dropFirst())] + rows.map { Array(Self.cells($0).dropFirst()) }, texts: [])
    lines.append(aligned[0])
    for (index, row) in rows.enumerated() {
      lines.append(row.name)
      lines.append(aligned[index + 1])
      if let reason = row.reason { lines += NumberFormat.wrapped(reason).map { "    \($0)" } }
    }
    lines.append("")
    lines += words.flatMap { NumberFormat.wrapped($0) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same as Markdown.
  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let rule = "|---|" + Self.heads.dropFirst().map { _ in "---:|" }.joined() + "\n"
    return "Before: `\(before.words)`. After: `\(after.words)`.\n\n" + line(Self.heads) + rule
      + rows.map { line(Self.cells($0)) }.joined() + "\n"
      + (rows.compactMap { row in row.reason.map { "\(row.name): \($0)." } } + words)
      .map { "- \($0)\n" }.joined()
  }

  /// Remarks on all rows, a sentence each.
  var summary: [String] {
    func count(_ verdict: ABRow.Verdict) -> Int { rows.count { $0.verdict == verdict } }
    func rowsOf(_ count: Int) -> String { count == 1 ? "1 row" : "\(count) rows" }
    var lines: [String] = []
    if isPartial { lines.append("Interrupted: the rows have fewer sessions than asked for.") }
    lines.append(
      "\(rowsOf(rows.count)): \(count(.slower)) slower, \(count(.faster)) faster, \(count(.same))"
        + " without a difference, \(count(.noisy)) too noisy to tell.")
    if count(.broken) > 0 {
      lines.append("\(count(.broken)) broken: AFTER can't do what BEFORE can.")
    }
    if count(.notComparable) > 0 { lines.append("\(count(.notComparable)) can't be compared.") }
    let percent = NumberFormat.percent(threshold)
    let told = rows.count - count(.noisy) - count(.notComparable)
    let slower = regressions.filter { $0.verdict == .slower }
    if !slower.isEmpty {
      lines.append(
        "REGRESSION: \(rowsOf(slower.count)) slower by more than \(percent):"
          + " \(slower.map(\.name).joined(separator: ", ")).")
    } else if count(.broken) > 0 {
      lines.append("REGRESSION: what is broken.")
    } else if told == rows.count {
      lines.append("No regression over \(percent).")
    } else if told > 0 {
      lines.append("No regression over \(percent) in the \(rowsOf(told)) with a verdict.")
    } else {
      lines.append("No statement about regressions.")
    }
    if before.isSameProgram(as: after), settings.planted == nil {
      lines.append("Both sides are one program.")
    }
    if let planted = settings.planted {
      lines.append(
        "Planted in AFTER: \(planted.scenario) does \(NumberFormat.percent(planted.share)) of its operations"
          + " twice.")
    }
    if let most = rows.map(\.threads).max(), most > settings.cpus.count {
      lines.append("\(most) threads share \(settings.cpus.count) CPUs: they wait for each other.")
    }
    if let foreign = machine["foreign_cpus"].number, foreign > 0.2 {
      lines.append(
        "Other processes used \(NumberFormat.fixed(foreign, 1)) CPUs: small changes need more seconds."
      )
    }
    if rows.contains(where: {
      [.slower, .faster].contains($0.verdict)
        && abs($0.estimate?.change ?? 0) < ABRow.placement
    }) {
      lines.append(
        "A change of less than \(NumberFormat.percent(ABRow.placement)) says that the programs differ, not"
          + " why: where the linker put the code is part of it.")
    }
    return lines
  }

  /// Remarks on single rows, a sentence each.
  var remarks: [String] {
    rows.compactMap { row in
      if row.verdict == .noisy { return more(row) }
      guard let estimate = row.estimate else { return nil }
      // CPU time is compared; a waiting thread has none.
      let differs = max(estimate.wallLow - estimate.high, estimate.low - estimate.wallHigh)
      guard differs > ABRow.placement else { return nil }
      return "\(row.name): \(Self.signed(estimate.wall)) % in wall time, which CPU time"
        + " does not show: threads waited, or other processes had their CPUs."
    }
  }

  /// All remarks.
  public var words: [String] { summary + remarks }

  /// What would have been visible in a noisy row, and how many seconds would show more.
  private func more(_ row: ABRow) -> String {
    guard let estimate = row.estimate else {
      return "\(row.name): \(row.sessions.count) sessions; a verdict needs at least"
        + " \(ABEstimate.leastSessions)."
    }
    let told =
      "\(row.name): changes below \(NumberFormat.percent(estimate.visible)) are not visible"
    // Scatter shrinks with the square root of the time.
    let needed = settings.seconds * (estimate.visible / threshold) * (estimate.visible / threshold)
    guard needed < 3600 else { return told + "." }
    return told + "; try --seconds \(NumberFormat.fixed((needed / 10).rounded(.up) * 10, 0)) for"
      + " \(NumberFormat.percent(threshold))."
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
    let seed: UInt64
    let planted: String?
    let partial: Bool
    let regressions: Int
    let machine: Machine
    let words: [String]
    let rows: [Row]
  }

  public var json: String {
    func figure(_ value: Double?) -> Double? { value.map { NumberFormat.rounded($0) } }
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
      threshold: threshold, seconds: settings.seconds, seed: settings.seed,
      planted: settings.planted.map { "\($0.scenario)=\($0.share)" }, partial: isPartial,
      regressions: regressions.count,
      machine: machine, words: words, rows: rows)
    return RecordJSON.pretty(text)
  }
}

extension ABSide {
  func isSameProgram(as other: ABSide) -> Bool {
    executable == other.executable || commit != nil && commit == other.commit
  }

  /// The side in a line: argument, commit and version.
  var words: String {
    [name.short.replacing("`", with: "'"), commit.map { String($0.prefix(12)) }, version].compactMap
    { $0 }
    .joined(separator: ", ")
  }
}
