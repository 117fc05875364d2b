import ArgumentParser
// jot-bench's entry. Exit status: 0 success, 1 a void or slower row or an unusable file, 2 a wrong
// command line or records that can't be compared, 130 interrupted.
import BenchKit
import Foundation
import Jot
import JotBench

@main
struct JotBenchTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jot-bench",
    abstract: "Measures Jot's throughput beside what OpenSSL needs for the same bytes.",
    version: "jot-bench \(JotLibrary.versionDescription)",
    subcommands: [
      RunCommand.self, ListCommand.self, ABCommand.self, CompareCommand.self,
      CompetitorsCommand.self, LoadCommand.self, ProfileCommand.self, ReportCommand.self,
      MachineCommand.self, TableCommand.self, CalibrateCommand.self, AllocationsCommand.self,
      WorkerCommand.self,
    ])

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    // A file at its size limit is an error like any other.
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

  /// A subcommand is required.
  func run() throws {
    let verbs = Self.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
    throw BenchError.usage("pass a subcommand: \(verbs) (see: jot-bench --help)")
  }

  /// Reports an interruption, and returns its exit status.
  static func endedEarly(_ words: String = "the record is partial") -> ExitCode {
    complain("jot-bench: interrupted: \(words)")
    return ExitCode(130)
  }

  /// Writes a line to the standard error.
  static func complain(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }

  /// Writes to the standard output; a closed pipe ends the process silently.
  static func say(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      Foundation.exit(1)
    }
  }
}
