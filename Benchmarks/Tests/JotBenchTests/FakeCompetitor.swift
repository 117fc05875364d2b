import Foundation

@testable import BenchKit
@testable import JotBench

/// A competitor as a shell script that reads its answers from a list. Each reaction can be
/// replaced.
final class FakeCompetitor {
  /// The reaction to each request, in bash: `$2` and so on are the request's words.
  var describe = "printf 'fake\\t1.0\\tshell\\tby a list\\t6-claims 1KiB\\n'"
  var tokens = "for ((i = 0; i < $5 + $6; i++)); do read -r; done; echo ok"
  var judge = "if [ \"$2\" = \"${good[0]}\" ]; then echo accepted; else echo refused; fi"
  var make = "printf '%s\\n' \"${good[@]}\""
  var run = "count \"$2\"; echo \"$taken,$(printf %u \"$sum\")\""

  /// The token of the operation before the next one.
  var last = "echo \"${good[(at + ${#good[@]} - 1) % ${#good[@]}]}\""

  let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes the competitor for a task and its pool, and returns the program's path.
  func path(_ task: CompetitorTask, _ pool: Pool, name: String = "fake") throws -> String {
    let texts = pool.tokens.map { String(decoding: $0.text, as: UTF8.self) }
    let isRandomised = pool.algorithm.isRandomised
    let answers = pool.tokens.map { token in
      task.isSigning
        ? Checksum.ofEnd(isRandomised ? token.signingInput : token.text) : token.claimsAnswer
    }
    // Sums wrap around in bash too; numbers of 2^63 and more are written as negative ones.
    let numbers = answers.map { "\(Int64(bitPattern: $0))" }
    let script = """
      #!/usr/bin/env bash
      good=(\(texts.joined(separator: " ")))
      answers=(\(numbers.joined(separator: " ")))
      at=0
      count() {
        local i start=${EPOCHREALTIME/[.,]/}
        sum=0
        for ((i = 0; i < $1; i++)); do
          ((sum += answers[at], at = (at + 1) % ${#answers[@]}))
        done
        taken=$(((${EPOCHREALTIME/[.,]/} - start) * 1000 + 1))
      }
      while read -r line; do
        set -- $line
        case $1 in
          describe) \(describe) ;;
          tokens) \(tokens) ;;
          judge) \(judge) ;;
          make) \(make) ;;
          run) \(run) ;;
          last) \(last) ;;
        esac
      done
      """
    let file = folder.appending(path: name)
    try Data(script.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    return file.path
  }
}
