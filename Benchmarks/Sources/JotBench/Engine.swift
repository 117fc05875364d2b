// Who does the work. The runner knows no engine: it counts operations and compares answers.

/// What a scenario's operations are done on, made once for all engines.
public enum JotWorkload: Sendable {
  case tokens(JotScenario.Operation, Pool)
  case cached(CachePattern, Pool)
  case keySet(Pool)
  case issuers(JotScenario.Reading, Pool)
  case mixed(Pool, Pool)
  case texts(TextPool)
  case hostile(HostilePool)

  /// Characters of a token or a text: the median.
  var tokenBytes: Int {
    switch self {
    case .tokens(_, let pool), .cached(_, let pool), .keySet(let pool), .issuers(_, let pool):
      pool.tokenBytes
    case .mixed(let one, let other): Pool(one, other).tokenBytes
    case .texts(let pool): pool.characters
    case .hostile(let pool): pool.tokenBytes
    }
  }
}

/// Something that signs and verifies, or codes.
public protocol Engine: Sendable {
  /// The name in the table; ours begin with `jot`.
  var name: String { get }

  /// Returns what each of `threads` threads works with, none where the engine has no part in it.
  ///
  /// All that can be done once is done here, and what a server's threads would share is shared.
  func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker]
}

/// One thread's share of an engine.
public protocol Worker: AnyObject, Sendable {
  /// Runs `count` operations over the pool, going on where the last run ended, and returns the sum
  /// of their answers.
  ///
  /// - Precondition: `count` is a multiple of ``batchSize``.
  func run(_ count: Int) -> UInt64

  /// The answer that each operation must give, computed from the pool alone; the run begins anew
  /// behind the last.
  var expected: [UInt64] { get }

  /// Whether every token that must be refused is, for its reason.
  func refusesBadTokens() -> Bool

  /// Operations of one call: 1, or the tokens of a batch.
  var batchSize: Int { get }

  /// Nanoseconds of all runs so far, by the clock of the process that did the work; nil where it
  /// is this one.
  var nanosecondsElsewhere: UInt64? { get }

  /// What the cache behind all workers has; nil where there is none.
  var cache: CacheReading? { get }
}

/// What a cache says of itself.
public struct CacheReading: Sendable {
  /// Hits since it was made, of all threads.
  let hits: UInt64
  /// Hits for an operation that the scenario promises.
  let promised: ClosedRange<Double>
}

extension Worker {
  public var batchSize: Int { 1 }
  public var nanosecondsElsewhere: UInt64? { nil }
  public var cache: CacheReading? { nil }
}
