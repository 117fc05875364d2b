// Writes what each target begins with: seeds from the vectors, and the kept corpus.
import Foundation

enum SeedFolder {
  /// Writes into a folder for each target below JOT_FUZZ_FOLDER.
  static func write() {
    guard let path = ProcessInfo.processInfo.environment["JOT_FUZZ_FOLDER"] else {
      finding("JOT_FUZZ_FOLDER is not set")
    }
    for target in FuzzTargets.all {
      let folder = URL(filePath: path).appending(path: target.name)
      try! FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (kind, inputs) in [("seed", target.make().seeds), ("kept", kept(target.name))] {
        for (number, input) in inputs.enumerated() {
          try! Data(input).write(to: folder.appending(path: "\(kind)-\(number)"))
        }
      }
    }
  }

  /// The inputs in `Corpus`: one in base64 on each line.
  private static func kept(_ name: String) -> [[UInt8]] {
    let file = Vectors.package.appending(path: "Corpus/\(name).txt")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").map { line in
      guard let bytes = Data(base64Encoded: String(line)) else {
        finding("\(file.path) has a line that is not base64")
      }
      return Array(bytes)
    }
  }
}
