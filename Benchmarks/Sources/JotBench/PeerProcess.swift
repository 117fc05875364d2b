// A child process that is asked in lines and answers in lines. Whatever it does, the runner goes on:
// each wait has an end, and one that dies, hangs or talks nonsense is a reason in a row.
internal import CBench
import Foundation
import Synchronization

/// Why a competitor has no figure.
public struct ProcessFailure: Error, Equatable, Sendable {
  public let reason: String
}

/// A child process and the lines between it and us.
final class LineProcess: @unchecked Sendable {
  private let process: ChildProcess
  private let answers: LineReader
  private let complaints: LineReader
  // A competitor that does not read must not hold up the runner.
  private let writing = DispatchQueue(label: "jot-bench.lines")
  private let patience: Double
  private let isStopped: @Sendable () -> Bool

  /// - Parameters:
  ///   - patience: Seconds that an answer may take.
  ///   - cpu: The one CPU for all of the child's threads; nil for any.
  ///   - isStopped: Asked while an answer is waited for: whether to wait no more.
  init(
    _ executable: String, _ arguments: [String] = [], patience: Double, cpu: Int? = nil,
    isStopped: @escaping @Sendable () -> Bool = { false }
  ) throws(ProcessFailure) {
    // A child that has gone is seen by its answer; a write to it must not end this process.
    signal(SIGPIPE, SIG_IGN)
    // A child starts where the thread that starts it may run.
    guard let process = CPUs.pinned(to: cpu, { ChildProcess(executable, arguments) }) else {
      throw ProcessFailure(reason: "\(executable) can't be run")
    }
    (self.process, self.patience, self.isStopped) = (process, patience, isStopped)
    answers = LineReader(process.output)
    complaints = LineReader(process.errors)
  }

  deinit {
    // The end of its input asks it to go; one that stays is killed, with all that it has started.
    let handle = process.input
    writing.async { try? handle.close() }
    _ = process.end(within: 0.5)
    answers.stop()
    complaints.stop()
  }

  /// Sends bytes without waiting for their reader.
  func send(_ bytes: [UInt8]) {
    let handle = process.input
    writing.async { try? handle.write(contentsOf: Data(bytes)) }
  }

  func send(_ line: String) { send(Array("\(line)\n".utf8)) }

  /// Waits for the next line.
  ///
  /// - Parameter seconds: How long; as long as an answer may take where nothing is said.
  func line(within seconds: Double? = nil) throws(ProcessFailure) -> String {
    let seconds = min(seconds ?? patience, patience)
    let last = DispatchTime.now() + seconds
    while true {
      switch answers.line(within: min(seconds, 0.2)) {
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

  /// How a child whose output has ended came to its own end, and the last it had to say.
  private func death() -> String {
    guard let end = process.end(within: min(patience, 2)) else {
      return "its output ended, and it did not"
    }
    var last = ""
    // A child of the child may go on complaining.
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

/// The lines of a file handle, read as they come, so that a wait for one can end.
final class LineReader: Sendable {
  enum Outcome: Equatable {
    case line(String)
    case ended
    case late
    case tooLong
  }

  private struct State: Sendable {
    var bytes: [UInt8] = []
    /// Where the next line starts, and up to where no end of it was seen.
    var start = 0
    var searched = 0
    var hasEnded = false
  }

  /// More than all tokens of a pool.
  private static let limit = 1 << 24

  private let state = Mutex(State())
  private let more = DispatchSemaphore(value: 0)
  private let isStopped = Atomic<Bool>(false)

  /// Reads on a thread of its own, to the end: of a hundred pipes that close, Dispatch on Linux does not
  /// say so of one or two.
  init(_ handle: FileHandle) {
    Thread.detachNewThread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        var wanted = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: one entry, which lives as long as the call; the thread holds the handle.
        guard unsafe poll(&wanted, 1, Self.pause) > 0 else { continue }
        let data = handle.availableData
        take(data)
        if data.isEmpty { return }
      }
    }
  }

  /// Ends the thread: at the latest when it looks again, where the pipe stays open and silent.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// Milliseconds between two looks whether to stop.
  private static let pause: Int32 = 1000

  /// Waits up to so many seconds for a line.
  func line(within seconds: Double) -> Outcome {
    let end = DispatchTime.now() + seconds
    while true {
      if let answer = next() { return answer }
      if more.wait(timeout: end) == .timedOut { return next() ?? .late }
    }
  }

  private func take(_ data: Data) {
    state.withLock { state in
      if data.isEmpty { state.hasEnded = true }
      // Of a flood the first is enough.
      if state.bytes.count - state.start <= Self.limit { state.bytes += data }
    }
    more.signal()
  }

  private func next() -> Outcome? {
    state.withLock { state in
      if let end = state.bytes[state.searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: state.bytes[state.start..<end], as: UTF8.self)
        state.start = end + 1
        if state.start > Self.limit / 16 {
          state.bytes.removeFirst(state.start)
          state.start = 0
        }
        state.searched = state.start
        return .line(line)
      }
      state.searched = state.bytes.count
      if state.bytes.count - state.start > Self.limit { return .tooLong }
      return state.hasEnded ? .ended : nil
    }
  }
}

extension CPUs {
  /// Does something with this thread kept on one CPU; nil for any.
  fileprivate static func pinned<Value>(to cpu: Int?, _ body: () -> Value) -> Value {
    if let cpu { bench_pin(Int32(cpu)) }
    defer { bench_pin(-1) }
    return body()
  }
}

extension String {
  /// The text on one line of at most 100 printable characters.
  var short: String {
    let plain = String(unicodeScalars.map { $0.isPrintable ? Character($0) : "?" })
    return plain.count > 100 ? plain.prefix(97) + "..." : plain
  }
}

extension Unicode.Scalar {
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
