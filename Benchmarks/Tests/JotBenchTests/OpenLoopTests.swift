import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("The open load", .serialized)
struct OpenLoopTests {
  @Test("a schedule depends on its seed alone, ascends, and has its rate")
  func schedule() {
    let schedule = OpenLoopSchedule(rate: 5000, seconds: 4, seed: 7)
    #expect(schedule == OpenLoopSchedule(rate: 5000, seconds: 4, seed: 7))
    #expect(schedule != OpenLoopSchedule(rate: 5000, seconds: 4, seed: 8))
    let times = schedule.times
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 } && times.last! < 4_000_000_000)
    // A Poisson process: the count's deviation is its root, 141; so is a gap's, its mean.
    #expect(abs(times.count - 20_000) < 700)
    let gaps = zip(times.dropFirst(), times).map { Double($0 - $1) }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    #expect(abs(variance.squareRoot() / mean - 1) < 0.05)
    #expect(OpenLoopSchedule(rate: 0.001, seconds: 0.001, seed: 1).times == [0])
  }

  /// 500 requests, one each 2 ms, on `connections`; the server stalls before one of them.
  private func outcome(stall: Int, connections: Int) throws -> OpenLoop.Outcome {
    let server = try LoadServer(
      LoadFixture.settings("stall \(stall) 100"), isStopped: { false })
    let mode = LoadMode(name: LoadMode.base, tokens: ["good"], refused: [])
    return try OpenLoop([mode.request("good")], connections: connections).run(
      OpenLoopSchedule(every: 2_000_000, count: 500), port: server.port,
      cpu: Machine.allowedCPUs.last, patience: 120)
  }

  @Test("a stalled server shows in every request planned meanwhile", arguments: [1, 8])
  func stalled(connections: Int) throws {
    let (samples, refused) = try outcome(stall: 600, connections: connections)
    #expect(samples.count == 500 && refused == 0)
    #expect(samples.allSatisfy { $0.latency > 0 })
    // Some 300 are planned during 600 ms, so 250 of them wait 100 ms or more; a client that waits
    // for an answer before it plans the next request has one, or eight.
    let waited = samples.count { $0.latency > 100_000_000 }
    #expect(waited >= 240, "\(waited)")
    #expect(samples.map(\.latency).max()! >= 590_000_000)
    // The client was not what was late: no connection was free.
    let late = samples.map(\.lateness).sorted()
    #expect(late[250] < 100_000_000, "\(late[250])")
  }

  @Test("counts answers other than 200, and says of a lost connection what happened")
  func refused() throws {
    let server = try LoadServer(LoadFixture.settings(), isStopped: { false })
    let mode = LoadMode(name: "hs256", tokens: ["good"], refused: [])
    let loop = OpenLoop([mode.request("good"), mode.request("bad")], connections: 2)
    let outcome = try loop.run(
      OpenLoopSchedule(every: 1000, count: 7), port: server.port, cpu: nil, patience: 120)
    #expect(outcome.refused == 3 && outcome.samples.count == 7)
    #expect(throws: BenchError.unusable("the open load: Connection refused")) {
      try loop.run(OpenLoopSchedule(every: 1, count: 1), port: 1, cpu: nil, patience: 1)
    }
  }

  @Test("a request without an answer counts as unanswered")
  func unanswered() throws {
    let server = try LoadServer(LoadFixture.settings("stall 3000 1"), isStopped: { false })
    let mode = LoadMode(name: LoadMode.base, tokens: ["good"], refused: [])
    let outcome = try OpenLoop([mode.request("good")], connections: 1).run(
      OpenLoopSchedule(every: 1000, count: 3), port: server.port, cpu: nil, patience: 0.5)
    func row(_ samples: [OpenLoop.Sample]) -> LoadOpenRow {
      LoadOpenRow(rate: 1, [LoadOpenSlice(cpu: 1, samples: samples)], base: nil)
    }
    let all = row(outcome.samples)
    #expect(all.requests == 3 && all.unanswered == 2 && all.latency != nil)
    #expect(row([.init(latency: 0, lateness: 0)]).latency == nil)
  }
}
