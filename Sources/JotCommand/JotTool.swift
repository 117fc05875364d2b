// The tool's entry. Exit status: 0 all is well, 1 a token is not valid, 2 the command could not do
// what it was asked: its options, a key, a file, a closed pipe.
#if CommandLine
  import ArgumentParser
  import Jot

  @main
  struct JotTool: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "jot", abstract: "Signs, verifies and shows JSON Web Tokens.",
      version: "jot \(Jot.versionDescription)",
      subcommands: [Sign.self, Verify.self, Inspect.self, Key.self, Conform.self])

    static func main() {
      Streams.ignoreClosedPipes()
      do {
        var command = try parseAsRoot()
        try command.run()
        try Streams.flush()
      } catch let failure as Failure {
        Streams.complain(failure.line)
        leave(2)
      } catch let status as ExitCode {
        leave(status.rawValue)
      } catch {
        if exitCode(for: error) == .success {
          Streams.print(fullMessage(for: error))
          leave(0)
        }
        // A key's text in an option's place must not go on into somebody's log.
        if CommandLine.arguments.contains(where: { $0.contains("-----BEGIN") }) {
          Streams.complain("jot: an argument is a key's text; pass the name of a file that has it")
          leave(2)
        }
        // One line, as every error is; the help has the rest.
        let lines = message(for: error).split(separator: "\n").map { line in
          line.split(separator: " ").joined(separator: " ")
        }
        let items = lines.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
        let words = lines.filter { !$0.hasPrefix("- ") } + [items.joined(separator: ", ")]
        let verb = CommandLine.arguments.dropFirst().first { argument in
          configuration.subcommands.contains { $0._commandName == argument }
        }
        let help = ["jot", verb, "--help"].compactMap { $0 }.joined(separator: " ")
        Streams.complain(
          "jot: \(words.filter { !$0.isEmpty }.joined(separator: " ")) (see: \(help))")
        leave(2)
      }
    }

    /// Writes what is still held, and ends the process.
    private static func leave(_ status: Int32) -> Never {
      do throws(Failure) {
        try Streams.flush()
      } catch {
        Streams.complain(error.line)
        Streams.exit(2)
      }
      Streams.exit(status)
    }
  }

  /// Something that stops the command: one line for people.
  struct Failure: Error {
    let line: String

    init(_ line: String) { self.line = "jot: \(line)" }
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
