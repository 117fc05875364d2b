// Fence: reads lines as they arrive, with a limit for each wait.
import Foundation
import Synchronization

/// The lines of a file handle. A thread reads them, so that a wait for one can have a limit.
final class LineReader: Sendable {
  enum Outcome: Equatable {
    case line(String)
    case ended
    case late
    case tooLong
  }

  private struct State: Sendable {
    var bytes: [UInt8] = []
    /// The start of the next line, and how far its end was searched for.
    var start = 0
    var searched = 0
    var hasEnded = false
  }

  /// More than any answer has.
  private static let limit = 1 << 24

  private let state = Mutex(State())
  private let more = DispatchSemaphore(value: 0)
  private let isStopped = Atomic<Bool>(false)

  /// Reads on its own thread to the end: Dispatch on Linux misses the end of one or two of a
  /// hundred pipes.
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

  /// Ends the thread, at the latest after its next poll.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// Milliseconds of one poll.
  private static let pause: Int32 = 1000

  /// Waits for a line, at most `seconds`.
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
      // Of a flood the beginning is enough.
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
