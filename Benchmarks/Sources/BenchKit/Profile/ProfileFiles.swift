// The files of a profile: all are written or none; and its table.
import Foundation

extension Profile {
  /// The default folder of a profile; its name sorts by scenario and time.
  public static func folder(_ scenario: String, date: Date = Date()) -> String {
    let name = scenario.map { $0 == "/" ? "-" : String($0) }.joined()
    return "results/local/profile/\(name)-\(Record.stamp(date))"
  }

  /// Checks before the measurement that the folder `path` can be made.
  public static func check(_ path: String) throws(BenchError) {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw .unusable("--into \(path): it is there already")
    }
    try Record.check(folder: path, option: "--into \(path)")
  }

  /// Writes `flame.svg`, `folded.txt`, `hottest.txt` and `annotated.txt` into the new folder `path`
  /// and returns their paths.
  ///
  /// They are written into a temporary folder, which is renamed when it is complete.
  public func write(into path: String) throws(BenchError) -> [String] {
    let files = [
      ("flame.svg", FlameGraph(stacks).svg(title: title, lines: circumstances + notes)),
      ("hottest.txt", head + table(limit: 60, width: nil)),
      ("annotated.txt", head + annotated),
      ("folded.txt", stacks.text),
    ]
    let target = URL(filePath: path)
    let unfinished = target.deletingLastPathComponent()
      .appending(path: ".\(target.lastPathComponent)-\(UUID().uuidString)")
    do {
      defer { try? FileManager.default.removeItem(at: unfinished) }
      try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: true)
      for (name, text) in files {
        try Data(text.utf8).write(to: unfinished.appending(path: name))
      }
      try FileManager.default.moveItem(at: unfinished, to: target)
    } catch {
      throw .unusable("--into \(path): the files can't be written")
    }
    return files.map { "\(path)/\($0.0)" }
  }

  private var head: String {
    ([title] + circumstances + notes).joined(separator: "\n") + "\n\n"
  }

  /// The hottest functions.
  public var table: String {
    title + "\n" + circumstances.joined(separator: "\n") + "\n\n" + table(limit: 15, width: 100)
  }

  /// - Parameter width: Columns of a line at most; nil: unlimited.
  func table(limit: Int, width: Int?) -> String {
    let whole = Double(max(1, stacks.count))
    let totals = stacks.totals.prefix(limit).filter { $0.own > 0 }
    let sourceWidth = totals.map(\.source.count).max() ?? 0
    var nameWidth = max("function".count, totals.map(\.function.count).max() ?? 0)
    if let width { nameWidth = min(nameWidth, width - 19 - sourceWidth) }
    func line(_ own: String, _ all: String, _ function: String, _ source: String) -> String {
      let name = function.count > nameWidth ? function.prefix(nameWidth - 1) + "…" : function[...]
      let gap = String(repeating: " ", count: max(0, nameWidth - name.count))
      return own.leading(6) + "  " + all.leading(7) + "  " + name
        + (source.isEmpty ? "" : gap + "  " + source) + "\n"
    }
    return line("self %", "total %", "function", "where")
      + totals.map {
        line(
          NumberFormat.fixed(100 * Double($0.own) / whole, 1),
          NumberFormat.fixed(100 * Double($0.all) / whole, 1), $0.function, $0.source)
      }.joined()
  }
}

extension String {
  /// The text, padded on the left.
  fileprivate func leading(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
