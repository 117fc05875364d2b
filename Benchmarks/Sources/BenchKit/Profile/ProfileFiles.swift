// A profile as files and as a table: all of them are there, or none.
import Foundation

extension Profile {
  /// Where a profile goes that no one gave a place: a name that sorts by scenario and time.
  public static func place(_ scenario: String, date: Date = Date()) -> String {
    let name = scenario.map { $0 == "/" ? "-" : String($0) }.joined()
    return "results/local/profile/\(name)-\(Record.stamp(date))"
  }

  /// Checks, before anything is measured for it, that the folder `path` can be made.
  public static func check(_ path: String) throws(BenchError) {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw .unusable("--into \(path): it is there already")
    }
    try Record.check(folder: path, option: "--into \(path)")
  }

  /// Writes `flame.svg`, `folded.txt`, `hottest.txt` and `annotated.txt` into the new folder `path`
  /// and returns their places.
  ///
  /// They are written into a folder beside it, which gets its name when it is whole.
  public func write(into path: String) throws(BenchError) -> [String] {
    let files = [
      ("flame.svg", FlameGraph(stacks).svg(title: title, lines: circumstances + notes)),
      ("hottest.txt", head + table(limit: 60, width: nil)),
      ("annotated.txt", head + annotated),
      ("folded.txt", stacks.text),
    ]
    let place = URL(filePath: path)
    let unfinished = place.deletingLastPathComponent()
      .appending(path: ".\(place.lastPathComponent)-\(UUID().uuidString)")
    do {
      defer { try? FileManager.default.removeItem(at: unfinished) }
      try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: true)
      for (name, text) in files {
        try Data(text.utf8).write(to: unfinished.appending(path: name))
      }
      try FileManager.default.moveItem(at: unfinished, to: place)
    } catch {
      throw .unusable("--into \(path): the files can't be written")
    }
    return files.map { "\(path)/\($0.0)" }
  }

  private var head: String {
    ([title] + circumstances + notes).joined(separator: "\n") + "\n\n"
  }

  /// The hottest functions: what a person looks at first.
  public var table: String {
    title + "\n" + circumstances.joined(separator: "\n") + "\n\n" + table(limit: 15, width: 100)
  }

  /// - Parameter width: Columns of a line at most; nil: as long as the names are.
  func table(limit: Int, width: Int?) -> String {
    let whole = Double(max(1, stacks.count))
    let totals = stacks.totals.prefix(limit).filter { $0.own > 0 }
    let places = totals.map(\.place.count).max() ?? 0
    var room = max("function".count, totals.map(\.function.count).max() ?? 0)
    if let width { room = min(room, width - 19 - places) }
    func line(_ own: String, _ all: String, _ function: String, _ place: String) -> String {
      let name = function.count > room ? function.prefix(room - 1) + "…" : function[...]
      let gap = String(repeating: " ", count: max(0, room - name.count))
      return own.leading(6) + "  " + all.leading(7) + "  " + name
        + (place.isEmpty ? "" : gap + "  " + place) + "\n"
    }
    return line("self %", "total %", "function", "where")
      + totals.map {
        line(
          NumberFormat.fixed(100 * Double($0.own) / whole, 1),
          NumberFormat.fixed(100 * Double($0.all) / whole, 1), $0.function, $0.place)
      }.joined()
  }
}

extension String {
  /// The text, filled up at its front.
  fileprivate func leading(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
