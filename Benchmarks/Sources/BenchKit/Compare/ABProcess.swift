// A worker's process of one side, asked in lines.

/// A process of one side at one scenario.
final class ABProcess {
  let batchSize: Int
  private let process: LineProcess
  private let threads: Int

  /// A process that was started, and is not ready yet.
  struct Starting {
    fileprivate let process: LineProcess
    fileprivate let threads: Int

    init(
      _ executable: String, _ arguments: [String], threads: Int, patience: Double,
      isStopped: @escaping @Sendable () -> Bool
    ) throws(ProcessFailure) {
      process = try LineProcess(
        executable, ["worker"] + arguments, patience: patience, isStopped: isStopped)
      self.threads = threads
    }
  }

  init(_ starting: Starting) throws(ProcessFailure) {
    (process, threads) = (starting.process, starting.threads)
    let line = try process.line()
    let words = line.split(separator: " ")
    guard words.count == 2, words[0] == "ready", let size = Int(words[1]),
      (1...1_000_000).contains(size)
    else { throw ProcessFailure(reason: "not ready and a batch's size: \(line.short)") }
    batchSize = size
  }

  /// Nanoseconds that a process may wait for a CPU before and after its work.
  private static let longestWait: UInt64 = 5_000_000_000

  /// Nanoseconds of one operation, in CPU time and in wall time.
  struct Time {
    let cpu: Double
    let wall: Double
  }

  /// Runs `count` operations on each thread.
  func run(_ count: Int) throws(ProcessFailure) -> Time {
    let start = BenchKit.Time.now
    process.send("run \(count)")
    let line = try process.line()
    let words = line.split(separator: ",", omittingEmptySubsequences: false)
    guard words.count == 3, let cpu = UInt64(words[0]), let wall = UInt64(words[1]) else {
      throw ProcessFailure(reason: "not nanoseconds, nanoseconds and 1: \(line.short)")
    }
    guard words[2] == "1" else { throw ProcessFailure(reason: "a wrong answer") }
    // CPU time can't exceed wall time, except by the resolution of its clock.
    let taken = BenchKit.Time.now - start
    // And a long wait can't be a moment; on a busy machine some seconds can.
    guard wall > 0, wall <= taken, cpu > 0, Double(cpu) / Double(threads) < 1.1 * Double(taken),
      taken < Self.longestWait + 4 * wall
    else {
      throw ProcessFailure(reason: "its clocks have \(cpu) and \(wall) ns where ours has \(taken)")
    }
    let operations = Double(count) * Double(threads)
    return Time(cpu: Double(cpu) / operations, wall: Double(wall) / operations)
  }

  func begin() throws(ProcessFailure) { try ask("begin") }
  func end() throws(ProcessFailure) { try ask("end") }

  private func ask(_ request: String) throws(ProcessFailure) {
    process.send(request)
    let answer = try process.line()
    guard answer == "ok" else {
      let why =
        answer.hasPrefix("no ") ? String(answer.dropFirst(3)) : "neither ok nor no: \(answer)"
      throw ProcessFailure(reason: why.short)
    }
  }
}
