import Foundation
import Synchronization
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Measurement", .serialized)
struct MeasurementTests {
  @Test("every engine answers correctly at every scenario", arguments: JotScenario.all)
  func answers(scenario: JotScenario) throws {
    let rows = try measure(scenario)
    #expect(!rows.isEmpty && Set(rows.map(\.engine)).count == rows.count)
    for row in rows {
      #expect(row.scenario == scenario.name && row.answerChecked, "\(row)")
      #expect((row.nsPerOp ?? 0) > 10 && row.samples >= 4)
      #expect((row.p50Ns ?? 0) <= (row.p999Ns ?? 0))
      #expect(row.slices.values.count == row.samples && row.slices.sessions == [row.samples])
      #expect(row.ratioSlices.isEmpty == (row.engine == "openssl" || scenario.isHostile))
      let (least, most) = (try #require(row.lowNs), try #require(row.highNs))
      #expect(least <= row.nsPerOp! && row.nsPerOp! <= most)
      #expect((row.latency?.max ?? 0) >= (row.latency?.p9999 ?? 0))
      #expect(row.cyclesPerOp.map { (0.2...10).contains($0 / row.nsPerOp!) } ?? true)
      if scenario.isHostile {
        #expect(row.engine == "jot" && row.ratioToOpenssl == nil)
      } else {
        let (low, high) = (try #require(row.ratioLow), try #require(row.ratioHigh))
        #expect(low <= high && (row.engine != "openssl" || (low == 1 && high == 1)))
      }
      if row.engine == "jot", case .cached(_, let pattern) = scenario {
        let ratio = try #require(row.hitRatio)
        // On a busy machine there may be too few operations.
        switch pattern {
        case _ where row.note != nil: break
        case .percent(100): #expect(ratio == 1)
        case .percent(let share): #expect(abs(ratio - Double(share) / 100) < 0.01)
        case .zipf: #expect((0.65...0.82).contains(ratio))
        }
      }
      if case .claims = scenario {
        // Values hold memory of their own.
        #expect(rows.map(\.engine).sorted() == ["foundation", "jot", "openssl"])
      } else if row.engine == "jot", !scenario.isAsymmetric {
        #expect(row.allocationsPerOp == 0 || row.allocationsPerOp == nil, "\(row)")
      }
    }
  }

  @Test(
    "one thread, and more than there are CPUs; what does not scale runs on the first count only"
  )
  func threads() throws {
    let cpus = Machine.cpus()
    let rows = try measure(.tokens(.verify, .hs256, .accessToken), threads: [1, cpus.count + 1])
    #expect(rows.map(\.threads) == [1, 1, cpus.count + 1, cpus.count + 1])
    for row in rows { #expect(row.isOversubscribed == (row.threads > cpus.count)) }
    #expect(try measure(.hostile(.dots), threads: [1, 2]).map(\.threads) == [1])
    #expect(
      try measure(.base64url(.decode, characters: 43), threads: [1, 2]).map(\.threads) == [1, 1])
  }

  @Test(
    "a slice that lost its CPU to another thread is disturbed")
  func disturbed() throws {
    let cpus = Array(Machine.cpus().prefix(1))
    let workerPool = WorkerPool(threads: 1, cpus: cpus)
    func undisturbed() -> Int {
      (0..<20).count { _ in
        workerPool.slice([SpinWorker()], batch: 500, nanoseconds: 15_000_000).isUndisturbed
      }
    }
    // A thread that always competes for the same CPU.
    let isOver = Atomic<Bool>(false)
    let other = Thread {
      CPUs.pin(cpus[0])
      while !isOver.load(ordering: .relaxed) { _ = SpinWorker().run(500) }
    }
    let alone = (0..<5).reduce(0) { most, _ in max(most, undisturbed()) }
    other.start()
    usleep(20_000)
    let shared = undisturbed()
    isOver.store(true, ordering: .relaxed)
    #expect(shared < 5, "\(shared) of 20")
    // On a busy machine every slice may be disturbed.
    #expect(alone >= shared, "\(alone) of 20")
  }

  @Test("work beside a busy sibling thread is left out, unless the sibling is always busy")
  func crowded() throws {
    // The reference loop takes 1,700 ns without a busy sibling.
    var times: [UInt64] = [1700, 2000, 3000, 1600, 1900, 2100]
    let monitor = SiblingMonitor { times.removeFirst() }
    #expect((0..<6).map { _ in monitor.isAlone() } == [true, true, false, true, true, false])

    // The sibling is busy in every other millisecond; work then takes five times as long.
    let cpus = Array(Machine.cpus().prefix(1))
    func slice(_ crowd: @escaping @Sendable (UInt64) -> Bool) -> WorkerPool.Slice {
      let checkedWorker = CrowdedWorker()
      let start = Time.now
      let monitor = SiblingMonitor {
        let isCrowded = crowd(Time.now - start)
        checkedWorker.isCrowded.store(isCrowded, ordering: .relaxed)
        return isCrowded ? 3000 : 1700
      }
      let workerPool = WorkerPool(threads: 1, cpus: cpus, monitors: [monitor])
      let slices = (0..<20).map { _ in
        workerPool.slice([checkedWorker], batch: 1, nanoseconds: 15_000_000)
      }
      let undisturbed = slices.filter(\.isUndisturbed)
      return (undisturbed.isEmpty ? slices : undisturbed).max {
        $0.operationsPerSecond < $1.operationsPerSecond
      }!
    }
    let (alone, half) = (slice { _ in false }, slice { $0 / 1_000_000 % 2 == 1 })
    #expect(alone.crowded == 0 && half.crowded > 0, "\(half)")
    // If other threads use the CPU itself, the slices say nothing about the sibling.
    if alone.isUndisturbed, half.isUndisturbed {
      #expect(half.operationsPerSecond > 0.8 * alone.operationsPerSecond, "\(half), \(alone)")
    }
    let never = slice { $0 > 0 && $0 / 1_000_000 != 0 }
    #expect(never.crowded > 0.9 && !never.isUndisturbed, "\(never)")
    #expect(never.operationsPerSecond < 0.5 * alone.operationsPerSecond, "\(never), \(alone)")

    // A sibling that is busy for a whole session is detected from the loop's time in the session
    // before.
    let isThere = Atomic<Bool>(false)
    let shared = SiblingMonitor { isThere.load(ordering: .relaxed) ? 3000 : 1700 }
    let slices = [false, true].map { stays in
      isThere.store(stays, ordering: .relaxed)
      let workerPool = WorkerPool(threads: 1, cpus: cpus, monitors: [shared])
      return workerPool.slice([SpinWorker()], batch: 500, nanoseconds: 15_000_000)
    }
    #expect(slices[0].crowded == 0 && slices[1].crowded == 1 && !slices[1].isUndisturbed)

    // A sibling that is busy from the start is not detected until it stops; then its session is
    // left out.
    times = [3000, 3100, 1700, 3000, 1800]
    let late = SiblingMonitor { times.removeFirst() }
    #expect(late.isAlone() && late.isAlone())
    let first = late.endSession()
    #expect(first.hasBeenAlone && late.endSession().hasBeenAlone)
    #expect(late.isAlone() && !late.isAlone() && !first.hasBeenAlone)
    #expect(late.endSession().hasBeenAlone && late.isAlone() && late.least == 1700)
    var result = ScenarioResult("hostile/dots", threads: 1)
    result.add(undisturbed: [true, true], observations: [first], many: [], one: [])
    result.add(undisturbed: [true, false], observations: [late.endSession()], many: [], one: [])
    result.add(undisturbed: [true], observations: [], many: [], one: [])
    #expect(result.counted == [[false, false], [true, false], [true]])
  }

  @Test("disturbed rounds are left out if enough remain; otherwise all count")
  func kept() {
    let (yes, no) = (Array(repeating: true, count: 6), Array(repeating: false, count: 6))
    #expect(ScenarioResult.kept([yes, [true, true, false]]) == [yes, [true, true, false]])
    // A session with one round left, or none, is left out.
    #expect(
      ScenarioResult.kept([yes, [true, false], yes, no]) == [yes, [false, false], yes, no])
    // One undisturbed session is better than many disturbed ones; three rounds are too few.
    #expect(ScenarioResult.kept([yes, no, no]) == [yes, no, no])
    #expect(ScenarioResult.kept([[true, true, true, false], no]).joined().allSatisfy { $0 })
    #expect(
      ScenarioResult.kept([yes + yes + no]) == [yes + yes + no] && ScenarioResult.kept([]) == [])
  }

  @Test("sessions run in sequence, and every row has the slices of the sessions that count")
  func sessions() throws {
    var settings = JotSettings()
    #expect(settings.sessionCount == 8)
    settings.seconds = 0.8
    #expect(settings.sessionCount == 1)
    settings.scenarios = [.tokens(.verify, .hs256, .accessToken), .hostile(.dots)]
    (settings.seconds, settings.sessions) = (0.01, 3)
    var measurement = Measurement(settings, engines: [OpenSSLEngine(), JotEngine()])
    let rows = try measurement.run()
    #expect(rows.count == 3 && !measurement.isPartial)
    for row in rows {
      // A session that was disturbed from start to end does not count.
      #expect((1...3).contains(row.slices.sessions.count))
      #expect(row.slices.values.count == row.samples)
      #expect(row.latency != nil && row.answerChecked)
    }
  }

  @Test("a stopped run keeps its results, and is marked partial")
  func stopped() throws {
    var settings = JotSettings()
    settings.scenarios = [.tokens(.verify, .hs256, .accessToken), .hostile(.dots)]
    settings.seconds = 0.01
    let asked = Atomic<Int>(0)
    var measurement = Measurement(
      settings, engines: [JotEngine()],
      isStopped: { asked.wrappingAdd(1, ordering: .relaxed).newValue > 2 })
    let rows = try measurement.run()
    #expect(measurement.isPartial && rows.map(\.scenario) == ["verify/HS256/access-token"])
    #expect(rows[0].samples == 2 && rows[0].nsPerOp != nil)
  }

  @Test("a planted slow-down does more work with the same answers, in its scenario only")
  func slowdown() throws {
    struct Counted: Engine {
      let name = "counted"
      let counter: CountingWorker
      func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
        [counter]
      }
    }
    let counter = CountingWorker()
    var pools = Pools(count: 64, seed: 1)
    for scenario in [JotScenario.tokens(.verify, .hs256, .accessToken), .hostile(.dots)] {
      let slowdown = try Slowdown("verify/HS256/access-token=0.5")
      let engine = SlowedEngine(Counted(counter: counter), slowdown)
      let worker = try engine.workers(pools.work(scenario), threads: 1)[0]
      let before = counter.operations
      // A wrong answer must stay wrong.
      #expect(worker.run(1) == 10 && worker.run(4) == 80 && worker.run(995) == 19900)
      let isSlowed = scenario.name == slowdown.scenario
      #expect(counter.operations - before == (isSlowed ? 1500 : 1000))
      counter.fault = 1
      #expect(worker.run(3) == 61)
      counter.fault = 0
      counter.restart()
    }
    let checked = CheckedWorker(
      try SlowedEngine(JotEngine(), Slowdown("verify/HS256/access-token=0.5"))
        .workers(pools.work(.tokens(.verify, .hs256, .accessToken)), threads: 1)[0],
      isPlantedWrong: false)
    #expect(checked.run(1000) && checked.run(7) && checked.isSound())
    for text in ["verify/HS256/access-token", "nothing=0.1", "verify/HS256/access-token=-0.1"] {
      #expect(throws: BenchError.self) { try Slowdown(text) }
    }
  }

  @Test("more threads than CPUs are no faster than the CPUs")
  func oversubscribed() throws {
    let cpus = Machine.cpus()
    func rate(_ threads: Int) throws -> Double {
      let workerPool = WorkerPool(threads: threads, cpus: cpus)
      let checkedWorkers = (0..<threads).map { _ in SpinWorker() }
      let slices = (0..<7).map { _ in
        workerPool.slice(checkedWorkers, batch: 500, nanoseconds: 15_000_000).operationsPerSecond
      }
      return slices.sorted()[3]
    }
    let (one, many) = (try rate(1), try rate(16 * cpus.count))
    #expect(many < 1.5 * Double(cpus.count) * one, "\(many) against \(one) of one thread")
  }

  @Test("a planted wrong answer voids its row only")
  func planted() throws {
    for engine in ["jot", "openssl"] {
      let rows = try measure(.tokens(.verify, .hs256, .accessToken), wrong: engine)
      for row in rows {
        #expect(row.answerChecked == (row.engine != engine))
        #expect((row.nsPerOp == nil) == (row.engine == engine))
        #expect((row.ratioToOpenssl == nil) == (row.engine == engine || engine == "openssl"))
      }
      #expect(Report(machine: .test, rows: rows).table.contains("void"))
    }
  }

  @Test("an engine that accepts a bad token, or refuses it for another reason, is voided")
  func badTokens() throws {
    struct Careless: Engine {
      let name = "careless"
      func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
        [CarelessWorker(try JotEngine().workers(work, threads: 1)[0])]
      }
    }
    var settings = JotSettings()
    settings.scenarios = [.tokens(.verify, .hs256, .accessToken)]
    settings.seconds = 0.01
    var measurement = Measurement(settings, engines: [OpenSSLEngine(), Careless()])
    #expect(try measurement.run().map(\.answerChecked) == [true, false])
  }

  @Test("an engine without workers has no row, and other engines have no ratio to it")
  func noPart() throws {
    var settings = JotSettings()
    settings.scenarios = [.tokens(.verify, .hs256, .accessToken)]
    settings.seconds = 0.01
    struct Absent: Engine {
      let name = "absent"
      func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] { [] }
    }
    var measurement = Measurement(settings, engines: [Absent(), JotEngine()])
    let rows = try measurement.run()
    #expect(rows.map(\.engine) == ["jot"] && rows[0].answerChecked)
    #expect(rows[0].ratioToOpenssl == nil && rows[0].nsPerOp != nil)
  }

  @Test(
    "a cache whose hit ratio differs from the scenario's is voided", arguments: [0.85, 0.9, 1])
  func hits(ratio: Double) throws {
    struct Cached: Engine {
      let name = "cached"
      let ratio: Double
      func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
        [CachedWorker(ratio)]
      }
    }
    var settings = JotSettings()
    settings.scenarios = [.tokens(.verify, .hs256, .accessToken)]
    settings.seconds = 0.01
    var measurement = Measurement(settings, engines: [Cached(ratio: ratio)])
    let row = try measurement.run()[0]
    #expect(row.answerChecked == (ratio == 0.9))
    #expect(row.hitRatio.map { abs($0 - 0.9) < 0.01 } ?? (ratio != 0.9))
  }

  @Test("a cache with too few operations to be judged gets a note, not a wrong answer")
  func fewHits() throws {
    struct Starved: Engine {
      let name = "starved"
      func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
        [StarvedWorker()]
      }
    }
    var settings = JotSettings()
    settings.scenarios = [.tokens(.verify, .hs256, .accessToken)]
    settings.seconds = 0.01
    var measurement = Measurement(settings, engines: [Starved()])
    let row = try measurement.run()[0]
    #expect(row.answerChecked && row.nsPerOp != nil && row.hitRatio == 0)
    let note = try #require(row.note)
    #expect(note.contains("too few to check the cache's hit ratio"))
    let report = Report(machine: .test, rows: [row])
    #expect(report.table.contains("verify/HS256/access-token starved 1: "))
    #expect(try Report(json: Data(report.json.utf8)).rows[0].note == note)
  }

  @Test("the runner adds less than 2 ns to an operation")
  func empty() throws {
    struct Empty: Engine {
      let name = "empty"
      func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
        [EmptyWorker()]
      }
    }
    var settings = JotSettings()
    settings.scenarios = [.tokens(.verify, .hs256, .accessToken)]
    settings.seconds = 0.05
    var measurement = Measurement(settings, engines: [Empty()])
    let row = try measurement.run()[0]
    #expect(row.answerChecked && row.nsPerOp! < 2, "\(row)")
  }

  @Test("an allocation is counted")
  func allocations() throws {
    let checkedWorker = CheckedWorker(AllocatingWorker(), isPlantedWrong: false)
    let calls = checkedWorker.allocations(of: 100)
    #expect(calls == nil || (150...400).contains(calls!))
  }

  private func measure(
    _ scenario: JotScenario, threads: [Int] = [1], wrong: String? = nil
  ) throws -> [Row] {
    var settings = JotSettings()
    settings.scenarios = [scenario]
    settings.threads = threads
    settings.seconds = 0.01
    settings.cpus = Machine.cpus()
    settings.plantedWrong = wrong
    var measurement = Measurement(
      settings, engines: [OpenSSLEngine(), JotEngine(), FoundationEngine()])
    return try measurement.run()
  }
}

extension JotScenario {
  /// Whether OpenSSL allocates in the scenario, as for RS256 on a CPU without kernels.
  fileprivate var isAsymmetric: Bool {
    name.hasSuffix("-RS256")
      || ["RS", "PS", "ES", "Ed", "mixed"].contains { name.contains("/" + $0) }
  }
}
