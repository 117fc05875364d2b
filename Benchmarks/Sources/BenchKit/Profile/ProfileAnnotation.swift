// The code of the hottest functions with each instruction's share, by `perf annotate`.
import Foundation

enum ProfileAnnotation {
  /// The most functions that are annotated, and the least share of the samples that each has.
  private static let limit = 6
  private static let least = 0.02

  /// Returns the code of the hottest functions, with source lines if there is debug information.
  static func text(
    _ samples: PerfSamples, _ symbols: ProfileSymbols, _ perf: ExternalProgram, data: String
  ) -> String {
    var counts: [RawFunction: Int] = [:]
    for (stack, count) in samples.stacks {
      guard let last = stack.last, last.symbol != "[unknown]", last.module.hasPrefix("/") else {
        continue
      }
      counts[RawFunction(symbol: last.symbol, module: last.module), default: 0] += count
    }
    let hottest = counts.sorted { ($0.value, $1.key.symbol) > ($1.value, $0.key.symbol) }
      .prefix(limit).filter { Double($0.value) >= least * Double(samples.count) }
    let parts = hottest.map { function, count in
      let share = NumberFormat.fixed(100 * Double(count) / Double(samples.count), 1)
      let head = "## \(symbols.name(function.symbol)): \(share) % of all samples\n\n"
      let code = perf.output([
        "annotate", "-i", data, "--stdio", "-d", function.module, function.symbol,
      ])
      let lack = "perf annotate can't show it: is objdump (binutils) there?\n"
      return head + (code.map(tidied) ?? lack)
    }
    let opening =
      "Instructions have their share of the function's own samples; what is inlined counts.\n\n"
    return parts.isEmpty
      ? "No function with a name has 2 % of the samples.\n"
      : opening + parts.joined(separator: "\n")
  }

  private struct RawFunction: Hashable {
    let symbol: String
    let module: String
  }

  /// Drops the many empty lines.
  static func tidied(_ text: String) -> String {
    text.split(separator: "\n").filter { line in
      line.contains { $0 != " " && $0 != ":" && $0 != "-" }
    }.map { $0 + "\n" }.joined()
  }
}
