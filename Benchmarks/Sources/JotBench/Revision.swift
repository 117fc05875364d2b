// A git revision as a program: built in a worktree of its own, and kept by its commit.
import Foundation

/// Builds revisions of the repository that the current folder is in.
public struct Revision {
  /// The commit, in full. That of a working tree is made of its files and is on no branch.
  public let commit: String
  private let top: String

  /// Finds the commit of a name; of a folder that of the files in it, committed or not.
  ///
  /// - Parameter folder: One in the repository that names are looked for in.
  public init(_ name: String, in folder: String = ".") throws(BenchError) {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
    let place = exists && isFolder.boolValue ? name : folder
    guard let top = output(of: ["git", "-C", place, "rev-parse", "--show-toplevel"]) else {
      throw .usage("\(name) is neither a jot-bench program nor in a git repository")
    }
    self.top = top
    if exists, isFolder.boolValue {
      commit = try Self.snapshot(name, top)
    } else {
      let git = ["git", "-C", top, "rev-parse", "--verify", "--quiet", "--end-of-options"]
      guard let commit = output(of: git + ["\(name)^{commit}"]) else {
        throw .usage("\(name) is neither a jot-bench program nor a revision of this repository")
      }
      self.commit = commit
    }
  }

  /// The commit of a working tree: the last one's where nothing has changed, or one whose name depends on
  /// the files alone, so that it is built once.
  private static func snapshot(_ name: String, _ top: String) throws(BenchError) -> String {
    let index = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: index) }
    let git = ["env", "GIT_INDEX_FILE=\(index.path)", "git", "-C", top]
    guard let head = output(of: ["git", "-C", top, "rev-parse", "HEAD"]),
      output(of: git + ["read-tree", "HEAD"]) != nil, output(of: git + ["add", "-A"]) != nil,
      let tree = output(of: git + ["write-tree"])
    else { throw .usage("\(name): git can't read the working tree's files") }
    if tree == output(of: ["git", "-C", top, "rev-parse", "HEAD^{tree}"]) { return head }
    let person = ["AUTHOR", "COMMITTER"].flatMap { role in
      [
        "GIT_\(role)_NAME=jot-bench", "GIT_\(role)_EMAIL=jot-bench", "GIT_\(role)_DATE=@0 +0000",
      ]
    }
    let words = ["commit-tree", tree, "-p", head, "-m", "a working tree"]
    guard let commit = output(of: ["env"] + person + ["git", "-C", top] + words) else {
      throw .usage("\(name): git can't keep the working tree's files")
    }
    return commit
  }

  /// Where its program is kept.
  private var folder: String { "\(top)/.build/ab/\(commit.prefix(16))" }

  /// Returns the program, built if it is not there yet.
  ///
  /// - Parameter tell: Told what takes minutes.
  public func program(_ name: String, tell: (String) -> Void) throws(BenchError) -> String {
    let program = "\(folder)/jot-bench"
    if FileManager.default.isExecutableFile(atPath: program) { return program }
    let git = ["git", "-C", top]
    // Before minutes are spent on it.
    let marks = ["grep", "-q", "-F", "jot-bench-worker/", commit, "--", "Benchmarks"]
    guard output(of: git + marks) != nil else {
      throw .usage("\(name) can't be asked: its jot-bench has no worker's protocol, it is too old")
    }
    let source = "\(folder)/source"
    // What an interrupted build has left.
    _ = output(of: git + ["worktree", "remove", "--force", source])
    try? FileManager.default.removeItem(atPath: source)
    _ = output(of: git + ["worktree", "prune"])
    guard output(of: git + ["worktree", "add", "--detach", "--quiet", source, commit]) != nil else {
      throw .usage("\(name): git can't make a worktree in \(folder)")
    }
    defer { _ = output(of: git + ["worktree", "remove", "--force", source]) }
    // The same versions of other packages on both sides.
    let resolved = "Benchmarks/Package.resolved"
    try? FileManager.default.copyItem(atPath: "\(top)/\(resolved)", toPath: "\(source)/\(resolved)")
    tell("building \(name), commit \(commit.prefix(12)): some minutes, once")
    let log = "\(folder)/log"
    guard Self.build(source, log: log) else {
      let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      // Without the place before it, which is long, and in the log.
      let fault = text.split(separator: "\n").first { $0.contains("error: ") }
        .flatMap { line in line.range(of: "error: ").map { line[$0.upperBound...] } }
      throw .usage("\(name) does not build: \(String(fault ?? "it failed").short) (see \(log))")
    }
    do {
      try FileManager.default.moveItem(
        atPath: "\(source)/Benchmarks/.build/release/jot-bench", toPath: program)
    } catch {
      throw .usage("\(name): its program can't be kept in \(folder)")
    }
    return program
  }

  /// Builds as `make jot-bench` does.
  private static func build(_ source: String, log: String) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "swift", "build", "--package-path", "\(source)/Benchmarks", "-c", "release", "--product",
      "jot-bench",
    ]
    guard FileManager.default.createFile(atPath: log, contents: nil),
      let file = FileHandle(forWritingAtPath: log)
    else { return false }
    (process.standardOutput, process.standardError) = (file, file)
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    try? file.close()
    return process.terminationStatus == 0
  }
}
