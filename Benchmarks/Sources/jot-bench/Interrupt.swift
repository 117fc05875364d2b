// Ctrl-C: what is measured so far is kept, and a second one ends the process.
import Foundation
import Synchronization

enum Interrupt {
  private static let count = Atomic<Int>(0)

  /// Whether it was asked for an end.
  static var came: Bool { count.load(ordering: .relaxed) > 0 }

  /// Takes SIGINT from now on.
  static func watch() {
    signal(SIGINT) { _ in
      Interrupt.count.add(1, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
  }
}
