// What the page reads of a record: everything but a row's name may be absent, and nothing is trusted.
import Foundation

/// A record of `jot-bench run`, as far as a page shows it.
struct PageRecord: Sendable {
  let command: String?
  let date: String?
  let isPartial: Bool
  let machine: [(name: String, value: String)]
  let noise: PageNoise?
  let rows: [PageRow]

  static let schema = "jot-bench/1"

  /// Reads a record; nil if the bytes are none, or a figure in them is none.
  init?(json: Data) {
    guard let saved = try? JSONDecoder().decode(Saved.self, from: json),
      saved.schema == Self.schema, saved.rows.allSatisfy(\.isSound)
    else { return nil }
    (command, date, noise, rows) = (saved.command, saved.date, saved.noise, saved.rows)
    isPartial = saved.partial ?? false
    // The known names first, in the order of their weight; a JSON object has no order of its own.
    let order = [
      "cpu", "family", "model", "cores", "cgroup_quota", "os", "system", "kernel", "swift",
      "openssl", "commit", "git_commit", "governor", "kernels",
    ]
    machine = (saved.machine ?? [:]).filter { $0.value.text != "" }.map { ($0.key, $0.value.text) }
      .sorted { left, right in
        let places = [left.0, right.0].map { order.firstIndex(of: $0) ?? order.count }
        return places[0] == places[1] ? left.0 < right.0 : places[0] < places[1]
      }
  }

  private struct Saved: Decodable {
    let schema: String
    let command: String?
    let date: String?
    let partial: Bool?
    let machine: [String: Flat]?
    let noise: PageNoise?
    let rows: [PageRow]
  }

  /// A machine's value: a text, a number or a truth.
  private struct Flat: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        text = ""
      } else if let truth = try? value.decode(Bool.self) {
        text = truth ? "yes" : "no"
      } else if let number = try? value.decode(Double.self) {
        text = number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
      } else if let texts = try? value.decode([Flat].self) {
        text = texts.map(\.text).joined(separator: ", ")
      } else {
        text = try value.decode(String.self)
      }
    }
  }
}

/// How far two runs of the same thing differed.
struct PageNoise: Decodable, Sendable {
  let verdict: String?
  let words: String?
}

/// An engine at a scenario, on a number of threads.
struct PageRow: Decodable, Sendable {
  let scenario: String
  let engine: String
  let threads: Int
  var ns: Double?
  var low: Double?
  var high: Double?
  var p50: Double?
  var p99: Double?
  var p999: Double?
  var rate: Double?
  var allocations: Double?
  var ratio: Double?
  var ratioLow: Double?
  var ratioHigh: Double?
  var scaling: Double?
  var bytes: Double?
  var hitRatio: Double?
  var isChecked: Bool?
  var latency: PageLatency?

  /// Whether no answer voided it and there is a time.
  var isMeasured: Bool { isChecked != false && ns != nil }

  /// Whether all figures can be drawn: a time beyond eleven days is none.
  var isSound: Bool {
    let figures = [
      ns, low, high, p50, p99, p999, rate, allocations, ratio, ratioLow, ratioHigh, scaling, bytes,
      hitRatio,
    ]
    let buckets = latency?.buckets ?? []
    return figures.allSatisfy { $0.map(Self.isSound) ?? true }
      && buckets.allSatisfy { $0.count == 2 && $0.allSatisfy(Self.isSound) }
      && (1...1_000_000).contains(threads)
  }

  static func isSound(_ figure: Double) -> Bool { figure >= 0 && figure <= 1e15 }

  private enum CodingKeys: String, CodingKey {
    case scenario, engine, threads, scaling, latency
    case ns = "ns_per_op"
    case low = "low_ns"
    case high = "high_ns"
    case p50 = "p50_ns"
    case p99 = "p99_ns"
    case p999 = "p999_ns"
    case rate = "ops_per_second"
    case allocations = "allocations_per_op"
    case ratio = "ratio_to_openssl"
    case ratioLow = "ratio_low"
    case ratioHigh = "ratio_high"
    case bytes = "token_bytes"
    case hitRatio = "hit_ratio"
    case isChecked = "answer_checked"
  }
}

/// The times of single operations.
struct PageLatency: Decodable, Sendable {
  /// A time in nanoseconds and how many operations took it, in the order of times.
  let buckets: [[Double]]?
}

extension PageRow {
  /// The parts of its scenario's name, like `verify`, `HS256`, `access-token`.
  var parts: [String] { scenario.split(separator: "/").map(String.init) }

  /// What is done, and with which algorithm, if it is one token signed or verified.
  var kind: TokenKind? {
    let parts = parts
    return parts.count >= 2 ? TokenKind(operation: parts[0], algorithm: parts[1]) : nil
  }

  var isText: Bool { scenario.contains("/base64url/") }
  var isHostile: Bool { scenario.hasPrefix("hostile/") }
}

/// Signing or verifying one token with one algorithm: what the main plots have a panel for.
struct TokenKind: Hashable, Sendable {
  let isSigning: Bool
  let algorithm: String

  init?(operation: String, algorithm: String) {
    guard operation == "sign" || operation == "verify" else { return nil }
    (isSigning, self.algorithm) = (operation == "sign", algorithm)
  }

  /// Like `HS256 sign`.
  var title: String { "\(algorithm) \(isSigning ? "sign" : "verify")" }
}

extension PageRecord {
  /// Something that the record says of the machine.
  func fact(_ name: String) -> String? { machine.first { $0.name == name }?.value }

  /// The CPU's name, with family and model: a cloud's "AMD EPYC" is many.
  var cpu: String? {
    fact("cpu").map { Self.cpu($0, family: fact("family"), model: fact("model")) }
  }

  static func cpu(_ name: String, family: String?, model: String?) -> String {
    guard let family, let model, !name.contains("family") else { return name }
    let numbers = [family, model].map { $0.hasSuffix(".0") ? String($0.dropLast(2)) : $0 }
    return "\(name), family \(numbers[0]) model \(numbers[1])"
  }

  /// The scenarios that the main plots and the main table show: of each kind the plainest, HS256
  /// and RS256 first, at most `limit`.
  func mainScenarios(_ limit: Int = 4) -> [(kind: TokenKind, scenario: String)] {
    var found: [(kind: TokenKind, scenario: String)] = []
    for row in rows {
      guard let kind = row.kind else { continue }
      if let place = found.firstIndex(where: { $0.kind == kind }) {
        if row.scenario.hasSuffix("/access-token") { found[place].scenario = row.scenario }
      } else {
        found.append((kind, row.scenario))
      }
    }
    let usual = ["HS256", "RS256"]
    func weight(_ kind: TokenKind) -> Int {
      (usual.firstIndex(of: kind.algorithm) ?? usual.count) * 2 + (kind.isSigning ? 0 : 1)
    }
    let sorted = found.enumerated().sorted {
      (weight($0.element.kind), $0.offset) < (weight($1.element.kind), $1.offset)
    }
    return sorted.prefix(limit).map(\.element)
  }

  /// The measured row of an engine at a scenario, on the fewest threads unless told.
  func row(_ scenario: String, _ engine: String, threads: Int? = nil) -> PageRow? {
    rows.filter {
      $0.scenario == scenario && $0.engine == engine && $0.isMeasured
        && (threads == nil || $0.threads == threads)
    }.min { $0.threads < $1.threads }
  }
}
