// A slow-down that is known, to show that comparing finds it: for tests of the runner alone.

/// A scenario in which an engine does a share of its operations twice.
public struct Slowdown: Sendable, Equatable {
  public let scenario: String
  /// How much more is done: 0.05 is every twentieth token once more.
  public let share: Double

  /// Reads text like `verify/HS256/access-token=0.05`.
  public init(_ text: String) throws(BenchError) {
    let parts = text.split(separator: "=")
    guard parts.count == 2, let share = Double(parts[1]), share >= 0, share <= 1,
      JotScenario.all.contains(where: { $0.name == parts[0] })
    else {
      throw .usage(
        "--plant-slowdown \(text): a scenario and a share, like verify/HS256/access-token=0.05")
    }
    (scenario, self.share) = (String(parts[0]), share)
  }
}

/// An engine that is slower in one scenario: it really does more.
public struct SlowedEngine: Engine {
  private let engine: any Engine
  private let slowdown: Slowdown
  public var name: String { engine.name }

  public init(_ engine: any Engine, _ slowdown: Slowdown) {
    (self.engine, self.slowdown) = (engine, slowdown)
  }

  public func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
    let workers = try engine.workers(work, threads: threads)
    guard work.scenario == slowdown.scenario else { return workers }
    return workers.map { SlowedWorker($0, slowdown.share) }
  }
}

/// Goes further than it was asked to, and answers for as much as it was asked for.
private final class SlowedWorker: Worker, @unchecked Sendable {
  private let worker: any Worker
  private let share: Double
  // Sums of the expected answers of the first n tokens.
  private let sums: [UInt64]
  private var owed = 0.0
  /// Operations asked for, and operations done.
  private var asked = 0
  private var done = 0

  init(_ worker: any Worker, _ share: Double) {
    (self.worker, self.share) = (worker, share)
    sums = worker.expected.reduce(into: [0]) { $0.append($0[$0.count - 1] &+ $1) }
  }

  func run(_ count: Int) -> UInt64 {
    owed += Double(count) * share
    let more = Int(owed) / batchSize * batchSize
    owed -= Double(more)
    let answer = worker.run(count + more)
    // Whatever is wrong with the answers stays wrong.
    let fault = answer &- expected(from: done, count + more)
    defer { (asked, done) = (asked + count, done + count + more) }
    return expected(from: asked, count) &+ fault
  }

  private func expected(from start: Int, _ count: Int) -> UInt64 {
    let size = sums.count - 1
    func sum(_ n: Int) -> UInt64 { sums[size] &* UInt64(n / size) &+ sums[n % size] }
    return sum(start + count) &- sum(start)
  }

  var expected: [UInt64] { worker.expected }
  func refusesBadTokens() -> Bool { worker.refusesBadTokens() }
  var batchSize: Int { worker.batchSize }
  var nanosecondsElsewhere: UInt64? { worker.nanosecondsElsewhere }
  var cache: CacheReading? { worker.cache }
}

extension JotWorkload {
  /// The name of the scenario that it is of.
  fileprivate var scenario: String {
    switch self {
    case .tokens(let operation, let pool):
      JotScenario.tokens(operation, pool.algorithm, pool.profile).name
    case .cached(let pattern, _): JotScenario.cached(pattern).name
    case .keySet(let pool): JotScenario.keySet(keys: pool.keys.count).name
    case .issuers(let reading, let pool): JotScenario.issuers(pool.keys.count, reading).name
    case .mixed: JotScenario.mixed.name
    case .texts(let pool): JotScenario.base64url(pool.coding, characters: pool.characters).name
    case .hostile(let pool): JotScenario.hostile(pool.attack).name
    }
  }
}
