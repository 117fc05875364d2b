// Where a page and its plots are kept, whole or not at all, and what README shows of them.
import Foundation

extension Page {
  /// Writes `<stem>.html` and `<stem>-<plot>.svg` into a folder and returns the page's path.
  ///
  /// All of them are written in a folder beside, then renamed, the page last: a reader finds the
  /// earlier files or these.
  public func write(into folder: String, stem: String) throws(BenchError) -> String {
    let place = URL(filePath: folder)
    let beside = place.appending(path: ".\(stem)-\(UUID().uuidString)")
    let manager = FileManager.default
    defer { try? manager.removeItem(at: beside) }
    var all = files.map { (name: "\(stem)-\($0.name).svg", text: $0.svg) }
    all.append(("\(stem).html", html))
    do {
      // What is no file can't be replaced by one: better seen before the first is renamed.
      for file in all {
        var isFolder: ObjCBool = false
        if unsafe manager.fileExists(
          atPath: place.appending(path: file.name).path, isDirectory: &isFolder), isFolder.boolValue
        {
          throw CocoaError(.fileWriteFileExists)
        }
      }
      try manager.createDirectory(at: beside, withIntermediateDirectories: true)
      for file in all {
        try Data(file.text.utf8).write(to: beside.appending(path: file.name))
      }
      for file in all {
        let target = place.appending(path: file.name)
        // SAFETY: both strings live as long as the call.
        guard unsafe rename(beside.appending(path: file.name).path, target.path) == 0 else {
          throw CocoaError(.fileWriteUnknown)
        }
      }
      // What an earlier page had and this one has not would stand there as if it were its.
      for name in PlotName.allCases where !files.contains(where: { $0.name == name.rawValue }) {
        try? manager.removeItem(at: place.appending(path: "\(stem)-\(name.rawValue).svg"))
      }
    } catch {
      throw .unusable("--into \(folder): the page can't be written")
    }
    return place.appending(path: "\(stem).html").path
  }

  /// README's marks around the plots.
  static let plotMarks = ("<!-- plots -->", "<!-- end of plots -->")

  /// The two plots that README shows: the first two of these that there are.
  static let readmePlots: [PlotName] = [.competitors, .ratio, .throughput, .latency]

  /// Puts two of the plots between README's marks and returns the new text; nil without marks.
  ///
  /// - Parameter prefix: What the plots' paths begin with, seen from README: `results/…/stamp`.
  public func readme(_ text: String, prefix: String) -> String? {
    guard let start = text.range(of: Self.plotMarks.0 + "\n"),
      let end = text.range(of: Self.plotMarks.1), start.upperBound <= end.lowerBound
    else { return nil }
    let shown = Self.readmePlots.filter { name in
      files.contains { $0.name == name.rawValue }
    }.prefix(2)
    let path = prefix.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? prefix
    let images = shown.map { "![\($0.question)](\(path)-\($0.rawValue).svg)\n" }
    return text[..<start.upperBound] + images.joined(separator: "\n") + text[end.lowerBound...]
  }
}
