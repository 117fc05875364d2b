// Other programs on the PATH.
import Foundation

/// A program on the PATH.
package struct ExternalProgram {
  package let executable: String

  /// Finds `name` on `path`, by default this process's PATH; nil if it is not there.
  package init?(_ name: String, path: String? = nil) {
    let folders = path ?? ProcessInfo.processInfo.environment["PATH"] ?? ""
    let candidates = folders.split(separator: ":").map { "\($0)/\(name)" }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      return nil
    }
    executable = found
  }

  /// Runs the program and returns what it prints to the standard output; nil if it fails.
  ///
  /// Its errors are not shown. Its standard input is a file with `input`, so that neither side
  /// waits for the other.
  func output(_ arguments: [String], input: String? = nil) -> String? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    let file = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    if let input {
      guard (try? Data(input.utf8).write(to: file)) != nil,
        let handle = FileHandle(forReadingAtPath: file.path)
      else { return nil }
      process.standardInput = handle
    }
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self)
  }
}
