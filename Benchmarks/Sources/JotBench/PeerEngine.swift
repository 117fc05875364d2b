// Engines that are processes of their own and code texts. The child reads from its standard input:
//
//   pool decode 1024 124 92     what to do, the texts, bytes of each, bytes of an answer that count;
//                               then all texts, one behind the other
//   cpu 1                       the one CPU to run on, which is its worker's
//   run 5000                    operations, going on over the texts where the last run ended
//
// and answers a run with `nanoseconds,answer`: its own clock's, and the sum of the answers. Competitor.swift
// has what is asked of the competitors that read and make tokens.
import Foundation

/// An engine of texts that a child process is; the children live as long as they are measured.
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

/// The work of a child process. One that fails answers wrongly from then on, which voids its row.
final class ProcessWorker: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private(set) var nanosecondsElsewhere: UInt64? = 0
  private(set) var failure: ProcessFailure?
  private let process: LineProcess
  private var cpu: Int?

  /// - Parameter cpu: Where the process is kept already.
  init(_ process: LineProcess, expected: [UInt64], cpu: Int? = nil) {
    (self.process, self.expected, self.cpu) = (process, expected, cpu)
  }

  func run(_ count: Int) -> UInt64 {
    if failure == nil {
      do throws(ProcessFailure) { return try answer(count) } catch { failure = error }
    }
    // Right by chance once in 2^64.
    return UInt64.random(in: .min ... .max)
  }

  private func answer(_ count: Int) throws(ProcessFailure) -> UInt64 {
    // Neighbours on a CPU must be neighbours of all engines.
    if let pinned = CPUs.pinned, pinned != cpu {
      process.send("cpu \(pinned)")
      cpu = pinned
    }
    let start = Time.now
    process.send("run \(count)")
    let line = try process.line()
    let words = line.split(separator: ",", omittingEmptySubsequences: false)
    guard words.count == 2, let time = UInt64(words[0]), let answer = UInt64(words[1]) else {
      throw ProcessFailure(reason: "not nanoseconds,answer: \(line.short)")
    }
    guard time > 0, time <= Time.now - start else {
      throw ProcessFailure(reason: "its clock has \(time) ns where ours has \(Time.now - start)")
    }
    nanosecondsElsewhere! += time
    return answer
  }

  /// What it refuses is asked before.
  func refusesBadTokens() -> Bool { true }
}
