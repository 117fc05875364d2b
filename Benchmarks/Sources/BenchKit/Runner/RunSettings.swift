// What a run is asked to do.

/// The scenarios of a run, and how long and on what they are measured.
public struct RunSettings<Subject: Scenario>: Sendable {
  public var scenarios: [Subject]
  /// Numbers of threads; of a scenario that does not scale, the first alone.
  public var threads: [Int] = [1]
  /// Seconds of measuring for each row.
  public var seconds = 5.0
  /// How far a time's 95 % interval may reach to either side, as a share of the time. A session ends
  /// early once all engines' intervals are as narrow. Nil: it takes all of its time.
  public var confidence: Double?
  /// How often everything is measured again, with new workers in other memory; nil: as often as the
  /// seconds allow.
  public var sessions: Int?
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  /// Distinct inputs, a multiple of a batch's size.
  public var poolSize = 1024
  /// The engine whose answers are made wrong, to show that a wrong answer is seen.
  public var plantedWrong: String?

  public init(scenarios: [Subject]) { self.scenarios = scenarios }

  /// A session of less than half a second is mostly warm-up. Of eight, one bad session moves neither
  /// a median nor its interval.
  package var sessionCount: Int { sessions ?? max(1, min(8, Int(seconds * 2))) }
}
