// Engines that are processes of their own. The child reads requests from its standard input:
//
//   pool decode 1024 124 92     what to do, the texts, bytes of each, bytes of an answer that count;
//                               then all texts, one behind the other
//   cpu 1                       the one CPU to run on, which is its worker's
//   run 5000                    operations, going on over the texts where the last run ended
//
// and answers a run with `nanoseconds,answer`: its own clock's, and the sum of the answers.
import Foundation

/// An engine of texts that a child process is; the children live as long as they are measured.
public struct PeerEngine: Engine {
  public let name: String
  private let executable: String

  public init(name: String, executable: String) {
    (self.name, self.executable) = (name, executable)
  }

  public func workers(_ work: Work, threads: Int) throws(BenchError) -> [any Worker] {
    guard case .texts(let pool) = work else { return [] }
    var workers: [any Worker] = []
    for _ in 0..<threads { workers.append(try Peer(name, executable, pool)) }
    return workers
  }
}

/// A child process. One that dies answers wrongly from then on, which voids its row.
private final class Peer: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private(set) var nanosecondsElsewhere: UInt64? = 0
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  private var cpu: Int?

  init(_ name: String, _ executable: String, _ pool: TextPool) throws(BenchError) {
    // A child that has gone is seen by its answer; a write to it must not end this process.
    signal(SIGPIPE, SIG_IGN)
    expected = pool.standardAnswers
    process.executableURL = URL(filePath: executable)
    (process.standardInput, process.standardOutput) = (requests, answers)
    guard (try? process.run()) != nil else {
      throw .unusable("\(name): \(executable) can't be run")
    }
    let texts = pool.coding == .decode ? pool.standard : pool.bytes
    let count = pool.coding == .decode ? pool.bytes[0].count : pool.characters
    ask(
      "pool \(pool.coding.rawValue) \(texts.count) \(texts[0].count) \(count)",
      texts.flatMap { $0 })
  }

  deinit {
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  func run(_ count: Int) -> UInt64 {
    // Neighbours on a CPU must be neighbours of all engines.
    if let pinned = CPUs.pinned, pinned != cpu {
      ask("cpu \(pinned)")
      cpu = pinned
    }
    ask("run \(count)")
    let words = line().split(separator: ",")
    guard words.count == 2, let time = UInt64(words[0]), let answer = UInt64(words[1]) else {
      // Right by chance once in 2^64.
      return UInt64.random(in: .min ... .max)
    }
    nanosecondsElsewhere! += time
    return answer
  }

  /// What it refuses is the peer's own affair.
  func refusesBadTokens() -> Bool { true }

  private func ask(_ request: String, _ bytes: [UInt8] = []) {
    try? requests.fileHandleForWriting.write(contentsOf: Data(Array("\(request)\n".utf8) + bytes))
  }

  /// The next line of the child's; short, so it comes whole or in a few parts.
  private func line() -> String {
    var text = ""
    while !text.hasSuffix("\n") {
      let data = answers.fileHandleForReading.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
