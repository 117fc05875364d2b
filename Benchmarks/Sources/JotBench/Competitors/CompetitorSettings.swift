// What a measurement of competitors is asked to do.
import BenchKit
import Foundation

/// What a campaign of competitors is asked to do.
public struct CompetitorSettings: Sendable {
  /// The competitors' programs.
  public var executables: [String] = []
  /// Seconds of measuring for each row.
  public var seconds = 2.0
  /// Seconds that an answer may take.
  public var patience = 30.0
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  /// Distinct tokens.
  public var poolSize = 1024
  /// Seconds since 1970: tokens are for today, since a competitor's clock is the machine's.
  public var now = Int64(Date.now.timeIntervalSince1970)
  public var tasks = CompetitorTask.all

  public init() {}
}
