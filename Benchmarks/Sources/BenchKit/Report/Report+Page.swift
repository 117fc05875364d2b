// What a page needs of a report: its main scenarios, an engine's row, the machine's facts in order.

extension Row {
  /// Whether it is not void and has a time.
  var isMeasured: Bool { answerChecked && nsPerOp != nil }

  /// The parts of its scenario's name, like `verify`, `HS256`, `access-token`.
  var parts: [String] { scenario.split(separator: "/").map(String.init) }

  /// The operation and the algorithm, if one token is signed or verified.
  var kind: TokenKind? {
    let parts = parts
    return parts.count >= 2 ? TokenKind(operation: parts[0], algorithm: parts[1]) : nil
  }

  var isText: Bool { scenario.contains("/base64url/") }
  var isHostile: Bool { scenario.hasPrefix("hostile/") }
}

/// Signing or verifying one token with one algorithm: a panel of the main plots.
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

extension Report {
  /// The scenarios of the main plots and of the main table: the simplest of each kind, HS256 and
  /// RS256 first, at most `limit`.
  func mainScenarios(_ limit: Int = 4) -> [(kind: TokenKind, scenario: String)] {
    var found: [(kind: TokenKind, scenario: String)] = []
    for row in rows {
      guard let kind = row.kind else { continue }
      if let index = found.firstIndex(where: { $0.kind == kind }) {
        if row.scenario.hasSuffix("/access-token") { found[index].scenario = row.scenario }
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

  /// The measured row of an engine at a scenario; by default on the fewest threads.
  func row(_ scenario: String, _ engine: String, threads: Int? = nil) -> Row? {
    rows.filter {
      $0.scenario == scenario && $0.engine == engine && $0.isMeasured
        && (threads == nil || $0.threads == threads)
    }.min { $0.threads < $1.threads }
  }
}

extension Machine {
  /// Its facts, the most important first.
  var inOrder: [(name: String, fact: MachineFact)] {
    let order = [
      "cpu", "family", "model", "cores", "cgroup_quota", "os", "kernel", "swift", "openssl",
      "git_commit", "governor", "kernels",
    ]
    func rank(_ name: String) -> Int { order.firstIndex(of: name) ?? order.count }
    return facts.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }
      .map { ($0.key, $0.value) }
  }

  /// A fact; nil if it is unknown.
  func known(_ name: String) -> MachineFact? { self[name] == .unknown ? nil : self[name] }
}
