import Foundation
import Synchronization
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Builds of revisions", .serialized)
struct RevisionTests {
  /// A repository with its own package.
  private final class Repository {
    let folder: Folder
    var path: String { folder.path }

    init() throws {
      folder = try Folder()
      try git("init", "-q", "-b", "main")
      try git("config", "user.name", "test")
      try git("config", "user.email", "test@example.com")
      try write(".gitignore", ".build\n")
      try write(
        "Benchmarks/Package.swift",
        """
        // swift-tools-version: 6.0
        import PackageDescription
        let package = Package(
          name: "Benchmarks", products: [.executable(name: "jot-bench", targets: ["jot-bench"])],
          targets: [.executableTarget(name: "jot-bench")])
        """)
    }

    @discardableResult
    func git(_ words: String...) throws -> String {
      try #require(output(of: ["git", "-C", path] + words), "\(words)")
    }

    func write(_ name: String, _ text: String) throws {
      let file = URL(filePath: "\(path)/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }

    func program(_ text: String) throws {
      try write("Benchmarks/Sources/jot-bench/main.swift", text)
    }

    func commit() throws -> String {
      try git("add", "-A")
      try git("commit", "-q", "-m", "x")
      return try git("rev-parse", "HEAD")
    }
  }

  private func words(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch { return "\(error)" }
  }

  @Test("a folder's files become a commit of their own; branches and the index stay unchanged")
  func workingTree() throws {
    let repository = try Repository()
    try repository.program("print(1)")
    let head = try repository.commit()
    #expect(try Revision(repository.path).commit == head)
    #expect(try Revision("main", in: repository.path).commit == head)
    try repository.program("print(2)")
    try repository.write("new file", "not yet known to git")
    let status = try repository.git("status", "--porcelain")
    let changed = try Revision(repository.path).commit
    let again = try Revision(repository.path).commit
    #expect(changed != head && again == changed)
    #expect(try repository.git("show", "\(changed):new file") == "not yet known to git")
    #expect(try repository.git("rev-parse", "\(changed)^") == head)
    #expect(try repository.git("rev-parse", "HEAD") == head)
    #expect(try repository.git("status", "--porcelain") == status && !status.isEmpty)
    #expect(
      words { _ = try Revision("no-such", in: repository.path) }.contains("or revision of this"))
    let outside = try Folder()
    #expect(words { _ = try Revision("main", in: outside.path) }.contains("in no git repository"))
    #expect(words { _ = try Revision(outside.path) }.contains("in no git repository"))
  }

  @Test("two processes build one revision once, and an interrupted build leaves nothing")
  func together() throws {
    let repository = try Repository()
    try repository.program("print(\"jot-bench-worker/1\\njot-bench 9\\nverify/x\")")
    let revision = try Revision(try repository.commit(), in: repository.path)
    // Stop before the program exists, as Ctrl-C does.
    let words = words { _ = try revision.program("v1", isStopped: { true }) { _ in } }
    #expect(words.contains("nothing of it is kept"), "\(words)")
    #expect(try repository.git("worktree", "list").split(separator: "\n").count == 1)
    let messages = Mutex<[String]>([])
    let programs = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 2) { _ in
      let program = try? revision.program("v1") { line in messages.withLock { $0.append(line) } }
      programs.withLock { $0.append(program ?? "none") }
    }
    let (made, lines) = (programs.withLock { $0 }, messages.withLock { $0.sorted() })
    #expect(Set(made).count == 1 && made.count == 2 && !made.contains("none"), "\(made)")
    // On one CPU the second may start after the first is done, and then waits for nothing.
    #expect(lines.count { $0.hasPrefix("building v1") } == 1, "\(lines)")
    #expect(
      lines.allSatisfy {
        $0.hasPrefix("building v1") || $0.hasPrefix("waiting for another process")
      },
      "\(lines)")
  }

  @Test("a revision is built once, in a worktree that is then removed; a failure says why")
  func builds() throws {
    let repository = try Repository()
    try repository.program("print(1)")
    let old = try Revision(try repository.commit(), in: repository.path)
    var messages: [String] = []
    #expect(words { _ = try old.program("v1") { messages.append($0) } }.contains("is too old"))
    #expect(messages.isEmpty)
    try repository.program("print(\"jot-bench-worker/1\"")
    let broken = try Revision(try repository.commit(), in: repository.path)
    let failure = words { _ = try broken.program("v2") { messages.append($0) } }
    #expect(
      failure.contains("v2 does not build: ") && failure.contains("expected ')'"), "\(failure)")
    #expect(messages.count == 1 && messages[0].hasPrefix("building v2"))
    try repository.program("print(\"jot-bench-worker/1\\njot-bench 9\\nverify/x\")")
    let sound = try Revision(try repository.commit(), in: repository.path)
    let program = try sound.program("v3") { messages.append($0) }
    #expect(
      messages.count == 2 && output(of: [program]) == "jot-bench-worker/1\njot-bench 9\nverify/x")
    #expect(try sound.program("v3") { messages.append($0) } == program && messages.count == 2)
    #expect(try repository.git("worktree", "list").split(separator: "\n").count == 1)
    let side = try ABSide(name: "v3", commit: sound.commit, executable: program)
    #expect(side.scenarios == ["verify/x"] && side.version == "jot-bench 9")
  }
}
