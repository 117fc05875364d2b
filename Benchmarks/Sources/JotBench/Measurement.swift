// How a scenario is measured: engines in turn, in short slices, in an order drawn anew each round, so
// that whatever else the machine does falls on all of them alike.
import Histogram
import Synchronization

/// What a run is asked to do.
public struct Settings: Sendable {
  public var scenarios: [Scenario] = Scenario.standard
  /// Numbers of threads; of a scenario that does not scale, the first alone.
  public var threads: [Int] = [1]
  /// Seconds of measuring for each row.
  public var seconds = 5.0
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  /// Distinct tokens, a multiple of a batch's.
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
  ///   - engines: The first is what the others are compared with, where it has a part.
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
    var pools = Pools(count: settings.poolSize, seed: settings.seed)
    let parts = settings.scenarios.flatMap { scenario in
      settings.threads.prefix(scenario.scales ? .max : 1).map { (scenario: scenario, threads: $0) }
    }
    for (index, part) in parts.enumerated() {
      let work = try pools.work(part.scenario)
      let tell = progress
      rows += try measure(part.scenario, work, part.threads) { share in
        tell(
          (Double(index) + share) / Double(parts.count),
          "\(part.scenario.name), \(part.threads) thread\(part.threads == 1 ? "" : "s")")
      }
    }
    progress(1, "")
    return rows
  }

  /// An engine's stations, one for each thread, and how many operations a batch has.
  private struct Post {
    let name: String
    let stations: [EngineStation]
    var batch: Int
    var isRight = true
    var many: [Double] = []
    var one: [Double] = []
    var hitRatio: Double?

    init(_ name: String, _ workers: [any Worker], isPlantedWrong: Bool) {
      self.name = name
      stations = workers.map { EngineStation($0, isPlantedWrong: isPlantedWrong) }
      batch = stations[0].batchSize
    }

    var operations: UInt64 { stations.reduce(0) { $0 + $1.operations } }

    /// Sets the batch to what takes so long that the clock costs nothing; of another process to a
    /// whole slice, so that it is interrupted as often as the others.
    mutating func setBatch(_ operationsPerSecond: Double) {
      let isHere = stations[0].nanosecondsElsewhere == nil
      let nanoseconds = isHere ? 100_000 : Double(Measurement.sliceNanoseconds)
      let size = stations[0].batchSize
      batch = max(1, Int(operationsPerSecond * nanoseconds / 1e9) / size) * size
    }
  }

  private mutating func measure(
    _ scenario: Scenario, _ work: Work, _ threads: Int, _ tell: (Double) -> Void
  ) throws(BenchError) -> [Row] {
    let crew = Crew(threads: threads, cpus: settings.cpus)
    let single = Crew(threads: 1, cpus: settings.cpus)
    var posts: [Post] = []
    for engine in engines {
      let workers = try engine.workers(work, threads: threads)
      if workers.isEmpty { continue }
      posts.append(
        Post(engine.name, workers, isPlantedWrong: engine.name == settings.plantedWrong))
    }
    let spins = (0..<threads).map { _ in SpinStation() }
    // Warm-up: caches, clocks and contexts; it also says how long a batch is.
    for index in posts.indices {
      let first = crew.slice(
        posts[index].stations, batch: posts[index].batch, nanoseconds: 50_000_000)
      posts[index].setBatch(first.operationsPerSecond / Double(threads))
      _ = crew.slice(
        posts[index].stations, batch: posts[index].batch, nanoseconds: 50_000_000)
    }
    var spinMany: [Double] = []
    var spinOne: [Double] = []
    let budget = settings.seconds * Double(posts.count) * 1e9
    let before = posts.map { (hits: $0.stations[0].cache?.hits, operations: $0.operations) }
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
    for (index, before) in before.enumerated() {
      guard let cache = posts[index].stations[0].cache, let hits = before.hits else { continue }
      let ratio =
        Double(cache.hits - hits) / Double(posts[index].operations - before.operations)
      posts[index].hitRatio = ratio
      // Another question than the scenario's was answered.
      if !cache.promised.contains(ratio) { posts[index].isRight = false }
    }
    // A reference that answers wrongly is none.
    let reference = posts.first { $0.name == engines[0].name && $0.isRight }?.many ?? []
    let tokenBytes = work.tokenBytes
    return posts.map { post in
      row(post, scenario, tokenBytes, threads, crew, reference, spinMany, spinOne)
    }
  }

  private func row(
    _ post: Post, _ scenario: Scenario, _ tokenBytes: Int, _ threads: Int, _ crew: Crew,
    _ reference: [Double], _ spinMany: [Double], _ spinOne: [Double]
  ) -> Row {
    var row = Row(
      scenario: scenario.name, engine: post.name, threads: threads, tokenBytes: tokenBytes,
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
    row.hitRatio = post.hitRatio
    let latencies = latencies(post, crew)
    row.p50Ns = latencies.map { Double($0.valueAtPercentile(50)) }
    row.p99Ns = latencies.map { Double($0.valueAtPercentile(99)) }
    row.p999Ns = latencies.map { Double($0.valueAtPercentile(99.9)) }
    let size = post.stations[0].batchSize
    let count = max(1, min(1000, post.batch * 20) / size) * size
    row.allocationsPerOp =
      post.stations[0].allocations(of: count).map { Double($0) / Double(count) }
    return row
  }

  /// Times single operations on all threads, in a pass of its own; of a batch, its tokens' share.
  private func latencies(_ post: Post, _ crew: Crew) -> Histogram<UInt64>? {
    // The clock here would time the way to another process.
    guard post.stations[0].nanosecondsElsewhere == nil else { return nil }
    let size = post.stations[0].batchSize
    let probes = post.stations.map { Probe($0) }
    let nanoseconds = UInt64(max(0.05, settings.seconds / 10) * 1e9)
    guard crew.slice(probes, batch: size, nanoseconds: nanoseconds).isRight else { return nil }
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

  let nanosecondsElsewhere: UInt64? = nil

  init(_ station: any Station) {
    self.station = station
    samples.reserveCapacity(1 << 20)
  }

  func isSound() -> Bool { station.isSound() }

  func run(_ count: Int) -> Bool {
    let start = Time.now
    let isRight = station.run(count)
    let time = (Time.now - start) / UInt64(count)
    if samples.count < 1 << 20 { samples.append(time) }
    return isRight
  }
}

/// The inputs of a run, each made when it is first asked for.
private struct Pools {
  private let count: Int
  private let seed: UInt64
  private var tokens: [[String]: Pool] = [:]

  init(count: Int, seed: UInt64) { (self.count, self.seed) = (count, seed) }

  mutating func work(_ scenario: Scenario) throws(BenchError) -> Work {
    switch scenario {
    case .tokens(let operation, let algorithm, let shape):
      let name = [algorithm.rawValue, shape.rawValue]
      if let pool = tokens[name] { return .tokens(operation, pool) }
      let pool = try Pool(algorithm, shape, count: count, seed: seed)
      tokens[name] = pool
      return .tokens(operation, pool)
    case .base64url(let coding, let characters):
      return .texts(TextPool(coding, characters: characters, count: count, seed: seed))
    case .hostile(let attack):
      return .hostile(try HostilePool(attack, count: count, seed: seed))
    }
  }
}
