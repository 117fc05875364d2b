// What a comparison of two builds is asked to do.

/// What an A/B is asked to do.
public struct ABSettings: Sendable {
  /// Patterns of scenarios' names; nil for the standard ones that a side has.
  public var scenarios: [String]?
  public var threads: [Int] = [1]
  /// Seconds for each row, with the starts of processes.
  public var seconds = 60.0
  /// The share by which a row may become slower.
  public var threshold = 0.02
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  /// Seconds that an answer may take.
  public var patience = 120.0
  /// What is planted in AFTER. BEFORE does the same with a share of 0, so that both have the same memory.
  public var planted: Slowdown?

  /// Scenarios that are measured where none is named.
  public var standard: [String] = []
  /// Scenarios of which more threads tell no more.
  public var unscaled: Set<String> = []

  public init() {}

  var sessions: Int { max(12, Int(seconds)) }
}
