// Profiles one scenario: perf's samples of the measured region alone, as a flame graph, a table and
// annotated code.
import Foundation

/// What is profiled, and for how long.
public struct ProfileSettings {
  /// The names of the scenario and of the engine.
  public let scenario: String
  public let engine: String
  public var threads = 1
  public var seconds = 3.0
  public var cpus: [Int] = [0]
  /// How callers are found.
  public var callGraph = CallGraph.fp
  /// Makes a worker for each thread; none if the engine can't do this.
  let makeWorkers: (_ threads: Int) throws(BenchError) -> [any Worker]
  /// Describes the machine with so many CPUs in use.
  let machine: (_ cpus: Int) -> Machine
  /// Where programs are looked for; nil: PATH.
  package var path: String?

  public init(
    scenario: String, engine: String, machine: @escaping (_ cpus: Int) -> Machine,
    makeWorkers: @escaping (_ threads: Int) throws(BenchError) -> [any Worker]
  ) {
    (self.scenario, self.engine) = (scenario, engine)
    (self.machine, self.makeWorkers) = (machine, makeWorkers)
  }
}

/// A finished profile.
public struct Profile: Sendable {
  let title: String
  /// How it was taken, in lines.
  let circumstances: [String]
  /// Its limits, in lines.
  public let notes: [String]
  /// Whether the sampling was interrupted.
  public let isPartial: Bool
  let stacks: FoldedStacks
  let annotated: String

  /// Prepares the scenario, warms it up, and lets perf sample it.
  ///
  /// - Parameters:
  ///   - isStopped: Whether to end the sampling early.
  ///   - progress: Called before each step.
  public init(
    _ settings: ProfileSettings, isStopped: () -> Bool = { false },
    progress: (String) -> Void = { _ in }
  ) throws(BenchError) {
    guard let perf = ExternalProgram("perf", path: settings.path) else {
      throw .unusable("perf is missing: apt-get install linux-perf (Ubuntu: linux-tools-generic)")
    }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "jot-profile-\(UUID().uuidString)")
    guard
      (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false))
        != nil
    else { throw .unusable("\(folder.path): the folder can't be made") }
    defer { try? FileManager.default.removeItem(at: folder) }

    progress("making the pool")
    let region = try ProfiledRegion(settings)
    progress("sampling")
    let (data, seconds) = try Self.record(settings, region, perf, folder, isStopped)
    isPartial = seconds < settings.seconds
    progress("reading")
    guard let script = perf.output(Self.scriptArguments + [data]) else {
      throw .unusable("perf script can't read what perf record wrote")
    }
    let samples = PerfSamples(script: script)
    guard samples.count > 0 else {
      throw .unusable("perf took no sample in \(seconds) s: ask for more --seconds")
    }
    let symbols = ProfileSymbols(samples)
    let folded = symbols.fold(samples)
    stacks = folded.stacks
    progress("annotating")
    annotated = ProfileAnnotation.text(samples, symbols, perf, data: data)
    title = "\(settings.scenario) by \(settings.engine)"
    let graph = settings.callGraph
    let machine = settings.machine(settings.cpus.count)
    let event = samples.events.keys.sorted().joined(separator: " and ")
    circumstances = [
      "\(NumberFormat.grouped(Double(samples.count))) samples of \(event),"
        + " \(NumberFormat.grouped(Double(graph.frequency))) a second,"
        + " in \(NumberFormat.fixed(seconds, 1)) s on \(settings.threads)"
        + " thread\(settings.threads == 1 ? "" : "s")",
      "callers by \(graph == .fp ? "frame pointers" : "DWARF"),"
        + " \(NumberFormat.fixed(100 * Double(folded.whole) / Double(samples.count), 1)) % of stacks whole",
      "\(machine.title); OpenSSL \(OpenSSLVersion.running); Jot at \(machine["git_commit"])",
    ]
    let asked = "\(NumberFormat.fixed(settings.seconds, 1)) s"
    notes =
      (isPartial ? ["partial: interrupted before the end of \(asked)"] : [])
      + Self.notes(samples, folded.whole, graph, symbols)
      + Self.noteOfTime(samples.count, seconds, settings, graph)
  }

  init(
    title: String, circumstances: [String], notes: [String], stacks: FoldedStacks, annotated: String
  ) {
    (self.title, self.circumstances, self.notes) = (title, circumstances, notes)
    isPartial = false
    (self.stacks, self.annotated) = (stacks, annotated)
  }

  private static let scriptArguments = ["script", "--no-inline", "-F", "event,ip,sym,dso", "-i"]

  /// Returns the file of samples and their seconds. It samples cycles, or the CPU clock if the
  /// machine has no such counter.
  private static func record(
    _ settings: ProfileSettings, _ region: ProfiledRegion, _ perf: ExternalProgram, _ folder: URL,
    _ isStopped: () -> Bool
  ) throws(BenchError) -> (data: String, seconds: Double) {
    var refusal = ProfileRefusal.noSuchEvent
    for event in ["cycles", "cpu-clock"] {
      do throws(ProfileRefusal) {
        let recording = try ProfileRecording.attached(
          perf, event: event, callGraph: settings.callGraph, folder: folder)
        try recording.command("enable")
        let (isRight, seconds) = region.run(seconds: settings.seconds, isStopped)
        try recording.command("disable")
        try recording.end()
        guard isRight else { throw .other("\(settings.engine) answered wrongly") }
        return (recording.data, seconds)
      } catch {
        refusal = error
        if error != .noSuchEvent { break }
      }
    }
    throw refusal.error(paranoid: paranoid)
  }

  private static var paranoid: Int? {
    let text = try? String(contentsOfFile: "/proc/sys/kernel/perf_event_paranoid", encoding: .utf8)
    return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  static func notes(
    _ samples: PerfSamples, _ whole: Int, _ graph: CallGraph, _ symbols: ProfileSymbols
  ) -> [String] {
    var notes: [String] = []
    if !samples.events.keys.contains(where: { $0.contains("cycles") }) {
      let event = samples.events.keys.sorted().joined(separator: " and ")
      notes.append("cycles are not to be had here: \(event) instead")
    }
    let share = Double(whole) / Double(samples.count)
    if share < 0.95 {
      let advice = graph == .fp ? "; --call-graph dwarf may find more" : ""
      notes.append(
        "\(NumberFormat.fixed(100 * (1 - share), 1)) % of the stacks are cut off: the callers' frames"
          + " can't be found\(advice)")
    }
    let nameless = samples.stacks.reduce(into: [:] as [String: Int]) { files, stack in
      if let last = stack.key.last, last.symbol == "[unknown]" {
        files[(last.module as NSString).lastPathComponent, default: 0] += stack.value
      }
    }
    for (file, count) in nameless.sorted(by: { $0.key < $1.key })
    where count * 100 > samples.count {
      notes.append(
        "\(file) names no function for \(NumberFormat.fixed(100 * Double(count) / Double(samples.count), 1))"
          + " % of the samples: its debug symbols would")
    }
    if !symbols.knowsInlined {
      notes.append("inlined functions are not set out: addr2line (binutils) or debug symbols lack")
    }
    return notes
  }
}

extension Profile {
  /// A remark if the threads often waited: a waiting thread is not sampled.
  static func noteOfTime(
    _ count: Int, _ seconds: Double, _ settings: ProfileSettings, _ graph: CallGraph
  ) -> [String] {
    let busy = Double(min(settings.threads, settings.cpus.count)) * seconds
    let share = Double(count) / (busy * Double(graph.frequency))
    guard share < 0.8 else { return [] }
    return [
      "the threads had a CPU for \(NumberFormat.fixed(100 * share, 0)) % of the time: others used it too"
    ]
  }
}
