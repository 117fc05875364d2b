// Fence: a child process that leads its own process group. What it starts is killed with it, and
// Ctrl-C reaches this process only. Every wait has a limit: Foundation's hangs while a grandchild
// lives.
internal import CBench
import Foundation

/// A running program, and our ends of its pipes.
final class ChildProcess: Sendable {
  let input: FileHandle
  let output: FileHandle
  let errors: FileHandle
  private let id: Int32

  /// Starts a program; nil where it can't be run.
  ///
  /// - Parameter log: A file for its output and errors instead of the pipes.
  init?(_ path: String, _ arguments: [String] = [], log: FileHandle? = nil) {
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var child = bench_child()
    // SAFETY: the words are NUL-terminated, and the list ends with NULL; the call is done with both when
    // it returns. The descriptors that it gives are ours alone, closed by the handles.
    let error = unsafe words.withUnsafeMutableBufferPointer {
      unsafe bench_child_start(&child, $0.baseAddress, log?.fileDescriptor ?? -1)
    }
    guard error == 0 else { return nil }
    func handle(_ descriptor: Int32) -> FileHandle {
      descriptor < 0
        ? .nullDevice : FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
    id = child.id
    (input, output, errors) = (handle(child.input), handle(child.output), handle(child.errors))
  }

  /// Kills the child and everything that it has started.
  deinit { bench_child_kill(id) }

  /// Sends SIGINT to it and everything that it has started.
  func interrupt() { bench_child_interrupt(id) }

  /// How a child ended: by a signal or with a status.
  struct End {
    let isSignal: Bool
    let number: Int32

    var words: String {
      isSignal ? "killed by signal \(number)" : "ended with status \(number)"
    }
  }

  /// Waits for its end: at most `seconds`, or until `isStopped`.
  func end(within seconds: Double, isStopped: () -> Bool = { false }) -> End? {
    let last = DispatchTime.now() + seconds
    var pause: UInt32 = 200
    while true {
      var isSignal: Int32 = 0
      // SAFETY: the call writes the one number.
      let number = unsafe bench_child_end(id, &isSignal)
      if number >= 0 { return End(isSignal: isSignal != 0, number: number) }
      if DispatchTime.now() >= last || isStopped() { return nil }
      usleep(pause)
      pause = min(2 * pause, 20_000)
    }
  }
}
