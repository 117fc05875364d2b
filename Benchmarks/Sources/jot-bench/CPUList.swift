// Options for CPUs and threads.
import BenchKit
import JotBench

enum CPUList {
  /// The CPUs of `--pin`, each once; nil without the option.
  static func pinned(_ pin: String?) throws(BenchError) -> [Int]? {
    guard let pin else { return nil }
    let allowed = Machine.allowedCPUs
    var cpus: [Int] = []
    for word in pin.split(separator: ",", omittingEmptySubsequences: false) {
      guard let cpu = Int(word), allowed.contains(cpu), !cpus.contains(cpu) else {
        let all = allowed.map { "\($0)" }.joined(separator: ",")
        throw .usage("--pin \(pin): each once, of the CPUs allowed here: \(all)")
      }
      cpus.append(cpu)
    }
    return cpus
  }

  /// The numbers of `--threads`.
  static func threads(_ text: String) throws(BenchError) -> [Int] {
    let counts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard counts.allSatisfy({ $0 >= 1 && $0 <= 1024 }) else {
      throw .usage("--threads \(text): numbers from 1 to 1024, separated by commas, like 1,2,4")
    }
    return counts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
