// Who does the work. The runner knows no engine: it counts operations and compares answers.

/// An implementation that is measured.
public protocol Engine<Input>: Sendable {
  /// What its operations are done on.
  associatedtype Input: Workload

  /// The name in the table.
  var name: String { get }

  /// Returns a worker for each of `threads` threads, or none if the engine can't do this work.
  ///
  /// Set-up happens here, off the clock. What a server's threads would share is shared.
  func workers(_ work: Input, threads: Int) throws(BenchError) -> [any Worker]
}

/// One thread's share of an engine.
public protocol Worker: AnyObject, Sendable {
  /// Runs `count` operations over the inputs, from where the last run ended, and returns the sum of
  /// their answers.
  ///
  /// - Precondition: `count` is a multiple of ``batchSize``.
  func run(_ count: Int) -> UInt64

  /// The answer that each operation must give, computed from the inputs alone; after the last, the
  /// run starts over.
  var expected: [UInt64] { get }

  /// Whether every bad input is refused, each for its reason.
  func refusesBadTokens() -> Bool

  /// Operations of one call: 1, or the size of a batch.
  var batchSize: Int { get }

  /// Nanoseconds of all runs so far, by the clock of the process that did the work; nil if that is
  /// this process.
  var nanosecondsInProcess: UInt64? { get }

  /// The counters of the cache that the workers share; nil without a cache.
  var cache: CacheReading? { get }
}

/// What a cache counted.
public struct CacheReading: Sendable {
  /// Operations below which the hit ratio of a run says nothing.
  static let leastOperations = 2000

  /// Hits since it was made, of all threads.
  package let hits: UInt64
  /// Hits for each operation that the scenario promises.
  package let promised: ClosedRange<Double>

  public init(hits: UInt64, promised: ClosedRange<Double>) {
    (self.hits, self.promised) = (hits, promised)
  }
}

extension Worker {
  public var batchSize: Int { 1 }
  public var nanosecondsInProcess: UInt64? { nil }
  public var cache: CacheReading? { nil }
}
