import ArgumentParser
// `allocations`: counts the allocator's calls of each scenario, and compares them with a stored
// table.
import BenchKit
import Foundation
import JotBench

struct AllocationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocations",
    abstract:
      "Counts the allocator's calls of each scenario, and compares them with a stored table.",
    discussion: """
      Private keys and curves are left out: OpenSSL handles them. Without AVX2 it handles RSA too, and \
      nothing is compared.

      Exit status: 0 as expected, 1 something differs, 2 the table can't be read.
      """)

  @Option(help: "A table to compare with, as this command prints it.")
  var expect: String?

  func run() throws {
    guard let expect else {
      JotBenchTool.say(try AllocationTable().text)
      return
    }
    guard let text = try? String(contentsOfFile: expect, encoding: .utf8) else {
      throw BenchError.usage("--expect \(expect): the file can't be read")
    }
    let expected: AllocationTable
    do throws(BenchError) {
      expected = try AllocationTable(text: text)
    } catch {
      throw BenchError.usage("--expect \(expect): \(error)")
    }
    guard "\(Machine.current(cores: 1)["kernels"])".contains("avx2") else {
      JotBenchTool.say("jot: skipped: not on this CPU\n")
      return
    }
    let differences = try AllocationTable().differences(from: expected)
    for line in differences { JotBenchTool.complain("jot-bench: \(line)") }
    if !differences.isEmpty { throw ExitCode(1) }
    JotBenchTool.say("\(expected.counts.count) scenarios allocate as expected\n")
  }
}
