// What Linux says of itself in files, and what other programs print.
import Foundation

/// Files under `/proc`, `/sys` and `/etc`; in tests under another root.
package struct SystemFiles: Sendable {
  package var root: String

  package init(root: String = "") { self.root = root }

  /// Returns a file's text without surrounding spaces; nil if it can't be read.
  package func read(_ path: String) -> String? {
    (try? String(contentsOfFile: root + path, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Returns the value after a name and a separator, in the first line that has them.
  package static func field(_ name: String, of text: String?, separator: Character) -> String? {
    for line in (text ?? "").split(separator: "\n") {
      guard let border = line.firstIndex(of: separator),
        line[..<border].trimmingCharacters(in: .whitespaces) == name
      else { continue }
      let value = line[line.index(after: border)...]
      return value.trimmingCharacters(in: CharacterSet(charactersIn: " \"\t"))
    }
    return nil
  }
}

/// Runs a command and returns what it prints; nil if it can't be run or fails.
package func output(of command: [String]) -> String? {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = command
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return nil }
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { return nil }
  return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}
