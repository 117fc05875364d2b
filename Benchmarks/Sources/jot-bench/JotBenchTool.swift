// jot-bench's entry. Exit status: 0 all is well, 1 a row is void, slower than it may be, or a file can't
// be used, 2 the command line is wrong or records can't be compared, 130 ended by Ctrl-C.
import BenchKit
import ArgumentParser
import Foundation
import Jot
import JotBench

@main
struct JotBenchTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jot-bench",
    abstract: "Measures Jot's throughput beside what OpenSSL needs for the same bytes.",
    version: "jot-bench \(Jot.versionDescription)",
    subcommands: [
      RunCommand.self, ListCommand.self, ABCommand.self, CompareCommand.self,
      CompetitorsCommand.self, ProfileCommand.self, ReportCommand.self,
      MachineCommand.self, TableCommand.self, CalibrateCommand.self, AllocationsCommand.self,
      WorkerCommand.self,
    ])

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow is an error like any other.
    signal(SIGXFSZ, SIG_IGN)
    guard let arguments = Arguments.words else {
      complain("jot-bench: \(Arguments.missing)")
      Foundation.exit(2)
    }
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let error as BenchError {
      complain("jot-bench: \(error)")
      switch error {
      case .usage: Foundation.exit(2)
      case .unusable: Foundation.exit(1)
      case .interrupted: Foundation.exit(130)
      }
    } catch let status as ExitCode {
      Foundation.exit(status.rawValue)
    } catch {
      if exitCode(for: error) == .success {
        print(fullMessage(for: error))
        Foundation.exit(0)
      }
      let words = message(for: error).split { $0.isWhitespace }
      complain("jot-bench: \(words.joined(separator: " ")) (see: jot-bench --help)")
      Foundation.exit(2)
    }
  }

  /// Without a subcommand nothing is measured.
  func run() throws {
    let verbs = Self.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
    throw BenchError.usage("pass a subcommand: \(verbs) (see: jot-bench --help)")
  }

  /// Says that Ctrl-C has ended the measuring, and returns the status to end with.
  static func endedEarly(_ words: String = "the record is partial") -> ExitCode {
    complain("jot-bench: ended before its time: \(words)")
    return ExitCode(130)
  }

  /// Writes a line to the standard error.
  static func complain(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }

  /// Writes to the standard output; a reader that has gone ends the process without a word.
  static func say(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      Foundation.exit(1)
    }
  }
}
