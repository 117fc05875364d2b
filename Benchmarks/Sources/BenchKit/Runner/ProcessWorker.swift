// A worker that is a process.

/// Lets a child process work. After a failure its answers are wrong, which voids its row.
package final class ProcessWorker: Worker, @unchecked Sendable {
  package let expected: [UInt64]
  package private(set) var nanosecondsInProcess: UInt64? = 0
  package private(set) var failure: ProcessFailure?
  private let process: LineProcess
  private let check: Check?
  private var cpu: Int?
  private var operations = 0

  /// Asks the process, off the clock, for more than the sums of its answers show.
  package typealias Check =
    @Sendable (LineProcess, _ operations: Int) throws(ProcessFailure) -> Void

  /// - Parameters:
  ///   - cpu: The CPU that the process is pinned to.
  ///   - check: Done before each slice but the first.
  package init(
    _ process: LineProcess, expected: [UInt64], cpu: Int? = nil, check: Check? = nil
  ) {
    (self.process, self.expected, self.cpu, self.check) = (process, expected, cpu, check)
  }

  package func run(_ count: Int) -> UInt64 {
    if failure == nil {
      do throws(ProcessFailure) { return try answer(count) } catch { failure = error }
    }
    // Correct by chance once in 2^64.
    return UInt64.random(in: .min ... .max)
  }

  private func answer(_ count: Int) throws(ProcessFailure) -> UInt64 {
    // All engines must share the CPU with the same neighbours.
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
    nanosecondsInProcess! += time
    operations += count
    return answer
  }

  /// That is asked before; what it has done since is checked here.
  package func refusesBadTokens() -> Bool {
    guard let check, failure == nil, operations > 0 else { return failure == nil }
    do throws(ProcessFailure) {
      try check(process, operations)
      return true
    } catch {
      failure = error
      return false
    }
  }
}
