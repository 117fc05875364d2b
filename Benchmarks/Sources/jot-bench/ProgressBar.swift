// One line on a terminal that says how far the run is.
import Foundation

struct ProgressBar: Sendable {
  let isShown: Bool
  private let width = 30

  init(isShown: Bool) { self.isShown = isShown }

  func show(_ done: Double, _ what: String) {
    guard isShown else { return }
    let full = min(width, Int(done * Double(width)))
    let bar = String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
    write("\r\u{1b}[K[\(bar)] \(Int(done * 100)) %  \(what)")
  }

  func clear() {
    if isShown { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
