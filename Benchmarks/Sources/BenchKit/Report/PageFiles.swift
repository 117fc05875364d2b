// Fence: the files of a page and its plots: all are written or none; and the plots in README.
import Foundation

extension Page {
  /// Writes `<stem>.html` and `<stem>-<plot>.svg` into a folder and returns the page's path.
  ///
  /// All are written into a temporary folder, then renamed, the page last: a reader finds either
  /// the earlier files or these.
  public func write(into folder: String, stem: String) throws(BenchError) -> String {
    let target = URL(filePath: folder)
    let beside = target.appending(path: ".\(stem)-\(UUID().uuidString)")
    let manager = FileManager.default
    defer { try? manager.removeItem(at: beside) }
    var all = files.map { (name: "\(stem)-\($0.name).svg", text: $0.svg) }
    all.append(("\(stem).html", html))
    do {
      // A folder can't be replaced by a file; checked before the first rename.
      for file in all {
        if PathKind(target.appending(path: file.name).path) == .folder {
          throw CocoaError(.fileWriteFileExists)
        }
      }
      try manager.createDirectory(at: beside, withIntermediateDirectories: true)
      for file in all {
        try Data(file.text.utf8).write(to: beside.appending(path: file.name))
      }
      for file in all {
        let target = target.appending(path: file.name)
        // SAFETY: both strings live as long as the call.
        guard unsafe rename(beside.appending(path: file.name).path, target.path) == 0 else {
          throw CocoaError(.fileWriteUnknown)
        }
      }
      // Plots of an earlier page that this one lacks would seem to be its own.
      for name in PlotName.allCases where !files.contains(where: { $0.name == name.rawValue }) {
        try? manager.removeItem(at: target.appending(path: "\(stem)-\(name.rawValue).svg"))
      }
    } catch {
      throw .unusable("--into \(folder): the page can't be written")
    }
    return target.appending(path: "\(stem).html").path
  }

  /// The marks around the plots in README.
  static let plotMarks = ("<!-- plots -->", "<!-- end of plots -->")

  /// README shows the first two of these plots that exist.
  static let readmePlots: [PlotName] = [.competitors, .ratio, .throughput, .latency]

  /// Returns README with two of the plots between its marks; nil without marks.
  ///
  /// - Parameter prefix: The start of the plots' paths, relative to README: `results/…/stamp`.
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
