// A slow-down that is known, to show that comparing finds it: for tests of the runner alone.

/// A scenario in which an engine does a share of its operations twice.
public struct Slowdown: Sendable, Equatable {
  public let scenario: String
  /// How much more is done: 0.05 is every twentieth token once more.
  public let share: Double

  /// Reads text like `verify/HS256/access-token=0.05`.
  public init(_ text: String) throws(BenchError) {
    let parts = text.split(separator: "=")
    guard parts.count == 2, let share = Double(parts[1]), share > 0, share <= 1,
      Scenario.all.contains(where: { $0.name == parts[0] })
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

  public func workers(_ work: Work, threads: Int) throws(BenchError) -> [any Worker] {
    let workers = try engine.workers(work, threads: threads)
    guard work.scenario == slowdown.scenario else { return workers }
    // What is done once more is done by others, so that the first go on where they were.
    let others = try engine.workers(work, threads: threads)
    return zip(workers, others).map { SlowedWorker($0, $1, slowdown.share) }
  }
}

private final class SlowedWorker: Worker, @unchecked Sendable {
  private let worker: any Worker
  private let other: any Worker
  private let share: Double
  private var owed = 0.0

  init(_ worker: any Worker, _ other: any Worker, _ share: Double) {
    (self.worker, self.other, self.share) = (worker, other, share)
  }

  func run(_ count: Int) -> UInt64 {
    let sum = worker.run(count)
    owed += Double(count) * share
    let more = Int(owed) / batchSize * batchSize
    if more > 0 {
      _ = other.run(more)
      owed -= Double(more)
    }
    return sum
  }

  var expected: [UInt64] { worker.expected }
  func refusesBadTokens() -> Bool { worker.refusesBadTokens() }
  var batchSize: Int { worker.batchSize }
  var nanosecondsElsewhere: UInt64? { worker.nanosecondsElsewhere }
  var cache: CacheReading? { worker.cache }
}

extension Work {
  /// The name of the scenario that it is of.
  fileprivate var scenario: String {
    switch self {
    case .tokens(let operation, let pool):
      Scenario.tokens(operation, pool.algorithm, pool.shape).name
    case .texts(let pool): Scenario.base64url(pool.coding, characters: pool.characters).name
    case .hostile(let pool): Scenario.hostile(pool.attack).name
    }
  }
}
