// Who uses the other hardware thread of our core: the system does not say it, least of all to a virtual
// machine, and a neighbour there takes up to half of what the core can do.
internal import CBench

/// Watches the core of one worker, between its batches.
package final class SiblingMonitor {
  /// Nanoseconds of a loop that fills the core: the least so far, so what it takes alone, once there was
  /// one moment without a neighbour. Where our own threads share a core, what it takes beside them.
  private(set) var least = UInt64.max
  /// The least of this session.
  private var recent = UInt64.max
  private let look: () -> UInt64
  /// A neighbour makes it 1.7 to 2 times as long, a clock that is not at its highest less.
  static let tolerance = 1.25
  /// What lies between two looks at least: they cost 2 us each.
  static let pause: UInt64 = 50_000

  /// - Parameter look: Nanoseconds of that loop now.
  init(_ look: @escaping () -> UInt64 = fill) { self.look = look }

  /// Returns whether the core is the worker's alone at this moment.
  func isAlone() -> Bool {
    let time = look()
    (least, recent) = (min(least, time), min(recent, time))
    return Double(time) <= Self.tolerance * Double(least)
  }

  /// What was seen in a session.
  package struct Observation {
    fileprivate let monitor: SiblingMonitor
    fileprivate let least: UInt64?

    /// Whether there was a moment without a neighbour, by all that is known now.
    var hasBeenAlone: Bool {
      least.map { Double($0) <= SiblingMonitor.tolerance * Double(monitor.least) } ?? true
    }
  }

  /// Ends a session; the next look begins another.
  func endSession() -> Observation {
    defer { recent = .max }
    return Observation(monitor: self, least: recent == .max ? nil : recent)
  }

  private static func fill() -> UInt64 {
    let start = bench_now()
    bench_fill(300)
    return bench_now() - start
  }
}
