import BuildStamp
import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("The commit stamped into a program")
struct BuildStampTests {
  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Plugins/stamp").path

  /// The stamp that the build script writes.
  private func stamp(_ folder: String) throws -> String {
    let out = "\(folder)/.build/out"
    let result = try Child("/bin/sh", [Self.script, "\(folder)/Benchmarks", out]).result()
    try #require(result.status == 0, "\(result)")
    return try String(contentsOfFile: "\(out)/Stamp.swift", encoding: .utf8)
  }

  private func git(_ folder: String, _ words: String...) throws -> String {
    let person = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    return try #require(output(of: ["git", "-C", folder] + person + words), "\(words)")
  }

  @Test("a build is stamped with its commit, a flag for changed sources, or nothing")
  func stamps() throws {
    let folder = try Folder()
    func write(_ name: String, _ text: String) throws {
      let file = URL(filePath: "\(folder.path)/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try write("Benchmarks/Sources/a.swift", "1")
    #expect(
      try stamp(folder.path) == "let stampedCommit: String? = nil\nlet stampedChanges = false\n")
    try write(".gitignore", ".build\n")
    _ = try git(folder.path, "init", "-q")
    _ = try git(folder.path, "add", "-A")
    _ = try git(folder.path, "commit", "-q", "-m", "x")
    let commit = try git(folder.path, "rev-parse", "--short=12", "HEAD")
    func expected(_ isChanged: Bool) -> String {
      "let stampedCommit: String? = \"\(commit)\"\nlet stampedChanges = \(isChanged)\n"
    }
    #expect(try stamp(folder.path) == expected(false))
    // A stamp that is up to date is not rewritten, so nothing is recompiled.
    let file = "\(folder.path)/.build/out/Stamp.swift"
    let date = try FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date
    #expect(try stamp(folder.path) == expected(false))
    let later = try FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date
    #expect(date == later)
    // Records are not part of the build; sources are, also untracked ones.
    try write("results/new.json", "{}")
    #expect(try stamp(folder.path) == expected(false))
    try write("Sources/new.swift", "")
    #expect(try stamp(folder.path) == expected(true))
    try FileManager.default.removeItem(atPath: "\(folder.path)/Sources")
    try write("Benchmarks/Sources/a.swift", "2")
    #expect(try stamp(folder.path) == expected(true))
  }

  @Test("a record names the commit of the program, wherever it runs")
  func elsewhere() throws {
    let other = try Folder()
    _ = try git(other.path, "init", "-q")
    _ = try git(other.path, "commit", "-q", "--allow-empty", "-m", "x")
    let command = "cd '\(other.path)' && exec \"$0\" machine --seconds 0 --format json"
    let result = try Child("/bin/sh", ["-c", command, Child.tool("jot-bench")]).result()
    let json = try JSONSerialization.jsonObject(with: Data(result.text.utf8)) as? [String: Any]
    let machine = try #require(json?["machine"] as? [String: Any])
    let commit = try #require(BuildStamp.commit)
    #expect(
      machine["git_commit"] as? String == commit + (BuildStamp.isChanged ? " with changes" : ""))
    #expect(machine["git_commit_from"] as? String == "the build")
    #expect(try !git(other.path, "rev-parse", "HEAD").hasPrefix(commit))
    // The commit is left out, since the two builds of one run have different ones.
    #expect(Machine.current(cores: 1).withoutCommit["git_commit"] == .unknown)
  }
}
