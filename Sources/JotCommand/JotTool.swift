// The tool's entry point. Exit status: 0 success, 1 a token is not valid, 2 the command failed: no
// subcommand, its options, a key, a file, a closed pipe.
#if CommandLine
  import ArgumentParser
  import Jot

  @main
  struct JotTool: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "jot", abstract: "Signs, verifies and shows JSON Web Tokens.",
      version: "jot \(JotLibrary.versionDescription)",
      subcommands: [
        SignCommand.self, VerifyCommand.self, InspectCommand.self, KeyCommand.self,
        ConformCommand.self,
      ])

    static func main() {
      Streams.ignoreClosedPipes()
      guard let arguments = Arguments.words else {
        Streams.complain("jot: \(Arguments.missing)")
        Streams.exit(2)
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
        let verb = arguments.first { argument in
          configuration.subcommands.contains { $0._commandName == argument }
        }
        let help = ["jot", verb, "--help"].compactMap { $0 }.joined(separator: " ")
        if exitCode(for: error) == .success {
          // A token may be "--help", and must not count as valid.
          guard arguments.count <= 2 else {
            Streams.complain("jot: help is shown only without other arguments (see: \(help))")
            leave(2)
          }
          Streams.print(fullMessage(for: error))
          leave(0)
        }
        // One line, as every error; the help has the details.
        let message = Redaction.redacted(message(for: error), arguments)
        let lines = message.split(separator: "\n").map { line in
          line.split(separator: " ").joined(separator: " ")
        }
        let items = lines.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
        let words = lines.filter { !$0.hasPrefix("- ") } + [items.joined(separator: ", ")]
        Streams.complain(
          "jot: \(words.filter { !$0.isEmpty }.joined(separator: " ")) (see: \(help))")
        leave(2)
      }
    }

    /// Fails: without a subcommand nothing was done.
    func run() throws {
      let verbs = Self.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
      throw ValidationError("Pass a subcommand: \(verbs).")
    }

    /// Writes buffered output and ends the process.
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

  /// An error that ends the command: one line for people.
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
