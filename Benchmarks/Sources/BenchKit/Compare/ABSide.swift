// One of the two programs that `ab` compares.
import Foundation

/// A program that knows the worker's protocol.
public struct ABSide: Sendable, Equatable {
  /// The argument: a revision, or a program's path.
  public let name: String
  /// The commit of a revision; nil for a program.
  public let commit: String?
  /// The version that the program prints.
  public let version: String
  let executable: String
  let scenarios: [String]

  init(
    name: String, commit: String?, version: String, executable: String, scenarios: [String]
  ) {
    (self.name, self.commit, self.version) = (name, commit, version)
    (self.executable, self.scenarios) = (executable, scenarios)
  }

  /// Asks a program for its version and its scenarios.
  public init(
    name: String, commit: String? = nil, executable: String, patience: Double = 30
  ) throws(BenchError) {
    // The kept program of a revision may be damaged; it is not rebuilt automatically.
    let hint = commit == nil ? "" : "; delete \(executable) to build it again"
    var lines: [String] = []
    do throws(ProcessFailure) {
      let process = try LineProcess(executable, ["worker", "--describe"], patience: patience)
      let start = BenchKit.Time.now
      while let line = try process.lineOrEnd() {
        lines.append(line)
        guard lines.count <= Self.mostLines, line.utf8.count <= Self.longestLine,
          Double(BenchKit.Time.now - start) < patience * 1e9
        else { throw ProcessFailure(reason: "it describes itself without an end") }
      }
    } catch {
      throw .usage("\(name) is no jot-bench: \(error.reason)\(hint)")
    }
    guard lines.first == ScenarioWorker.version else {
      let other = lines.first.map { $0.hasPrefix("jot-bench-worker/") ? $0.short : "none" }
      throw .usage(
        "\(name) can't be asked: ab needs the protocol \(ScenarioWorker.version), and it has"
          + " \(other ?? "none")")
    }
    guard lines.count > 2, lines[2...].allSatisfy(ScenarioName.isValid) else {
      throw .usage("\(name) can't be asked: it names no scenarios, or in no plain words\(hint)")
    }
    (self.name, self.commit, self.executable) = (name, commit, executable)
    version = lines[1].short
    scenarios = Array(lines[2...])
  }

  /// Limits of a description: lines, and bytes of a line.
  private static let (mostLines, longestLine) = (2000, 200)
}

extension LineProcess {
  /// The next line; nil after an end with status 0.
  fileprivate func lineOrEnd() throws(ProcessFailure) -> String? {
    do throws(ProcessFailure) {
      return try line()
    } catch {
      if error.reason == "ended with status 0" { return nil }
      throw error
    }
  }
}
