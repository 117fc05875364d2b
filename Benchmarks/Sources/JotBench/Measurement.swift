// How a scenario is measured: engines in turn, in short slices, in an order drawn anew each round, so
// that whatever else the machine does falls on all of them alike.
import Histogram
import Synchronization

/// What a run is asked to do.
public struct Settings: Sendable {
  public var scenarios: [Scenario] = Scenario.all
  public var threads: [Int] = [1]
  /// Seconds of measuring for each row.
  public var seconds = 5.0
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  public var poolSize = 1024
  /// The engine whose answers are made wrong, to show that a wrong answer is seen.
  public var plantedWrong: String?

  public init() {}
}

/// Measures scenarios and gives their rows.
public struct Measurement {
  private let settings: Settings
  private let engines: [any Engine]
  private let progress: @Sendable (_ done: Double, _ what: String) -> Void
  private var generator: Seeded

  static let sliceNanoseconds: UInt64 = 15_000_000

  /// - Parameters:
  ///   - engines: The first is what the others are compared with.
  ///   - progress: Told now and then what share of the whole is done.
  public init(
    _ settings: Settings, engines: [any Engine],
    progress: @escaping @Sendable (_ done: Double, _ what: String) -> Void = { _, _ in }
  ) {
    (self.settings, self.engines, self.progress) = (settings, engines, progress)
    generator = Seeded(settings.seed)
  }

  /// Measures everything and returns the rows, scenario by scenario.
  public mutating func run() throws(BenchError) -> [Row] {
    var rows: [Row] = []
    var pools: [Scenario.Algorithm: Pool] = [:]
    let steps = Double(settings.scenarios.count * settings.threads.count)
    var step = 0.0
    for scenario in settings.scenarios {
      if pools[scenario.algorithm] == nil {
        pools[scenario.algorithm] = try Pool(
          scenario.algorithm, count: settings.poolSize, seed: settings.seed)
      }
      guard let pool = pools[scenario.algorithm] else { continue }
      for threads in settings.threads {
        let base = step / steps
        let tell = progress
        rows += try measure(scenario, pool, threads) { share in
          tell(
            base + share / steps, "\(scenario.name), \(threads) thread\(threads == 1 ? "" : "s")")
        }
        step += 1
      }
    }
    progress(1, "")
    return rows
  }

  /// An engine's stations, one for each thread, and how many operations a batch has.
  private struct Post {
    let name: String
    let stations: [EngineStation]
    var batch = 1
    var isRight = true
    var many: [Double] = []
    var one: [Double] = []
  }

  private mutating func measure(
    _ scenario: Scenario, _ pool: Pool, _ threads: Int, _ tell: (Double) -> Void
  ) throws(BenchError) -> [Row] {
    let crew = Crew(threads: threads, cpus: settings.cpus)
    let single = Crew(threads: 1, cpus: settings.cpus)
    var posts: [Post] = []
    for engine in engines {
      var stations: [EngineStation] = []
      for _ in 0..<threads {
        stations.append(
          EngineStation(
            try engine.worker(scenario, pool), isPlantedWrong: engine.name == settings.plantedWrong)
        )
      }
      posts.append(Post(name: engine.name, stations: stations))
    }
    let spins = (0..<threads).map { _ in SpinStation() }
    // Warm-up: caches, clocks and contexts; it also says how long a batch is.
    for index in posts.indices {
      let first = crew.slice(posts[index].stations, batch: 1, nanoseconds: 50_000_000)
      posts[index].batch = max(1, Int(first.operationsPerSecond / Double(threads) / 10_000))
      _ = crew.slice(
        posts[index].stations, batch: posts[index].batch, nanoseconds: 50_000_000)
    }
    var spinMany: [Double] = []
    var spinOne: [Double] = []
    let budget = settings.seconds * Double(engines.count) * 1e9
    let start = Time.now
    var rounds = 0
    while rounds < 5 || Double(Time.now - start) < budget {
      var turns = posts.indices.map { (post: $0, isMany: true) }
      if threads > 1 {
        turns += posts.indices.map { (post: $0, isMany: false) }
        turns += [(post: -1, isMany: true), (post: -1, isMany: false)]
      }
      turns.shuffle(using: &generator)
      for turn in turns {
        let crew = turn.isMany ? crew : single
        if turn.post < 0 {
          let slice = crew.slice(spins, batch: 500, nanoseconds: Self.sliceNanoseconds)
          if turn.isMany {
            spinMany.append(slice.operationsPerSecond)
          } else {
            spinOne.append(slice.operationsPerSecond)
          }
        } else {
          let post = posts[turn.post]
          let slice = crew.slice(
            post.stations, batch: post.batch, nanoseconds: Self.sliceNanoseconds)
          if !slice.isRight { posts[turn.post].isRight = false }
          if turn.isMany {
            posts[turn.post].many.append(slice.operationsPerSecond)
          } else {
            posts[turn.post].one.append(slice.operationsPerSecond)
          }
        }
      }
      rounds += 1
      tell(min(1, Double(Time.now - start) / budget))
    }
    // A reference that answers wrongly is none.
    let reference = posts[0].isRight ? posts[0].many : []
    return posts.map { post in
      row(post, scenario, threads, crew, reference, spinMany, spinOne)
    }
  }

  private func row(
    _ post: Post, _ scenario: Scenario, _ threads: Int, _ crew: Crew, _ reference: [Double],
    _ spinMany: [Double], _ spinOne: [Double]
  ) -> Row {
    var row = Row(
      scenario: scenario.name, engine: post.name, threads: threads,
      isOversubscribed: threads > settings.cpus.count, samples: post.many.count,
      answerChecked: post.isRight)
    guard post.isRight else { return row.voided() }
    let times = Summary(post.many.map { Double(threads) * 1e9 / $0 })
    (row.nsPerOp, row.madNs) = (times.median, times.deviation)
    row.opsPerSecond = Summary(post.many).median
    if !reference.isEmpty {
      let ratios = Summary(zip(reference, post.many).map { $0 / $1 })
      (row.ratioToOpenssl, row.ratioLow, row.ratioHigh) = (ratios.median, ratios.low, ratios.high)
    }
    row.scaling =
      threads == 1
      ? 1
      : Summary(
        post.many.indices.map {
          post.many[$0] / post.one[$0] / (spinMany[$0] / spinOne[$0])
        }
      ).median
    let latencies = latencies(post, crew)
    row.p50Ns = latencies.map { Double($0.valueAtPercentile(50)) }
    row.p99Ns = latencies.map { Double($0.valueAtPercentile(99)) }
    row.p999Ns = latencies.map { Double($0.valueAtPercentile(99.9)) }
    let count = min(1000, post.batch * 20)
    row.allocationsPerOp =
      post.stations[0].allocations(of: count).map { Double($0) / Double(count) }
    return row
  }

  /// Times single operations on all threads, in a pass of its own.
  private func latencies(_ post: Post, _ crew: Crew) -> Histogram<UInt64>? {
    let probes = post.stations.map { Probe($0) }
    let nanoseconds = UInt64(max(0.05, settings.seconds / 10) * 1e9)
    guard crew.slice(probes, batch: 1, nanoseconds: nanoseconds).isRight else { return nil }
    var histogram = Histogram<UInt64>(
      highestTrackableValue: 10_000_000_000, numberOfSignificantValueDigits: .three)
    for probe in probes {
      for sample in probe.samples { _ = histogram.record(min(sample, 10_000_000_000)) }
    }
    return histogram
  }
}

/// A station that times each of its operations.
private final class Probe: Station, @unchecked Sendable {
  private let station: any Station
  private(set) var samples: [UInt64] = []

  init(_ station: any Station) {
    self.station = station
    samples.reserveCapacity(1 << 20)
  }

  func isSound() -> Bool { station.isSound() }

  func run(_ count: Int) -> Bool {
    let start = Time.now
    let isRight = station.run(count)
    let time = Time.now - start
    if samples.count < 1 << 20 { samples.append(time) }
    return isRight
  }
}
