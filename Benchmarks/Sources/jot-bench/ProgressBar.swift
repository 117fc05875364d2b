// The progress of a run and its remaining time: one line on a terminal, otherwise a plain line
// every 10 s.
import Foundation
import Synchronization

final class ProgressBar: Sendable {
  private let isShown: Bool
  private let isTerminal: Bool
  private let start = Date()
  /// When the last plain line was written, in seconds from the start.
  private let last = Mutex<Double>(0)
  private static let width = 30
  private static let pause = 10.0

  init(isShown: Bool, isTerminal: Bool = true) {
    (self.isShown, self.isTerminal) = (isShown, isTerminal)
  }

  func show(_ done: Double, _ what: String) {
    guard isShown else { return }
    let seconds = Date().timeIntervalSince(start)
    // An extrapolation, which means nothing at first.
    let left = done > 0.02 ? ", \(Self.words(seconds / done - seconds)) left" : ""
    let percent = "\(Int(done * 100)) %\(left)"
    if isTerminal {
      let full = min(Self.width, Int(done * Double(Self.width)))
      let rest = String(repeating: ".", count: Self.width - full)
      write("\r\u{1b}[K[\(String(repeating: "#", count: full))\(rest)] \(percent)  \(what)")
    } else if done < 1, isDue(seconds) {
      write("jot-bench: \(percent): \(what)\n")
    }
  }

  func clear() {
    if isShown, isTerminal { write("\r\u{1b}[K") }
  }

  private func isDue(_ seconds: Double) -> Bool {
    last.withLock { last in
      guard seconds - last >= Self.pause else { return false }
      last = seconds
      return true
    }
  }

  private static func words(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  private func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
