import BenchKit
// Overwrites a record until it is killed, or a number of times. RecordTests kill it while it
// writes. Arguments: a file, the number of rows, the number of writes (0: endless).
import Foundation

@main
struct RecordWriter {
  static func main() {
    signal(SIGXFSZ, SIG_IGN)
    let words = CommandLine.arguments
    guard words.count == 4, let rows = Int(words[2]), let times = Int(words[3]) else { exit(2) }
    // Prepare the texts first, so that nearly all of the time is spent writing.
    let texts = [1, 2].map { text(rows, mark: $0) }
    var written = 0
    while times == 0 || written < times {
      written += 1
      do {
        try Record.write(texts[written % 2], to: words[1], option: "--output \(words[1])")
        print(written)
        fflush(nil)
      } catch {
        print(error)
        exit(1)
      }
    }
  }

  /// A record in which every row has the mark.
  private static func text(_ rows: Int, mark: Int) -> String {
    let rows = (0..<rows).map { row in
      Row(
        scenario: "scenario \(row)", engine: "jot", threads: 1, tokenBytes: mark,
        isOversubscribed: false, samples: 0, answerChecked: false)
    }
    return Report(machine: Machine(["cpu": .text("a CPU")]), rows: rows).json
  }
}
