// A server with a route for each way to check a bearer token. `jot-bench load` starts it, writes lines
// to its standard input and reads its answers; it ends with its input.
//
//   {"port":0,"issuer":…}   what it is to expect, in one line: see Settings
//                           answer: listening PORT, or no and why
//   count                   answer: its monotonic clock and its CPU time in nanoseconds, and the
//                           requests that it has answered
import Foundation
import Hummingbird
import Logging
import NIOPosix

@main
struct LoadServer {
  static func main() async {
    do {
      guard let line = readLine() else { return }
      let settings = try Settings(json: line)
      let application = Application(
        router: try await Modes(settings).router,
        configuration: .init(address: .hostname("127.0.0.1", port: settings.port)),
        onServerRunning: { channel in
          say("listening \(channel.localAddress?.port ?? 0)")
          Thread.detachNewThread(answerUntilTheEnd)
        },
        // One thread: the server has one CPU.
        eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
        logger: Self.quiet)
      try await application.run()
    } catch {
      say("no \(error)")
      exit(1)
    }
  }

  private static let quiet = {
    var logger = Logger(label: "load")
    logger.logLevel = .critical
    return logger
  }()

  /// Answers the lines of the standard input, on a thread of its own.
  private static func answerUntilTheEnd() {
    while let line = readLine() {
      say(line == "count" ? Counters.now.line : "no such request")
    }
    exit(0)
  }

  private static func say(_ line: String) {
    let words = line.replacing("\n", with: " ") + "\n"
    try? FileHandle.standardOutput.write(contentsOf: Data(words.utf8))
  }
}
