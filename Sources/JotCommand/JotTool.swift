// The tool's entry. Exit status: 0 all is well, 1 a token is not valid or a file can't be used, 2 the
// command line is wrong.
#if CommandLine
  import ArgumentParser
  import Jot

  @main
  struct JotTool: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "jot", abstract: "Signs, verifies and shows JSON Web Tokens.",
      version: "jot \(Jot.versionDescription)", subcommands: [Sign.self, Verify.self, Inspect.self])

    static func main() {
      Streams.ignoreClosedPipes()
      do {
        var command = try parseAsRoot()
        try command.run()
        try Streams.flush()
      } catch let failure as Failure {
        Streams.complain(failure.line)
        leave(failure.status)
      } catch let status as ExitCode {
        leave(status.rawValue)
      } catch {
        if exitCode(for: error) == .success {
          Streams.print(fullMessage(for: error))
          leave(0)
        }
        // One line, as every error is; the help has the rest.
        let words = message(for: error).split { $0.isWhitespace }
        Streams.complain("jot: \(words.joined(separator: " ")) (see: jot --help)")
        leave(2)
      }
    }

    /// Writes what is still held, and ends the process.
    private static func leave(_ status: Int32) -> Never {
      do throws(Failure) {
        try Streams.flush()
      } catch {
        Streams.complain(error.line)
        Streams.exit(max(status, error.status))
      }
      Streams.exit(status)
    }
  }

  /// Something that stops the command: one line for people, and the exit status.
  struct Failure: Error {
    let line: String
    let status: Int32

    /// A wrong command line.
    static func usage(_ line: String) -> Failure { Failure(line: line, status: 2) }

    /// A file, a key or a stream that can't be used.
    static func unusable(_ line: String) -> Failure { Failure(line: line, status: 1) }
  }
#else
  @main
  struct JotTool {
    static func main() {
      Streams.complain("jot: built without its command line; use: swift build --traits CommandLine")
      Streams.exit(2)
    }
  }
#endif
