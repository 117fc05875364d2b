// Fence: `perf record` of this process, started and stopped through its control FIFO.
import Foundation

/// How callers are found.
public enum CallGraph: String, Sendable, CaseIterable {
  /// Frame pointers: cheap, and complete for code that has them.
  case fp
  /// Copies of the stack, unwound later with DWARF's tables: for code without frame pointers.
  case dwarf

  /// perf's argument. libcrypto's modular exponentiation has several KiB of tables on its stack, so
  /// that perf's default of 8 KiB is too small.
  var argument: String { self == .fp ? "fp" : "dwarf,16384" }

  /// Samples a second. A copied stack costs more; odd numbers avoid aliasing.
  var frequency: Int { self == .fp ? 1999 : 997 }
}

/// A running `perf record`.
///
/// perf is attached to this process after the set-up, which therefore can't be sampled. `-p` opens
/// the events on every thread, and by inheritance on threads that start later, Dispatch's too. They
/// begin disabled (`-D -1`); "enable" and "disable" are acknowledged.
final class ProfileRecording {
  private let process = Process()
  private let control: FileHandle
  private let acknowledgement: FileHandle
  private let complaints: String
  /// The file of the samples, after the end.
  let data: String

  /// Attaches perf to this process without sampling yet; `folder` is for its files.
  ///
  /// perf ends silently if a thread ends while it reads /proc; then it is attached again.
  static func attached(
    _ perf: ExternalProgram, event: String, callGraph: CallGraph, folder: URL
  ) throws(ProfileRefusal) -> ProfileRecording {
    var refusal = ProfileRefusal.noSuchEvent
    for attempt in 1...5 {
      let recording = try ProfileRecording(
        perf, event: event, callGraph: callGraph,
        folder: folder.appending(path: "\(event)-\(attempt)"))
      do throws(ProfileRefusal) {
        // It is disabled already; the answer shows that all events are open.
        try recording.command("disable")
        return recording
      } catch {
        refusal = error
        guard case .silent = error else { break }
      }
    }
    throw refusal
  }

  private init(
    _ perf: ExternalProgram, event: String, callGraph: CallGraph, folder: URL
  ) throws(ProfileRefusal) {
    let names = ["control", "acknowledgement"].map { folder.appending(path: $0).path }
    let isMade: Void? = try? FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true)
    guard isMade != nil else { throw .other("\(folder.path): the folder can't be made") }
    for name in names {
      // SAFETY: the call reads a NUL-terminated text that lives as long as the call.
      guard unsafe mkfifo(name, 0o600) == 0 else {
        throw .other("\(folder.path): no FIFO can be made there")
      }
    }
    // Opened for reading and writing, so that neither side waits for the other to open its end.
    guard let control = FileHandle(forUpdatingAtPath: names[0]),
      let acknowledgement = FileHandle(forUpdatingAtPath: names[1])
    else { throw .other("\(folder.path): a FIFO there can't be opened") }
    (self.control, self.acknowledgement) = (control, acknowledgement)
    data = folder.appending(path: "samples").path
    complaints = folder.appending(path: "words").path
    _ = FileManager.default.createFile(atPath: complaints, contents: nil)
    process.executableURL = URL(filePath: perf.executable)
    process.arguments = [
      "record", "-e", event, "-F", "\(callGraph.frequency)", "--call-graph", callGraph.argument,
      "-D", "-1", "--control", "fifo:\(names[0]),\(names[1])", "-o", data,
      "-p", "\(ProcessInfo.processInfo.processIdentifier)",
    ]
    // perf's messages are matched.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["LC_ALL": "C"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: complaints)
    guard (try? process.run()) != nil else { throw .other("\(perf.executable) can't be run") }
  }

  deinit {
    // Threads of Dispatch block gentler signals, and a child inherits that.
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// Starts or stops sampling; returns when perf has done so.
  ///
  /// - Throws: What ``refusal`` says of perf's words, if it ended instead.
  func command(_ word: String) throws(ProfileRefusal) {
    guard (try? control.write(contentsOf: Data("\(word)\n".utf8))) != nil else {
      throw .other("perf's control FIFO can't be written")
    }
    var heard = ""
    for _ in 0..<1500 where !heard.contains("ack") {
      var slot = [
        pollfd(fd: acknowledgement.fileDescriptor, events: Int16(POLLIN), revents: 0)
      ]
      // SAFETY: the call reads and writes the array's one element.
      if unsafe poll(&slot, 1, 20) > 0 {
        heard += String(decoding: acknowledgement.availableData, as: UTF8.self)
      } else if !process.isRunning {
        throw ProfileRefusal(words, endedBy: ending)
      }
    }
    guard heard.contains("ack") else { throw .other("perf did not answer within 30 s") }
  }

  /// Ends perf, which then writes its last samples.
  func end() throws(ProfileRefusal) {
    // Before 5.13 perf knows no "stop"; the signal may be blocked by the thread that started it.
    try? control.write(contentsOf: Data("stop\n".utf8))
    if !hasEnded(within: 3) {
      process.interrupt()
      guard hasEnded(within: 10) else { throw .other("perf did not end") }
    }
    process.waitUntilExit()
    // perf re-raises the signal when all is written.
    let isEnded =
      process.terminationReason == .uncaughtSignal
      ? process.terminationStatus == SIGINT : process.terminationStatus == 0
    guard isEnded else { throw ProfileRefusal(words, endedBy: ending) }
  }

  private func hasEnded(within seconds: Int) -> Bool {
    for _ in 0..<seconds * 100 where process.isRunning { Thread.sleep(forTimeInterval: 0.01) }
    return !process.isRunning
  }

  private var ending: String {
    process.waitUntilExit()
    let kind = process.terminationReason == .exit ? "status" : "signal"
    return "\(kind) \(process.terminationStatus)"
  }

  private var words: String { (try? String(contentsOfFile: complaints, encoding: .utf8)) ?? "" }
}

/// Why perf did not record.
enum ProfileRefusal: Error, Equatable {
  /// The machine, often a virtual one, lacks the counter.
  case noSuchEvent
  /// The kernel forbids it.
  case forbidden
  /// perf ended without a message.
  case silent(String)
  /// Anything else, in perf's words.
  case other(String)

  /// Interprets what perf printed to its standard error.
  init(_ words: String, endedBy ending: String) {
    let lines = words.split(whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let all = lines.joined(separator: " ").lowercased()
    func says(_ texts: String...) -> Bool { texts.contains { all.contains($0) } }
    if says("perf_event_paranoid", "permission denied", "not permitted", "no permission") {
      self = .forbidden
    } else if says("not supported", "no such device", "unknown event", "no such file") {
      self = .noSuchEvent
    } else {
      let first = lines.first {
        !$0.isEmpty && !$0.hasPrefix("Error") && !$0.hasPrefix("[")
          && !$0.hasPrefix("Events ")
      }
      self = first.map { .other("perf ended with \(ending): \($0)") } ?? .silent(ending)
    }
  }

  /// One line for people, with the command that helps.
  ///
  /// - Parameter paranoid: The value of `kernel.perf_event_paranoid`.
  func error(paranoid: Int?) -> BenchError {
    switch self {
    case .noSuchEvent: return .unusable("perf has neither cycles nor cpu-clock here")
    case .silent(let ending): return .unusable("perf ended with \(ending), without a word")
    case .other(let line): return .unusable(line)
    case .forbidden:
      if let paranoid, paranoid <= 1 {
        return .unusable(
          "perf is forbidden here, and not by kernel.perf_event_paranoid: in a container, start it"
            + " with --cap-add PERFMON --security-opt seccomp=unconfined")
      }
      return .unusable(
        "perf is forbidden by kernel.perf_event_paranoid\(paranoid.map { " = \($0)" } ?? ""):"
          + " sudo sysctl kernel.perf_event_paranoid=1")
    }
  }
}
