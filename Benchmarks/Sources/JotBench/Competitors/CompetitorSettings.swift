// The settings of a measurement of competitors.
import BenchKit
import Foundation

/// The competitors, and how they are measured.
public struct CompetitorSettings: Sendable {
  /// The competitors' programs.
  public var executables: [String] = []
  /// Seconds of measuring for each row.
  public var seconds = 2.0
  /// Seconds to wait for an answer.
  public var patience = 30.0
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  /// Distinct tokens.
  public var poolSize = 1024
  /// Seconds since 1970: now, since competitors use the machine's clock.
  public var now = Int64(Date.now.timeIntervalSince1970)
  public var tasks = CompetitorTask.all

  public init() {}
}
