// Fence: Ctrl-C, and SIGTERM. What is measured so far is kept, and a second one ends the process.
import Foundation
import Synchronization

enum Interrupt {
  private static let count = Atomic<Int>(0)

  /// Whether it was asked for an end.
  static var came: Bool { count.load(ordering: .relaxed) > 0 }

  /// Takes the signals from now on, also where whoever started this process had them blocked.
  static func watch() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interrupt.count.add(1, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
    var signals = sigset_t()
    // SAFETY: the set is this function's own, and all calls are done with it when they return.
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
