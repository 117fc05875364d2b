// Rows as text: JSON for programs, CSV for records, a table for people.
import Foundation

/// The rows of one run, and how they were measured.
public struct Report: Sendable {
  /// The command, without paths.
  public let command: String
  public let date: Date
  /// Whether the run was interrupted.
  public let isPartial: Bool
  public let machine: Machine
  public let noise: Noise
  public let rows: [Row]

  public init(
    machine: Machine, rows: [Row], command: String = "", date: Date = Date(),
    isPartial: Bool = false
  ) {
    (self.machine, self.rows, self.command) = (machine, rows, command)
    (self.date, self.isPartial) = (date, isPartial)
    noise = Noise(rows, machine)
  }

  /// The record's rows as CSV.
  public var csv: String {
    let lines = rows.map { row in row.cells.map { $0.text ?? "" }.joined(separator: ",") }
    return ([Row.columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  /// How the rows were measured, in lines.
  public var text: String {
    let names = [
      "kernel", "governor", "swift", "openssl", "libb2", "kernels", "cgroup_quota", "turbo", "smt",
      "numa", "virtual", "clocksource", "load", "steal_ticks", "throttled", "foreign_cpus",
      "disturbed_rounds", "crowded_time", "core_loop_ns",
    ]
    var lines: [(String, String)] = [("machine", machine.title)]
    for name in names { lines.append((name, "\(machine[name])")) }
    lines += [("commit", "\(machine["git_commit"])"), ("noise", noise.words)]
    lines.append(("command", command))
    if isPartial { lines.append(("partial", "the run was interrupted")) }
    return lines.map { name, value in "\(name): \(value)\n" }.joined()
  }

  /// The table that ends a run, at most 100 columns wide.
  public var table: String {
    var lines: [String] = []
    for scenario in rows.map(\.scenario).uniqued() {
      let rows = rows.filter { $0.scenario == scenario }
      lines += ["", Self.title(rows)]
      lines += TextTable.aligned([Self.heads] + rows.map(Self.cells))
    }
    lines += [
      "",
      "ns/op: threads x time / operations, the median of 15 ms slices, and the distance from it.",
      "ratio: time over OpenSSL's own for the same bytes, in the same round, with its 95 % interval.",
      "scaling: throughput over one thread's, divided by what a loop in registers gains.",
    ]
    let sentence = noise.words.prefix(1).uppercased() + noise.words.dropFirst()
    lines += NumberFormat.wrapped(sentence + ".")
    if isPartial { lines.append("Partial: the run was interrupted.") }
    if rows.contains(where: \.isOversubscribed) {
      lines.append("*: more threads than CPUs.")
    }
    if rows.contains(where: { !$0.answerChecked }) {
      lines.append(
        "void: an answer, a refusal or a cache's hit ratio was wrong, so no value counts."
      )
    }
    for row in rows {
      if let note = row.note {
        lines += NumberFormat.wrapped("\(row.scenario) \(row.engine) \(row.threads): \(note).")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let heads = [
    "engine", "threads", "ns/op", "+-", "p50", "p99", "p99.9", "op/s", "allocs", "ratio", "scaling",
  ]

  /// The scenario, the size of its input and its cache hits.
  private static func title(_ rows: [Row]) -> String {
    let hits = rows.compactMap(\.hitRatio).sorted()
    let cache =
      hits.isEmpty ? "" : ", \(NumberFormat.fixed(hits[hits.count / 2] * 100, 1)) % cache hits"
    return "\(rows[0].scenario) (\(rows[0].tokenBytes) bytes\(cache))"
  }

  private static func cells(_ row: Row) -> [String] {
    let threads = "\(row.threads)\(row.isOversubscribed ? "*" : "")"
    guard row.answerChecked else {
      return [row.engine, threads, "void"] + Array(repeating: "", count: heads.count - 3)
    }
    let ratio = [row.ratioToOpenssl, row.ratioLow, row.ratioHigh].map {
      NumberFormat.ratio($0) ?? "-"
    }
    return [
      row.engine, threads, NumberFormat.grouped(row.nsPerOp), NumberFormat.grouped(row.madNs),
      NumberFormat.grouped(row.p50Ns), NumberFormat.grouped(row.p99Ns),
      NumberFormat.grouped(row.p999Ns),
      NumberFormat.grouped(row.opsPerSecond),
      row.allocationsPerOp.map { NumberFormat.fixed($0, 0) } ?? "-",
      row.ratioToOpenssl == nil ? "-" : "\(ratio[0]) [\(ratio[1]), \(ratio[2])]",
      NumberFormat.ratio(row.scaling) ?? "-",
    ]
  }
}

extension Array where Element: Hashable {
  /// Each element once, in the order of its first.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
