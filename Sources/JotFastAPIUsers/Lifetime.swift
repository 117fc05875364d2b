// The claim `exp` as FastAPI Users writes it.

/// The lifetime of a token.
struct Lifetime {
  /// Nil and 0: unlimited.
  let seconds: Int?

  /// Sets `exp`; without a lifetime, an existing `exp` is kept.
  func apply(to claims: inout Claims, now: Int64) throws(FastAPIUsers.StrategyError) {
    guard let seconds, seconds != 0 else { return }
    let (second, over) = now.addingReportingOverflow(Int64(seconds))
    guard !over, Self.writableSeconds.contains(second) else { throw .lifetimeOutOfRange }
    claims["exp"] = .integer(second)
  }

  /// From 0001-01-01 to 9999-12-31: the range of Python's datetime.
  private static let writableSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
}
