// The rows of a server under load for people: a table, and Markdown.
import Foundation

/// The rows of one measurement of a server, and its machine.
public struct LoadReport: Sendable {
  public let date: Date
  public let machine: Machine
  public let conditions: LoadConditions
  public let rows: [LoadRow]
  /// Whether it was interrupted.
  public let isPartial: Bool

  public init(
    machine: Machine, conditions: LoadConditions, rows: [LoadRow], date: Date = Date(),
    isPartial: Bool = false
  ) {
    (self.machine, self.conditions, self.rows) = (machine, conditions, rows)
    (self.date, self.isPartial) = (date, isPartial)
  }

  /// Two tables: what a request costs, and how long it takes at a fixed rate.
  public var table: String {
    var lines = TextTable.aligned([Self.costHeads] + rows.map(Self.costs))
    if !opened.isEmpty {
      lines += ["", openTitle]
      lines += TextTable.aligned([Self.openHeads] + opened.map(Self.latencies))
    }
    return (lines + [""] + notes).joined(separator: "\n") + "\n"
  }

  /// The same for GitHub.
  public var markdown: String {
    var lines = Self.markdown([Self.costHeads] + rows.map(Self.costs))
    if !opened.isEmpty {
      lines += ["", openTitle, ""]
      lines += Self.markdown([Self.openHeads] + opened.map(Self.latencies))
    }
    return (lines + [""] + notes).joined(separator: "\n") + "\n"
  }

  private static func markdown(_ lines: [[String]]) -> [String] {
    var table = lines.map { "| " + $0.joined(separator: " | ") + " |" }
    table.insert("|---|" + lines[0].dropFirst().map { _ in "--:|" }.joined(), at: 1)
    return table
  }

  static let costHeads = [
    "mode", "CPU µs/request", "more than base", "requests/s", "of base's", "p50 ms", "p99 ms",
  ]
  static let openHeads = [
    "mode", "CPU µs/request", "more than base", "p50 ms", "p99 ms", "p99.9 ms", "unanswered",
    "sent late p99 ms",
  ]

  var opened: [(mode: String, open: LoadOpenRow)] {
    rows.compactMap { row in row.open.map { (row.mode, $0) } }
  }

  var openTitle: String {
    "At \(NumberFormat.grouped(conditions.rate)) requests a second, sent at planned times:"
  }

  static func costs(_ row: LoadRow) -> [String] {
    [
      row.mode, interval(row.cpu, 1), row.overBase.map { interval($0, 1) } ?? "-",
      NumberFormat.grouped(row.rate.median), row.rateToBase.map { interval($0, 3) } ?? "-",
      NumberFormat.fixed(row.p50 / 1000, 2), NumberFormat.fixed(row.p99 / 1000, 2),
    ]
  }

  static func latencies(_ row: (mode: String, open: LoadOpenRow)) -> [String] {
    func milliseconds(_ time: Double?) -> String {
      time.map { NumberFormat.fixed($0 / 1e6, 2) } ?? "-"
    }
    let (latency, lateness) = (row.open.latency, row.open.lateness)
    return [
      row.mode, interval(row.open.cpu, 1), row.open.overBase.map { interval($0, 1) } ?? "-",
      milliseconds(latency?.p50), milliseconds(latency?.p99),
      milliseconds(latency?.p999), "\(row.open.unanswered)", milliseconds(lateness?.p99),
    ]
  }

  private static func interval(_ estimate: Estimate, _ digits: Int) -> String {
    let texts = [estimate.median, estimate.low, estimate.high].map {
      NumberFormat.fixed($0, digits)
    }
    return "\(texts[0]) [\(texts[1]), \(texts[2])]"
  }

  var notes: [String] {
    NumberFormat.wrapped(
      """
      \(conditions.server); server and load on a CPU each, \(conditions.connections) connections, \
      \(conditions.slices) slices of \(NumberFormat.fixed(conditions.seconds, 1)) s of each mode in \
      turn, in a new order each round; medians with 95 % intervals. more than base, of base's: \
      compared with the mode base in the same round. p50 and p99 of the first table are wrk's. Under its \
      closed load a server answers together what has come meanwhile, so a mode that takes longer can \
      cost less for a request; the second table compares the same requests at the same times. \
      The tokens of RS256 are longer than those of base and ES256's somewhat; reading them counts too. \
      sent late: the client's own delay, which the latencies include.
      """)
      + (isPartial ? ["Partial: it was interrupted."] : [])
  }
}

/// How a server was loaded.
public struct LoadConditions: Sendable, Equatable, Codable {
  /// The server's framework and libraries, with versions.
  public let server: String
  public let wrk: String
  public let slices: Int
  public let seconds: Double
  public let connections: Int
  /// Different tokens of each mode.
  public let tokens: Int
  /// Requests a second of the open load; 0 without one.
  public let rate: Double
  public let seed: UInt64

  public init(_ settings: LoadSettings, server: String, wrk: String, rate: Double) {
    (self.server, self.wrk, self.rate) = (server, wrk, rate)
    (slices, seconds) = (settings.slices, settings.seconds)
    (connections, seed) = (settings.connections, settings.seed)
    tokens = settings.modes.map(\.tokens.count).max() ?? 0
  }
}
