// Descriptions and tasks of competitors.
import BenchKit

extension CompetitorDescription {
  /// Asks a process to describe itself.
  init(_ process: LineProcess) throws(ProcessFailure) {
    process.send("describe")
    let line = try process.line()
    let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 4, words.allSatisfy({ !$0.isEmpty }) else {
      throw ProcessFailure(reason: "it does not say what it is: \(line.short)")
    }
    self.init(name: words[0], version: words[1], language: words[2], driven: words[3])
  }
}

extension CompetitorTask {
  init(operation: JotScenario.Operation, algorithm: JotScenario.Algorithm) {
    self.init(isSigning: operation.signs, algorithm: algorithm.rawValue)
  }

  var operation: JotScenario.Operation { isSigning ? .sign : .verify }
  var jwsAlgorithm: JotScenario.Algorithm { JotScenario.Algorithm(rawValue: algorithm)! }
}
