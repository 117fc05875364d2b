// Fence: Ctrl-C and SIGTERM. The first one ends the measurement and keeps the results, the second
// one ends the process.
import Foundation
import Synchronization

enum Interrupt {
  private static let count = Atomic<Int>(0)

  /// Whether a signal came.
  static var came: Bool { count.load(ordering: .relaxed) > 0 }

  /// Handles the signals from now on, even if they were blocked by the parent process.
  static func watch() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interrupt.count.add(1, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
    var signals = sigset_t()
    // SAFETY: the set is local, and no call keeps it.
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
