// A child process that is asked in lines and answers in lines. Whatever it does, the runner goes
// on: every wait has a limit, and a child that dies, hangs or talks nonsense becomes a reason in a
// row.
import Foundation

/// Why a child process has no result.
public struct ProcessFailure: Error, Equatable, Sendable {
  public let reason: String

  package init(reason: String) { self.reason = reason }
}

/// A child process, the lines that it is sent and those that it answers.
package final class LineProcess: @unchecked Sendable {
  private let process: ChildProcess
  private let answers: LineReader
  private let complaints: LineReader
  // A child that does not read must not block the runner.
  private let writing = DispatchQueue(label: "jot-bench.lines")
  private let patience: Double
  private let isStopped: @Sendable () -> Bool

  /// - Parameters:
  ///   - patience: Seconds that an answer may take.
  ///   - cpu: The CPU for all of the child's threads; nil: any.
  ///   - isStopped: Asked during a wait: whether to give up.
  package init(
    _ executable: String, _ arguments: [String] = [], patience: Double, cpu: Int? = nil,
    isStopped: @escaping @Sendable () -> Bool = { false }
  ) throws(ProcessFailure) {
    // A write to a dead child must not end this process; its missing answer shows it.
    signal(SIGPIPE, SIG_IGN)
    // A child inherits the affinity of the thread that starts it.
    guard let process = CPUs.pinned(to: cpu, { ChildProcess(executable, arguments) }) else {
      throw ProcessFailure(reason: "\(executable) can't be run")
    }
    (self.process, self.patience, self.isStopped) = (process, patience, isStopped)
    answers = LineReader(process.output)
    complaints = LineReader(process.errors)
  }

  deinit {
    // The end of its input asks it to end. If it stays, it is killed with everything that it has
    // started.
    let handle = process.input
    writing.async { try? handle.close() }
    _ = process.end(within: 0.5)
    answers.stop()
    complaints.stop()
  }

  /// Sends bytes without waiting for the reader.
  package func send(_ bytes: [UInt8]) {
    let handle = process.input
    writing.async { try? handle.write(contentsOf: Data(bytes)) }
  }

  package func send(_ line: String) { send(Array("\(line)\n".utf8)) }

  /// Waits for the next line, as long as an answer may take.
  package func line() throws(ProcessFailure) -> String {
    let last = DispatchTime.now() + patience
    while true {
      switch answers.line(within: min(patience, 0.2)) {
      case .line(let line): return line
      case .tooLong: throw ProcessFailure(reason: "an answer without an end")
      case .ended: throw ProcessFailure(reason: death())
      case .late:
        if isStopped() { throw ProcessFailure(reason: "stopped") }
        if DispatchTime.now() >= last {
          throw ProcessFailure(reason: "no answer within \(Self.seconds(patience))")
        }
      }
    }
  }

  /// How a child ended whose output has ended, and its last line of errors.
  private func death() -> String {
    guard let end = process.end(within: min(patience, 2)) else {
      return "its output ended, and it did not"
    }
    var last = ""
    // A grandchild may go on writing.
    let deadline = DispatchTime.now() + 1
    while DispatchTime.now() < deadline, case .line(let line) = complaints.line(within: 0.2) {
      if !line.isEmpty { last = line }
    }
    return last.isEmpty ? end.words : "\(end.words): \(last.short)"
  }

  private static func seconds(_ count: Double) -> String {
    count == count.rounded() ? "\(Int(count)) s" : "\(count) s"
  }
}
