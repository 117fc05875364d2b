// The folder of competitors that `.ci/peers` builds.
import BenchKit
import Foundation

/// A folder with the competitors' programs in `bin`, and in `left-out` a line for each missing one.
public struct CompetitorFolder {
  private let folder: URL

  public init(_ path: String) { folder = URL(filePath: path) }

  /// Returns the programs whose name `glob` matches, sorted.
  public func executables(matching glob: String) throws(BenchError) -> [String] {
    let bin = folder.appending(path: "bin").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: bin)) ?? []
    let found = names.filter { Glob(glob).matches($0) }.sorted().map { "\(bin)/\($0)" }
    guard !found.isEmpty else {
      throw .unusable("\(bin) has no competitor that \(glob) matches (make peers builds them)")
    }
    return found
  }

  public var leftOut: [String] {
    let text = try? String(contentsOf: folder.appending(path: "left-out"), encoding: .utf8)
    return (text ?? "").split(separator: "\n").map(String.init)
  }
}
