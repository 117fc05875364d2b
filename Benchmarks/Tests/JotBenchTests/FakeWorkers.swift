// Workers that do one thing wrong, or nothing, for the tests of the runner.
import Foundation
import Synchronization

@testable import BenchKit
@testable import JotBench

/// Takes 20 µs, or 100 while the sibling is busy.
final class CrowdedWorker: PoolWorker {
  let nanosecondsInProcess: UInt64? = nil
  let isCrowded = Atomic<Bool>(false)

  func isSound() -> Bool { true }

  func run(_ count: Int) -> Bool {
    let start = Time.now
    let nanoseconds: UInt64 = isCrowded.load(ordering: .relaxed) ? 100_000 : 20_000
    while Time.now - start < nanoseconds {}
    return true
  }
}

/// Counts its operations; their answers are 10, 20, 30, 10 and so on.
final class CountingWorker: Worker, @unchecked Sendable {
  let expected: [UInt64] = [10, 20, 30]
  private(set) var operations = 0
  private var position = 0
  var fault: UInt64 = 0

  func run(_ count: Int) -> UInt64 {
    defer { (operations, position) = (operations + count, position + count) }
    return (position..<position + count).reduce(fault) { $0 + expected[$1 % 3] }
  }

  func restart() { position = 0 }
  func refusesBadTokens() -> Bool { true }
}

final class EmptyWorker: Worker, @unchecked Sendable {
  let expected: [UInt64] = [1, 1]
  func run(_ count: Int) -> UInt64 { UInt64(count) }
  func refusesBadTokens() -> Bool { true }
}

final class CarelessWorker: Worker, @unchecked Sendable {
  private let worker: any Worker
  init(_ worker: any Worker) { self.worker = worker }
  func run(_ count: Int) -> UInt64 { worker.run(count) }
  var expected: [UInt64] { worker.expected }
  func refusesBadTokens() -> Bool { false }
}

/// Reports a hit ratio without a cache.
final class CachedWorker: Worker, @unchecked Sendable {
  private let ratio: Double
  private var operations = 0.0
  init(_ ratio: Double) { self.ratio = ratio }
  func run(_ count: Int) -> UInt64 {
    for _ in 0..<count { operations += Double(Time.now) / Double(Time.now) }
    return 0
  }
  let expected: [UInt64] = [0]
  func refusesBadTokens() -> Bool { true }
  var cache: CacheReading? {
    CacheReading(hits: UInt64(operations * ratio), promised: 0.89...0.91)
  }
}

/// Takes 5 ms per operation, and never hits its cache.
final class StarvedWorker: Worker, @unchecked Sendable {
  let expected: [UInt64] = [0]
  func run(_ count: Int) -> UInt64 {
    let start = Time.now
    while Time.now - start < UInt64(count) * 5_000_000 {}
    return 0
  }
  func refusesBadTokens() -> Bool { true }
  var cache: CacheReading? { CacheReading(hits: 0, promised: 0.89...0.91) }
}

final class AllocatingWorker: Worker, @unchecked Sendable {
  private var kept: [[UInt8]] = [[]]
  func run(_ count: Int) -> UInt64 {
    for size in 0..<count { kept[0] = [UInt8](repeating: 1, count: size + 100) }
    return 0
  }
  let expected: [UInt64] = [0]
  func refusesBadTokens() -> Bool { true }
}
