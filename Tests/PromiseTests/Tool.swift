import Foundation
import Testing

/// Other programs that a test runs.
enum Tool {
  static let constantTimeProbe = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "ConstantTimeProbe")

  static func path(of name: String) -> URL? {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return folders.split(separator: ":").map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// Runs a program and returns its output; fails unless its status is 0.
  static func run(
    _ program: URL, _ arguments: [String], _ environment: [String: String] = [:]
  ) throws -> String {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(program.path)")
    return String(decoding: data, as: UTF8.self)
  }
}
