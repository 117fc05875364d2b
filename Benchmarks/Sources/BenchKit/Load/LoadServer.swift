// The server under load: a child process on a CPU of its own, asked in lines.

/// Readings of a server's clocks, and of how many requests it has answered.
struct LoadCounters: Equatable {
  let wall: UInt64
  let cpu: UInt64
  let requests: UInt64

  /// Reads `NANOSECONDS NANOSECONDS REQUESTS`; nil if the line is something else.
  init?(_ line: String) {
    let numbers = line.split(separator: " ", omittingEmptySubsequences: false).map { UInt64($0) }
    guard numbers.count == 3, let wall = numbers[0], let cpu = numbers[1],
      let requests = numbers[2]
    else { return nil }
    (self.wall, self.cpu, self.requests) = (wall, cpu, requests)
  }

  init(wall: UInt64, cpu: UInt64, requests: UInt64) {
    (self.wall, self.cpu, self.requests) = (wall, cpu, requests)
  }
}

/// A running server. It ends with this object, whatever it does.
final class LoadServer {
  let port: Int
  private let process: LineProcess

  /// Starts the program and tells it what it needs; it must then listen.
  init(
    _ settings: LoadSettings, isStopped: @escaping @Sendable () -> Bool
  ) throws(BenchError) {
    do throws(ProcessFailure) {
      process = try LineProcess(
        settings.server, patience: settings.patience, cpu: settings.serverCPU,
        isStopped: isStopped)
      process.send(settings.start)
      let words = try process.line().split(separator: " ", maxSplits: 1)
      guard words.count == 2, words[0] == "listening", let port = Int(words[1]),
        (1...65535).contains(port)
      else {
        throw ProcessFailure(reason: words.joined(separator: " ").short)
      }
      self.port = port
    } catch {
      throw .unusable("the server \(settings.server) did not start: \(error.reason)")
    }
  }

  /// Asks for its counters.
  func counters() throws(BenchError) -> LoadCounters {
    do throws(ProcessFailure) {
      process.send("count")
      let line = try process.line()
      guard let counters = LoadCounters(line) else {
        throw ProcessFailure(reason: "not its counters: \(line.short)")
      }
      return counters
    } catch {
      throw .unusable("the server: \(error.reason)")
    }
  }
}
