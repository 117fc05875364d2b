// What a record says of the machine for Jot: its kernels, and the libraries that it uses.
import BenchKit
import Foundation

extension Machine {
  /// Reads all that can be read; the rest is "unknown".
  ///
  /// - Parameter more: What was seen while something was measured.
  public static func current(cores: Int, _ more: [String: MachineFact] = [:]) -> Machine {
    let files = SystemFiles()
    return current(cores: cores, files).adding(jotFacts(files)).adding(more)
  }

  static func jotFacts(_ files: SystemFiles) -> [String: MachineFact] {
    let flags = CPU.flags(files)
    return [
      "kernels": flags.isEmpty ? .unknown : .text(JotKernels.names(flags)),
      "libb2": MachineFact(output(of: ["pkg-config", "--modversion", "libb2"])),
    ]
  }
}

enum JotKernels {
  /// Jot's kernels that this CPU can run and the environment allows, in the words of JOT_KERNELS.
  static func names(
    _ flags: Set<String>,
    _ allowed: String? = ProcessInfo.processInfo.environment["JOT_KERNELS"]
  ) -> String {
    let vectors = ["avx2", "bmi1", "bmi2", "fma"]
    let wide = vectors + ["avx512f", "avx512bw", "avx512dq", "avx512vl"]
    let needed: [(name: String, flags: [String])] = [
      ("avx2", vectors), ("adx", ["bmi2", "adx"]), ("sha", ["sha_ni", "sse4_1"]),
      ("ifma", wide + ["avx512ifma"]), ("vbmi", wide + ["avx512vbmi"]),
    ]
    let words = allowed.map { $0.split(separator: ",").map(String.init) }
    let found = needed.filter { set in
      set.flags.allSatisfy(flags.contains) && (words?.contains(set.name) ?? true)
    }
    return found.isEmpty ? "portable" : found.map(\.name).joined(separator: ",")
  }
}
