import Foundation
import TestSupport
import Testing

/// A child process after fork has one thread, and locks may be held by threads that it lacks: see
/// ForkProbe.
@Suite("A child by fork", .serialized)
struct ForkTests {
  @Test("verifies, rotates, signs and caches, although eight threads did so at the fork")
  func child() throws {
    if isThreadSanitized { try skip("the thread sanitizer allows no threads in a child") }
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "ForkProbe")
    process.arguments = ["50"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    #expect(process.terminationStatus == 0)
    #expect(lines == Array(repeating: "right", count: 50))
  }
}
