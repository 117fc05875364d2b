// Calls of the C allocator for each scenario. They are exact on any machine, so that a stored table
// is compared exactly.
import BenchKit

/// The allocator's calls of each scenario, frees included.
public struct AllocationTable: Sendable {
  /// In the order of the table.
  public private(set) var counts: [(scenario: String, calls: UInt64)] = []

  /// Counted operations, on one thread, after as many uncounted ones.
  static let operations = 640

  /// The counted scenarios: all but private keys and curves, where OpenSSL allocates at random.
  public static let scenarios = JotScenario.all.filter { !$0.isOpenSSLs }

  /// Counts the allocations of `scenarios`.
  ///
  /// - Throws: `unusable` if calls can't be counted, or an answer is wrong.
  public init(_ scenarios: [JotScenario] = Self.scenarios) throws(BenchError) {
    // Half as many tokens, so that each counted one was seen before.
    var pools = Pools(count: Self.operations / 2, seed: 1)
    for scenario in scenarios {
      let workers = try JotEngine().workers(pools.work(scenario), threads: 1)
      let checkedWorker = CheckedWorker(workers[0], isPlantedWrong: false)
      guard checkedWorker.isSound(), checkedWorker.run(Self.operations) else {
        throw .unusable("\(scenario.name): a wrong answer")
      }
      guard let calls = checkedWorker.allocations(of: Self.operations) else {
        throw .unusable("the allocator's calls can't be counted in this build")
      }
      counts.append((scenario.name, calls))
    }
  }

  /// Reads ``text``; lines that begin with # are comments.
  public init(text: String) throws(BenchError) {
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      guard words.count == 2, let calls = UInt64(words[1]) else {
        throw .usage("not a scenario and a number: \(String(line).short)")
      }
      guard !counts.contains(where: { $0.scenario == words[0] }) else {
        throw .usage("\(String(words[0]).short) is there twice")
      }
      counts.append((String(words[0]), calls))
    }
  }

  public var text: String {
    "# The allocator's calls of \(Self.operations) operations, frees included: jot-bench allocations\n"
      + counts.map { "\($0.scenario) \($0.calls)\n" }.joined()
  }

  /// The differences from `expected`, a line each.
  public func differences(from expected: AllocationTable) -> [String] {
    let own = Dictionary(counts.map { ($0.scenario, $0.calls) }) { first, _ in first }
    let other = Dictionary(expected.counts.map { ($0.scenario, $0.calls) }) { first, _ in first }
    func number(_ calls: UInt64?) -> String { calls.map { "\($0)" } ?? "no row" }
    return Set(own.keys).union(other.keys).sorted().filter { own[$0] != other[$0] }.map {
      "\($0): counted \(number(own[$0])), expected \(number(other[$0]))"
    }
  }
}
