// Detects other work on the sibling hardware thread of a core. No system reports that, least of all
// a virtual one, and such work takes up to half of what the core can do.
internal import CBench

/// Probes the core of one worker between its batches: a loop of known work takes longer if the
/// sibling thread is busy.
package final class SiblingMonitor {
  /// The shortest time of the probe so far, in nanoseconds: its time on an idle core, once there
  /// was a moment without other work. If our own threads share a core, its time beside them.
  private(set) var least = UInt64.max
  /// The shortest time in this session.
  private var recent = UInt64.max
  private let look: () -> UInt64
  /// A busy sibling makes it 1.7 to 2 times as long, a lower clock rate less.
  static let tolerance = 1.25
  /// Nanoseconds between two probes, at least: each takes 2 us.
  static let pause: UInt64 = 50_000

  /// - Parameter look: Runs the probe and returns its time.
  init(_ look: @escaping () -> UInt64 = fill) { self.look = look }

  /// Probes the core and returns whether the worker has it for itself at this moment.
  func isAlone() -> Bool {
    let time = look()
    (least, recent) = (min(least, time), min(recent, time))
    return Double(time) <= Self.tolerance * Double(least)
  }

  /// The probes of one session.
  package struct Observation {
    fileprivate let monitor: SiblingMonitor
    fileprivate let least: UInt64?

    /// Whether the core was idle at some moment, by all that is known now.
    var hasBeenAlone: Bool {
      least.map { Double($0) <= SiblingMonitor.tolerance * Double(monitor.least) } ?? true
    }
  }

  /// Ends a session; the next probe begins another.
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
