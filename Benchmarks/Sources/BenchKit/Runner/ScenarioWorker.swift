// One engine at one scenario in its own process: `ab` runs these of both builds. It prints `ready`
// and the size of a batch, and then answers each line that it reads:
//
//   run 5000      each thread does 625 untimed operations to refill the caches, then 5000 timed ones;
//                 the number is a multiple of the batch's size
//                 answer: nanoseconds of CPU time of all threads, nanoseconds of the clock from the
//                 common start to the last end, and 1 if every answer was right, or 0
//   begin         the cache's hits count from here on; answer: ok
//   end           answer: ok, or no and the reason if the hit ratio was not the scenario's
//
// It ends with its input, and reports errors on the standard error. `worker --describe` prints the
// protocol's name and version, the program's version, and the scenarios, a line each.
internal import CBench
import Foundation

public final class ScenarioWorker {
  /// The protocol's name and version: a program with another one can't be asked.
  public static let version = "jot-bench-worker/1"

  public struct Settings: Sendable {
    public var threads = 1
    public var cpus: [Int] = []
    public var seed: UInt64 = 1
    /// A folder for inputs that take long to make; nil: they are not kept.
    public var pools: String?
    public var poolSize = 1024
    /// Whether every answer is made wrong, to show that this is noticed.
    public var isPlantedWrong = false

    public init() {}
  }

  private let workerPool: WorkerPool
  private let checkedWorkers: [CheckedWorker]
  private var begun: (hits: UInt64, operations: Int)?
  private var operations = 0

  public init<Input: Workload>(
    _ work: Input, _ engine: any Engine<Input>, _ settings: Settings
  ) throws(BenchError) {
    let workers = try engine.workers(work, threads: settings.threads)
    guard !workers.isEmpty else {
      throw .unusable("\(engine.name) has no part in \(work.scenario)")
    }
    checkedWorkers = workers.map { CheckedWorker($0, isPlantedWrong: settings.isPlantedWrong) }
    workerPool = WorkerPool(threads: settings.threads, cpus: settings.cpus)
    guard checkedWorkers.allSatisfy({ $0.isSound() }) else {
      throw .unusable("it takes a token that must be refused, or refuses it for another reason")
    }
  }

  public var ready: String { "ready \(checkedWorkers[0].batchSize)" }

  /// Returns the answer to a line; nil if the line is not a request.
  public func answer(_ line: String) -> String? {
    let words = line.split(separator: " ")
    switch words.first {
    case "run":
      guard words.count == 2, let count = Int(words[1]), (1...1_000_000_000).contains(count),
        count % checkedWorkers[0].batchSize == 0
      else { return nil }
      let first = count / 8 / checkedWorkers[0].batchSize * checkedWorkers[0].batchSize
      let times = workerPool.times(checkedWorkers, first: first, operations: count)
      operations += first + count
      return "\(times.cpuNanoseconds),\(times.wallNanoseconds),\(times.isRight ? 1 : 0)"
    case "begin":
      begun = checkedWorkers[0].cache.map { ($0.hits, operations) }
      return "ok"
    case "end":
      guard let begun, let cache = checkedWorkers[0].cache, operations > begun.operations else {
        return "ok"
      }
      let done = Double((operations - begun.operations) * checkedWorkers.count)
      let ratio = Double(cache.hits - begun.hits) / done
      let isTooShort = done < Double(CacheReading.leastOperations)
      if isTooShort || cache.promised.contains(ratio) { return "ok" }
      return
        "no \(NumberFormat.percent(ratio)) of the tokens hit the cache, not what the scenario says"
    default: return nil
    }
  }

  /// Answers the lines of the standard input until it ends.
  public func serve() throws(BenchError) {
    // The runner that started this process decides when it ends; Ctrl-C is for the runner.
    signal(SIGINT, SIG_IGN)
    Self.say(ready)
    while let line = readLine() {
      guard let answer = answer(line) else { throw .usage("worker: no request: \(line.short)") }
      Self.say(answer)
    }
  }

  private static func say(_ line: String) {
    // A dead runner reads nothing; then the input ends, and this process too.
    try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
  }
}
