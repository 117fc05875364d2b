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
      guard let arguments = Streams.arguments() else {
        Streams.complain("jot: the process was started without arguments, not even its name")
        leave(2)
      }
      do {
        var command = try parseAsRoot(arguments)
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
        // One line, as every error is; the help has the rest.
        let message = Redaction(arguments).applied(to: message(for: error))
        let lines = message.split(separator: "\n").map { line in
          line.split(separator: " ").joined(separator: " ")
        }
        let items = lines.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
        let words = lines.filter { !$0.hasPrefix("- ") } + [items.joined(separator: ", ")]
        let verb = arguments.first { argument in
          configuration.subcommands.contains { $0._commandName == argument }
        }
        let help = ["jot", verb, "--help"].compactMap { $0 }.joined(separator: " ")
        Streams.complain(
          "jot: \(words.filter { !$0.isEmpty }.joined(separator: " ")) (see: \(help))")
        leave(2)
      }
    }

    /// What runs where no subcommand is named: a mistake, not a question for help.
    func run() throws {
      let names = Self.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
      throw Failure("pass a subcommand: \(names) (see: jot --help)")
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
