// A slow-down of known size, to show that a comparison finds it.

/// A scenario in which an engine does a share of its operations twice.
public struct Slowdown: Sendable, Equatable {
  public let scenario: String
  /// How much more is done: 0.05 repeats every twentieth operation.
  public let share: Double

  /// Reads text like `verify/HS256/access-token=0.05`.
  public init(_ text: String, among scenarios: [String]) throws(BenchError) {
    let parts = text.split(separator: "=")
    guard parts.count == 2, let share = Double(parts[1]), share >= 0, share <= 1,
      scenarios.contains(String(parts[0]))
    else {
      throw .usage(
        "--plant-slowdown \(text): a scenario and a share, like verify/HS256/access-token=0.05")
    }
    (scenario, self.share) = (String(parts[0]), share)
  }
}

/// An engine that is slower in one scenario: it really does more.
public struct SlowedEngine<Input: Workload>: Engine {
  private let engine: any Engine<Input>
  private let slowdown: Slowdown
  public var name: String { engine.name }

  public init(_ engine: some Engine<Input>, _ slowdown: Slowdown) {
    (self.engine, self.slowdown) = (engine, slowdown)
  }

  public func workers(_ work: Input, threads: Int) throws(BenchError) -> [any Worker] {
    let workers = try engine.workers(work, threads: threads)
    guard work.scenario == slowdown.scenario else { return workers }
    return workers.map { SlowedWorker($0, slowdown.share) }
  }
}

/// Runs more operations than it was asked for, and answers for those that it was asked for.
private final class SlowedWorker: Worker, @unchecked Sendable {
  private let worker: any Worker
  private let share: Double
  private let sums: ExpectedSums
  private var owed = 0.0
  /// Operations asked for, and operations done.
  private var asked = 0
  private var done = 0

  init(_ worker: any Worker, _ share: Double) {
    (self.worker, self.share) = (worker, share)
    sums = ExpectedSums(worker.expected)
  }

  func run(_ count: Int) -> UInt64 {
    owed += Double(count) * share
    let more = Int(owed) / batchSize * batchSize
    owed -= Double(more)
    let answer = worker.run(count + more)
    // A wrong answer stays wrong.
    let fault = answer &- sums.sum(from: done, count + more)
    defer { (asked, done) = (asked + count, done + count + more) }
    return sums.sum(from: asked, count) &+ fault
  }

  var expected: [UInt64] { worker.expected }
  func refusesBadTokens() -> Bool { worker.refusesBadTokens() }
  var batchSize: Int { worker.batchSize }
  var nanosecondsInProcess: UInt64? { worker.nanosecondsInProcess }
  var cache: CacheReading? { worker.cache }
}
