// Fence: lines as they come, so that a wait for one can end.
import Foundation
import Synchronization

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
