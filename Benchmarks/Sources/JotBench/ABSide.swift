// The two programs of an A/B, and what is asked of one of their processes.
import Foundation

/// One side: a program that knows the worker's protocol.
public struct ABSide: Sendable, Equatable {
  /// As it was asked for: a revision, or a program's path.
  public let name: String
  /// The revision's; nil for a program.
  public let commit: String?
  /// What the program calls itself.
  public let version: String
  let executable: String
  let scenarios: [String]

  init(
    name: String, commit: String?, version: String, executable: String, scenarios: [String]
  ) {
    (self.name, self.commit, self.version) = (name, commit, version)
    (self.executable, self.scenarios) = (executable, scenarios)
  }

  /// Asks a program what it can do.
  public init(
    name: String, commit: String? = nil, executable: String, patience: Double = 30
  ) throws(BenchError) {
    // What is kept of a revision may be damaged, and is not built again by itself.
    let hint = commit == nil ? "" : "; delete \(executable) to build it again"
    var lines: [String] = []
    do throws(ProcessFailure) {
      let process = try LineProcess(executable, ["worker", "--describe"], patience: patience)
      let start = JotBench.Time.now
      while let line = try process.lineOrEnd() {
        lines.append(line)
        guard lines.count <= Self.mostLines, line.utf8.count <= Self.longestLine,
          Double(JotBench.Time.now - start) < patience * 1e9
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
    guard lines.count > 2, lines[2...].allSatisfy(JotScenario.isName) else {
      throw .usage("\(name) can't be asked: it names no scenarios, or in no plain words\(hint)")
    }
    (self.name, self.commit, self.executable) = (name, commit, executable)
    version = lines[1].short
    scenarios = Array(lines[2...])
  }

  /// Lines that a description may have, and bytes of a line.
  private static let (mostLines, longestLine) = (2000, 200)
}

/// A worker of one side, at one scenario.
final class ABProcess {
  let batchSize: Int
  private let process: LineProcess
  private let threads: Int

  /// Starts the process; `ready` waits until it can be asked.
  struct Starting {
    fileprivate let process: LineProcess
    fileprivate let threads: Int

    init(
      _ executable: String, _ arguments: [String], threads: Int, patience: Double,
      isStopped: @escaping @Sendable () -> Bool
    ) throws(ProcessFailure) {
      process = try LineProcess(
        executable, ["worker"] + arguments, patience: patience, isStopped: isStopped)
      self.threads = threads
    }
  }

  init(_ starting: Starting) throws(ProcessFailure) {
    (process, threads) = (starting.process, starting.threads)
    let line = try process.line()
    let words = line.split(separator: " ")
    guard words.count == 2, words[0] == "ready", let size = Int(words[1]),
      (1...1_000_000).contains(size)
    else { throw ProcessFailure(reason: "not ready and a batch's size: \(line.short)") }
    batchSize = size
  }

  /// Nanoseconds of one operation, by the threads' CPU time and by the clock.
  struct Time {
    let cpu: Double
    let wall: Double
  }

  /// Runs `count` operations on each thread.
  func run(_ count: Int) throws(ProcessFailure) -> Time {
    let start = JotBench.Time.now
    process.send("run \(count)")
    let line = try process.line()
    let words = line.split(separator: ",", omittingEmptySubsequences: false)
    guard words.count == 3, let cpu = UInt64(words[0]), let wall = UInt64(words[1]) else {
      throw ProcessFailure(reason: "not nanoseconds, nanoseconds and 1: \(line.short)")
    }
    guard words[2] == "1" else { throw ProcessFailure(reason: "a wrong answer") }
    // No thread has more of a CPU than there was time, but for what its clock is coarse by.
    let taken = JotBench.Time.now - start
    // And none takes a second and says that it was a moment.
    guard wall > 0, wall <= taken, cpu > 0, Double(cpu) / Double(threads) < 1.1 * Double(taken),
      taken < 1_000_000_000 + 4 * wall
    else {
      throw ProcessFailure(reason: "its clocks have \(cpu) and \(wall) ns where ours has \(taken)")
    }
    let operations = Double(count) * Double(threads)
    return Time(cpu: Double(cpu) / operations, wall: Double(wall) / operations)
  }

  func begin() throws(ProcessFailure) { try ask("begin") }
  func end() throws(ProcessFailure) { try ask("end") }

  private func ask(_ request: String) throws(ProcessFailure) {
    process.send(request)
    let answer = try process.line()
    guard answer == "ok" else {
      let why =
        answer.hasPrefix("no ") ? String(answer.dropFirst(3)) : "neither ok nor no: \(answer)"
      throw ProcessFailure(reason: why.short)
    }
  }
}

extension LineProcess {
  /// The next line; nil where the child has ended well.
  fileprivate func lineOrEnd() throws(ProcessFailure) -> String? {
    do throws(ProcessFailure) {
      return try line()
    } catch {
      if error.reason == "ended with status 0" { return nil }
      throw error
    }
  }
}
