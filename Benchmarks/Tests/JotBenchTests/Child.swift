// Temporary processes and folders for tests.
import Foundation
import Testing

/// A process and what it prints.
final class Child {
  private let process = Process()
  private let pipe = Pipe()
  var id: Int32 { process.processIdentifier }
  var status: Int32 { process.terminationStatus }

  /// An executable of this package. It is beside the test bundle, which the arguments name.
  static func tool(_ name: String) throws -> String {
    try #require(
      CommandLine.arguments.filter { $0.contains(".xctest") }.map { URL(filePath: $0) }
        .flatMap { sequence(first: $0) { $0.deletingLastPathComponent() }.prefix(5) }
        .map { $0.deletingLastPathComponent().appending(path: name).path }
        .first { FileManager.default.isExecutableFile(atPath: $0) })
  }

  init(_ path: String, _ arguments: [String]) throws {
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
  }

  /// Waits for the first line.
  func line() -> String {
    var text = ""
    while !text.contains("\n") {
      let data = pipe.fileHandleForReading.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
    }
    return String(text.split(separator: "\n").first ?? "")
  }

  func wait() { process.waitUntilExit() }

  /// Waits for all output and the exit status.
  func result() -> (text: String, status: Int32) {
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    wait()
    return (text, status)
  }
}

/// A temporary folder, removed with this object.
final class Folder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
