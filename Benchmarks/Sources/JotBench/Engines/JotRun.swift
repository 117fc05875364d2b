// How the runner measures Jot's scenarios.
import BenchKit

public typealias JotSettings = RunSettings<JotScenario>

extension RunSettings<JotScenario> {
  /// The standard scenarios.
  public init() { self.init(scenarios: JotScenario.standard) }
}

extension Measurement<JotScenario> {
  public init(
    _ settings: JotSettings, engines: [any Engine<JotWorkload>],
    isStopped: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (_ done: Double, _ what: String) -> Void = { _, _ in }
  ) {
    var pools = Pools(count: settings.poolSize, seed: settings.seed)
    self.init(
      settings, engines: engines,
      makeInput: { scenario throws(BenchError) in try pools.work(scenario) },
      isStopped: isStopped, progress: progress)
  }
}

extension ScenarioWorker {
  public convenience init(
    _ scenario: JotScenario, _ engine: any Engine<JotWorkload>, _ settings: Settings
  ) throws(BenchError) {
    var pools = Pools(count: settings.poolSize, seed: settings.seed, folder: settings.pools)
    try self.init(pools.work(scenario), engine, settings)
  }
}

extension Slowdown {
  /// Reads text like `verify/HS256/access-token=0.05`.
  public init(_ text: String) throws(BenchError) {
    try self.init(text, among: JotScenario.all.map(\.name))
  }
}

extension ABSettings {
  /// With what is known of Jot's scenarios.
  public static var jot: ABSettings {
    var settings = ABSettings()
    settings.standard = JotScenario.standard.map(\.name)
    settings.unscaled = Set(JotScenario.all.filter { !$0.scales }.map(\.name))
    return settings
  }
}

extension ProfileSettings {
  /// - Parameter poolSize: Distinct tokens, a multiple of a batch's.
  public init(
    _ scenario: JotScenario, engine: any Engine<JotWorkload>, poolSize: Int = 1024
  ) {
    self.init(
      scenario: scenario.name, engine: engine.name, machine: { Machine.current(cores: $0) },
      makeWorkers: { threads throws(BenchError) in
        var pools = Pools(count: poolSize, seed: 1)
        return try engine.workers(pools.work(scenario), threads: threads)
      })
    callGraph = Self.callGraph(
      scenario, engine.name, kernels: JotKernels.names(CPU.flags(SystemFiles())))
  }

  /// Frame pointers for Jot's code, DWARF for OpenSSL's.
  ///
  /// Most distributions' libcrypto has no frame pointers: RS256 sign has 0.4 % whole stacks with them,
  /// and 100 % with DWARF, at 9 MiB a second. Jot's kernels have frame pointers: RS256 verify has all
  /// stacks with them, and 6 % with DWARF, since the kernels' frames exceed the copied stack.
  static func callGraph(
    _ scenario: JotScenario, _ engine: String, kernels: String
  ) -> CallGraph {
    let hasRSA = kernels.split(separator: ",").contains("avx2")
    let isOpenSSLs =
      engine == "openssl" || scenario.isOpenSSLs || (scenario.isRSA && !hasRSA)
    return isOpenSSLs ? .dwarf : .fp
  }
}
