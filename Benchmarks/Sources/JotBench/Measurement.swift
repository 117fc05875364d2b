// How a scenario is measured: engines in turn, in short slices, in an order drawn anew each round, so
// that whatever else the machine does falls on all of them alike; and all of it in sittings, so that a
// run can be compared with itself.
import Histogram

/// What a run is asked to do.
public struct Settings: Sendable {
  public var scenarios: [Scenario] = Scenario.standard
  /// Numbers of threads; of a scenario that does not scale, the first alone.
  public var threads: [Int] = [1]
  /// Seconds of measuring for each row.
  public var seconds = 5.0
  /// The part of a time by which its 95 % interval may reach to either side; where all engines' are as
  /// narrow, the rest of a sitting's time is saved. Nil takes all of it.
  public var confidence: Double?
  /// How often everything is measured anew, with new workers in other memory; nil for as often as
  /// the seconds allow.
  public var sittings: Int?
  public var cpus: [Int] = [0]
  public var seed: UInt64 = 1
  /// Distinct tokens, a multiple of a batch's.
  public var poolSize = 1024
  /// The engine whose answers are made wrong, to show that a wrong answer is seen.
  public var plantedWrong: String?

  public init() {}

  /// A sitting of less than half a second is mostly warm-up; of eight, one that went wrong moves neither
  /// a median nor its interval.
  var sittingCount: Int { sittings ?? max(1, min(8, Int(seconds * 2))) }
}

/// Measures scenarios and gives their rows.
public struct Measurement {
  private let settings: Settings
  private let engines: [any Engine]
  private let progress: @Sendable (_ done: Double, _ what: String) -> Void
  private let isStopped: @Sendable () -> Bool
  private var generator: Seeded
  /// Whether the run was stopped, so that rows have fewer slices or are missing.
  public private(set) var isPartial = false
  /// Rounds, and those of them that others disturbed.
  private var rounds = (all: 0, disturbed: 0)
  /// Slices in which somebody looked, and the sum of the shares in which others used a core.
  private var watched = (slices: 0, crowded: 0.0)
  /// Who looks at the workers' cores, by the number of threads: the same all through the run.
  private var watches: [Int: [CoreWatch]] = [:]

  /// What a record says of the run: the share of rounds that others disturbed, and of the time in which
  /// they used our cores; and what a core did at best, by which others are seen that were there all the
  /// time.
  public var facts: [String: Fact] {
    func share(_ part: Double, _ whole: Int) -> Fact {
      whole == 0 ? .unknown : .number(Figure.rounded(part / Double(whole), digits: 3))
    }
    return [
      "disturbed_rounds": share(Double(rounds.disturbed), rounds.all),
      "crowded_time": share(watched.crowded, watched.slices),
      "core_loop_ns": coreLoop.map { .number($0) } ?? .unknown,
    ]
  }

  /// Nanoseconds of a loop that fills a core, at best.
  private var coreLoop: Double? {
    watches[1]?.first.flatMap { $0.least == .max ? nil : Double($0.least) }
  }

  static let sliceNanoseconds: UInt64 = 15_000_000

  /// - Parameters:
  ///   - engines: The first is what the others are compared with, where it has a part.
  ///   - isStopped: Asked now and then whether to end with what there is.
  ///   - progress: Told now and then what share of the whole is done.
  public init(
    _ settings: Settings, engines: [any Engine],
    isStopped: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (_ done: Double, _ what: String) -> Void = { _, _ in }
  ) {
    (self.settings, self.engines, self.progress) = (settings, engines, progress)
    self.isStopped = isStopped
    generator = Seeded(settings.seed)
  }

  /// Measures everything and returns the rows, scenario by scenario.
  public mutating func run() throws(BenchError) -> [Row] {
    var pools = Pools(count: settings.poolSize, seed: settings.seed)
    var parts = settings.scenarios.flatMap { scenario in
      settings.threads.prefix(scenario.scales ? .max : 1).map { Part(scenario, threads: $0) }
    }
    let counter = CycleCounter()
    let steps = Double(parts.count * settings.sittingCount)
    for sitting in 0..<settings.sittingCount {
      for index in parts.indices where !isPartial {
        let work = try pools.work(parts[index].scenario)
        let tell = progress
        let (threads, name) = (parts[index].threads, parts[index].scenario.name)
        let done = Double(sitting * parts.count + index)
        try sit(&parts[index], work) { share in
          tell(
            (done + share) / steps, "\(name), \(threads) thread\(threads == 1 ? "" : "s")")
        }
      }
    }
    progress(1, "")
    let calm = parts.flatMap { $0.undisturbed.joined() }
    rounds = (calm.count, calm.count { !$0 })
    let perNanosecond = counter.perNanosecond
    return parts.flatMap { $0.rows(settings, reference: engines[0].name, perNanosecond) }
  }

  /// Whether every engine's time is known as well as was asked for.
  private func isSure(_ posts: [Post], _ calm: [Bool]) -> Bool {
    guard let confidence = settings.confidence else { return false }
    return posts.allSatisfy { post in
      let rates = zip(post.many, calm).filter(\.1).map(\.0).sorted()
      guard let interval = Summary.intervalByRank(of: rates) else { return false }
      let middle = rates[rates.count / 2]
      return max(interval.upperBound - middle, middle - interval.lowerBound) <= confidence * middle
    }
  }

  /// New workers, with the watches of all that were as many.
  private mutating func makeCrew(_ threads: Int, _ isWatched: Bool) -> Crew {
    if watches[threads] == nil { watches[threads] = (0..<threads).map { _ in CoreWatch() } }
    return Crew(
      threads: threads, cpus: settings.cpus, watches: isWatched ? watches[threads]! : [])
  }

  /// Measures a part for a sitting: every engine of it, with new workers.
  private mutating func sit(
    _ part: inout Part, _ work: Work, _ tell: (Double) -> Void
  ) throws(BenchError) {
    let threads = part.threads
    part.tokenBytes = work.tokenBytes
    var posts: [Post] = []
    for engine in engines {
      let workers = try engine.workers(work, threads: threads)
      if workers.isEmpty { continue }
      posts.append(
        Post(engine.name, workers, isPlantedWrong: engine.name == settings.plantedWrong))
    }
    // Where one works in another process, nobody looks at the others' cores either.
    let isWatched = !posts.contains { $0.isElsewhere }
    let crew = makeCrew(threads, isWatched)
    let single = makeCrew(1, isWatched)
    let spins = (0..<threads).map { _ in SpinStation() }
    for index in posts.indices {
      posts[index].warm(on: crew, threads: threads, sittings: settings.sittingCount)
    }
    // What a look finds depends on what a long operation did last, and not all are alike: of RSA's
    // signatures one in 32 makes new blinding.
    if posts.contains(where: \.isLong) {
      crew.stopWatching()
      single.stopWatching()
    }
    var spinMany: [Double] = []
    var spinOne: [Double] = []
    let budget =
      settings.seconds * Double(posts.count) * 1e9 / Double(settings.sittingCount)
    let least = max(2, 8 / settings.sittingCount)
    for index in posts.indices { posts[index].begin() }
    let start = Time.now
    var calm: [Bool] = []
    // Where others hardly leave a round alone, as much again.
    while calm.count < least || Double(Time.now - start) < budget
      || (calm.count { $0 } < least && Double(Time.now - start) < 2 * budget)
    {
      if isStopped() {
        isPartial = true
        break
      }
      if calm.count % 8 == 7, isSure(posts, calm) { break }
      var turns = posts.indices.map { (post: $0, isMany: true) }
      if threads > 1 {
        turns += posts.indices.map { (post: $0, isMany: false) }
        turns += [(post: -1, isMany: true), (post: -1, isMany: false)]
      }
      turns.shuffle(using: &generator)
      var isCalm = true
      for turn in turns {
        let crew = turn.isMany ? crew : single
        if turn.post < 0 {
          let slice = crew.slice(spins, batch: 500, nanoseconds: Self.sliceNanoseconds)
          if !slice.isUndisturbed { isCalm = false }
          if turn.isMany {
            spinMany.append(slice.operationsPerSecond)
          } else {
            spinOne.append(slice.operationsPerSecond)
          }
        } else {
          if !posts[turn.post].run(on: crew, isMany: turn.isMany) { isCalm = false }
        }
      }
      calm.append(isCalm)
      tell(min(1, Double(Time.now - start) / budget))
    }
    part.add(
      calm: calm, sights: crew.endSitting() + single.endSitting(), many: spinMany, one: spinOne)
    if crew.isWatching {
      watched.slices += posts.reduce(0) { $0 + $1.many.count + $1.one.count }
      watched.crowded += posts.reduce(0) { $0 + $1.crowded }
    }
    for index in posts.indices {
      posts[index].end()
      if !isPartial {
        let seconds = max(0.02, settings.seconds / 10 / Double(settings.sittingCount))
        posts[index].time(on: crew, nanoseconds: UInt64(seconds * 1e9))
      }
      part.add(posts[index])
    }
  }
}
