// What the tests of the whole package share: its files, commands, and a folder for a consumer.
import Foundation
import Testing

/// Runs a command and returns its status and all that it printed.
func run(_ command: [String]) throws -> (status: Int32, text: String) {
  let process = Process()
  let output = Pipe()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = command
  process.standardOutput = output
  process.standardError = output
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

/// This project, wherever it was cloned.
enum Project {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The files of a folder and its subfolders, sorted, by path relative to the folder.
  static func files(below folder: String, ending suffix: String) throws -> [String] {
    let all = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    let files = try #require(all).compactMap { $0 as? String }
    return files.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".build/") }.sorted()
  }

  static func text(of file: String) throws -> String {
    try String(contentsOf: root.appending(path: file), encoding: .utf8)
  }
}

/// Writes a file and the folders above it.
func write(_ text: String, to file: URL) throws {
  try FileManager.default.createDirectory(
    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  try text.write(to: file, atomically: true, encoding: .utf8)
}

/// Calls `body` with a new folder, for a package that uses this one, and removes the folder.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}
