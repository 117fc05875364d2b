import Foundation
import Testing

@testable import JotBench

@Suite("Measurement", .serialized)
struct MeasurementTests {
  @Test(
    "both engines answer right at every scenario, on one thread and on more than there are CPUs")
  func answers() throws {
    let cpus = Machine.cpus()
    let rows = try measure(threads: [1, cpus.count + 1])
    #expect(rows.count == 16)
    for row in rows {
      #expect(row.answerChecked, "\(row.scenario) \(row.engine)")
      #expect((row.nsPerOp ?? 0) > 10 && row.samples >= 5)
      #expect(row.isOversubscribed == (row.threads > cpus.count))
      let (low, high) = (try #require(row.ratioLow), try #require(row.ratioHigh))
      #expect(low <= high && (row.engine != "openssl" || (low == 1 && high == 1)))
      #expect((row.p50Ns ?? 0) <= (row.p999Ns ?? 0))
      if row.scenario.contains("HS256"), row.engine == "jot" {
        #expect(row.allocationsPerOp == 0 || row.allocationsPerOp == nil)
      }
    }
  }

  @Test("more threads than CPUs do no more than the CPUs can")
  func oversubscribed() throws {
    let cpus = Machine.cpus()
    func rate(_ threads: Int) throws -> Double {
      let crew = Crew(threads: threads, cpus: cpus)
      let stations = (0..<threads).map { _ in SpinStation() }
      let slices = (0..<7).map { _ in
        crew.slice(stations, batch: 500, nanoseconds: 15_000_000).operationsPerSecond
      }
      return slices.sorted()[3]
    }
    let (one, many) = (try rate(1), try rate(16 * cpus.count))
    #expect(many < 1.5 * Double(cpus.count) * one, "\(many) against \(one) of one thread")
  }

  @Test("a planted wrong answer voids its row, and no other")
  func planted() throws {
    for engine in ["jot", "openssl"] {
      let rows = try measure(Scenario(.verify, .hs256), wrong: engine)
      for row in rows {
        #expect(row.answerChecked == (row.engine != engine))
        #expect((row.nsPerOp == nil) == (row.engine == engine))
        #expect((row.ratioToOpenssl == nil) == (row.engine == engine || engine == "openssl"))
      }
      #expect(Report(machine: .test, rows: rows).table.contains("void"))
    }
  }

  @Test("an engine that takes a bad token, or refuses it for another reason, is voided")
  func badTokens() throws {
    struct Careless: Engine {
      let name = "careless"
      func worker(_ scenario: Scenario, _ pool: Pool) throws(BenchError) -> any Worker {
        CarelessWorker(try JotEngine().worker(scenario, pool))
      }
    }
    var settings = Settings()
    settings.scenarios = [Scenario(.verify, .hs256)]
    settings.seconds = 0.01
    var measurement = Measurement(settings, engines: [OpenSSLEngine(), Careless()])
    #expect(try measurement.run().map(\.answerChecked) == [true, false])
  }

  @Test("the pool has distinct, shuffled tokens that the engines agree on, the same for a seed")
  func pool() throws {
    let pool = try Pool(.hs256)
    #expect(Set(pool.tokens.map(\.text)).count == 1024)
    #expect(pool.tokens.map(\.expiration) != pool.tokens.map(\.expiration).sorted())
    #expect(try Pool(.hs256).tokens.map(\.text) == pool.tokens.map(\.text))
    #expect(try Pool(.hs256, seed: 2).tokens.map(\.text) != pool.tokens.map(\.text))
    let worker = try JotEngine().worker(Scenario(.verify, .hs256), pool)
    #expect(worker.run(1024) == worker.expected.reduce(0, &+))
    #expect(worker.refusesBadTokens())
  }

  @Test("an allocation is counted")
  func allocations() throws {
    let station = EngineStation(AllocatingWorker(), isPlantedWrong: false)
    let calls = station.allocations(of: 100)
    #expect(calls == nil || (150...400).contains(calls!))
  }

  private func measure(
    _ scenario: Scenario? = nil, threads: [Int] = [1], wrong: String? = nil
  ) throws -> [Row] {
    var settings = Settings()
    if let scenario { settings.scenarios = [scenario] }
    settings.threads = threads
    settings.seconds = 0.01
    settings.cpus = Machine.cpus()
    settings.plantedWrong = wrong
    var measurement = Measurement(settings, engines: [OpenSSLEngine(), JotEngine()])
    return try measurement.run()
  }
}

private final class CarelessWorker: Worker, @unchecked Sendable {
  private let worker: any Worker
  init(_ worker: any Worker) { self.worker = worker }
  func run(_ count: Int) -> UInt64 { worker.run(count) }
  var expected: [UInt64] { worker.expected }
  func refusesBadTokens() -> Bool { false }
}

private final class AllocatingWorker: Worker, @unchecked Sendable {
  private var kept: [[UInt8]] = [[]]
  func run(_ count: Int) -> UInt64 {
    for size in 0..<count { kept[0] = [UInt8](repeating: 1, count: size + 100) }
    return 0
  }
  let expected: [UInt64] = [0]
  func refusesBadTokens() -> Bool { true }
}
