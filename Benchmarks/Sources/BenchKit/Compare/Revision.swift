// Fence: builds git revisions in their own worktrees, and keeps the programs by commit.
import Foundation

/// A revision of the repository that a folder is in.
public struct Revision: Sendable {
  /// The full commit. The commit of a changed working tree is made from its files and is on no
  /// branch.
  public let commit: String
  private let top: String

  // git hooks set another repository or index in the environment.
  private static let unset = ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR"]
    .flatMap { ["-u", $0] }
  private static let git = ["env"] + unset + ["git"]

  /// Finds the commit of a name; for a folder, the commit of its files, committed or not.
  ///
  /// - Parameter folder: A folder of the repository.
  public init(_ name: String, in folder: String = ".") throws(BenchError) {
    let kind = PathKind(name)
    let start = kind == .folder ? name : folder
    guard let top = output(of: Self.git + ["-C", start, "rev-parse", "--show-toplevel"]) else {
      throw .usage(
        "\(name): there is no such program, and this folder is in no git repository of which it"
          + " could be a revision")
    }
    self.top = top
    if kind == .folder {
      commit = try Self.snapshot(name, top)
    } else {
      let words = ["-C", top, "rev-parse", "--verify", "--quiet", "--end-of-options"]
      guard let commit = output(of: Self.git + words + ["\(name)^{commit}"]) else {
        throw .usage(
          kind == .file
            ? "\(name) is a file that can't be run, and no revision of this repository"
            : "\(name): there is no such program, folder or revision of this repository")
      }
      self.commit = commit
    }
  }

  /// The commit of a working tree: HEAD if nothing has changed, or else a commit that depends on
  /// the files alone, so that it is built once.
  private static func snapshot(_ name: String, _ top: String) throws(BenchError) -> String {
    let index = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: index) }
    let git = ["env"] + unset + ["GIT_INDEX_FILE=\(index.path)", "git", "-C", top]
    guard let head = output(of: Self.git + ["-C", top, "rev-parse", "HEAD"]),
      output(of: git + ["read-tree", "HEAD"]) != nil, output(of: git + ["add", "-A"]) != nil,
      let tree = output(of: git + ["write-tree"])
    else { throw .usage("\(name): git can't read the working tree's files") }
    if tree == output(of: Self.git + ["-C", top, "rev-parse", "HEAD^{tree}"]) { return head }
    let person = ["AUTHOR", "COMMITTER"].flatMap { role in
      [
        "GIT_\(role)_NAME=jot-bench", "GIT_\(role)_EMAIL=jot-bench", "GIT_\(role)_DATE=@0 +0000",
      ]
    }
    let words = ["commit-tree", tree, "-p", head, "-m", "a working tree"]
    guard let commit = output(of: ["env"] + unset + person + ["git", "-C", top] + words) else {
      throw .usage("\(name): git can't keep the working tree's files")
    }
    return commit
  }

  /// The folder of its program.
  private var folder: String { "\(top)/.build/ab/\(commit.prefix(16))" }

  /// Returns the program, and builds it first if necessary.
  ///
  /// - Parameters:
  ///   - isStopped: Asked during the build: whether to abort it.
  ///   - notify: Called before something that takes minutes.
  public func program(
    _ name: String, isStopped: () -> Bool = { false }, notify: (String) -> Void
  ) throws(BenchError) -> String {
    let program = "\(folder)/jot-bench"
    if FileManager.default.isExecutableFile(atPath: program) { return program }
    let git = Self.git + ["-C", top]
    // Checked before minutes are spent on a build.
    let marks = ["grep", "-q", "-F", "jot-bench-worker/", commit, "--", "Benchmarks"]
    guard output(of: git + marks) != nil else {
      throw .usage("\(name) can't be compared: its jot-bench is too old to have `worker`")
    }
    guard
      (try? FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)) != nil
    else { throw .usage("\(name): the folder \(folder) can't be made") }
    // A second process that needs this revision waits here, and then finds the program.
    let lock = try BuildLock("\(folder)/lock", isStopped) {
      notify("waiting for another process that builds \(name)")
    }
    defer { lock.release() }
    if FileManager.default.isExecutableFile(atPath: program) { return program }
    let source = "\(folder)/source"
    // Left by an interrupted build.
    remove(source)
    _ = output(of: git + ["worktree", "prune"])
    guard output(of: git + ["worktree", "add", "--detach", "--quiet", source, commit]) != nil else {
      throw .usage("\(name): git can't make a worktree in \(folder)")
    }
    defer { remove(source) }
    // The same versions of other packages on both sides.
    let resolved = "Benchmarks/Package.resolved"
    try? FileManager.default.copyItem(atPath: "\(top)/\(resolved)", toPath: "\(source)/\(resolved)")
    let log = "\(folder)/log"
    notify("building \(name), commit \(commit.prefix(12)): some minutes, once (see \(log))")
    guard try build(source, log: log, isStopped) else {
      let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      // Without the position, which is long and in the log.
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

  private func remove(_ source: String) {
    _ = output(of: Self.git + ["-C", top, "worktree", "remove", "--force", source])
    try? FileManager.default.removeItem(atPath: source)
  }

  /// Builds as `make jot-bench` does.
  private func build(
    _ source: String, log: String, _ isStopped: () -> Bool
  ) throws(BenchError) -> Bool {
    let words = ["build", "--package-path", "\(source)/Benchmarks", "-c", "release", "--product"]
    guard FileManager.default.createFile(atPath: log, contents: nil),
      let file = FileHandle(forWritingAtPath: log),
      let child = ChildProcess("/usr/bin/env", ["swift"] + words + ["jot-bench"], log: file)
    else { return false }
    guard let end = child.end(within: 86_400, isStopped: isStopped) else {
      // SwiftPM ends its compilers, which have their own process groups.
      child.interrupt()
      _ = child.end(within: 10)
      throw .interrupted("the build was ended; nothing of it is kept")
    }
    return !end.isSignal && end.number == 0
  }
}

/// An exclusive lock on a file. The system releases it when the process ends.
private final class BuildLock {
  private let file: Int32

  init(_ path: String, _ isStopped: () -> Bool, waiting: () -> Void) throws(BenchError) {
    // SAFETY: the path is NUL-terminated, and read by this call alone.
    file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .usage("\(path): the file can't be made") }
    var hasNotified = false
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      if isStopped() {
        close(file)
        throw .interrupted("nothing was built")
      }
      if !hasNotified { waiting() }
      hasNotified = true
      usleep(200_000)
    }
  }

  func release() { close(file) }
}
