// What a comparison of two builds is asked to do.

/// The scenarios of a comparison of two builds, and how they are measured.
public struct ABSettings: Sendable {
  /// Patterns of scenarios' names; nil: the standard ones.
  public var scenarios: [String]?
  public var threads: [Int] = [1]
  /// Seconds for each row, including the starts of processes.
  public var seconds = 60.0
  /// The share by which a row may become slower.
  public var threshold = 0.02
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  /// Seconds to wait for an answer.
  public var patience = 120.0
  /// A slow-down of AFTER. BEFORE gets the same with a share of 0, so that both use the same
  /// memory.
  public var planted: Slowdown?

  /// Scenarios that are measured where none is named.
  public var standard: [String] = []
  /// Scenarios of which more threads tell no more.
  public var unscaled: Set<String> = []

  public init() {}

  var sessions: Int { max(12, Int(seconds)) }
}
