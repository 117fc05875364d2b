// An engine that codes texts in a child process, which reads from its standard input:
//
//   pool decode 1024 124 92     what to do, the texts, bytes of each, bytes of an answer that count;
//                               then all texts, one behind the other
//   cpu 1                       the one CPU to run on, which is its worker's
//   run 5000                    operations, going on over the texts where the last run ended
//
// and answers a run with `nanoseconds,answer`: its own time, and the sum of the answers.
import BenchKit
import Foundation

/// Codes texts in a child process for each worker.
public struct TextProcessEngine: Engine {
  public let name: String
  private let executable: String

  public init(name: String, executable: String) {
    (self.name, self.executable) = (name, executable)
  }

  public func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
    guard case .texts(let pool) = work else { return [] }
    var workers: [any Worker] = []
    for _ in 0..<threads { workers.append(try worker(pool)) }
    return workers
  }

  private func worker(_ pool: TextPool) throws(BenchError) -> ProcessWorker {
    do throws(ProcessFailure) {
      let process = try LineProcess(executable, patience: 60)
      let texts = pool.coding == .decode ? pool.standard : pool.bytes
      let count = pool.coding == .decode ? pool.bytes[0].count : pool.characters
      process.send("pool \(pool.coding.rawValue) \(texts.count) \(texts[0].count) \(count)")
      process.send(texts.flatMap { $0 })
      return ProcessWorker(process, expected: pool.standardAnswers)
    } catch {
      throw .unusable("\(name): \(error.reason)")
    }
  }
}
