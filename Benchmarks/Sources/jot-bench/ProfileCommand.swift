import ArgumentParser
// `profile`: where the time of one scenario goes.
import BenchKit
import Foundation
import JotBench

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Samples one scenario with perf: flame graph, hottest functions, annotated code.",
    discussion: """
      Only the measured region is sampled: perf is attached after set-up and warm-up. It writes \
      flame.svg, hottest.txt, annotated.txt and folded.txt into a new folder.
      """)

  @Argument(help: "The scenario, like verify/HS256/access-token.")
  var scenario: String

  @Option(help: "jot or openssl.")
  var engine = "jot"

  @Option(help: "The number of threads.")
  var threads = 1

  @Option(help: "Seconds of sampling.")
  var seconds = 3.0

  @Option(
    help:
      "How stacks are unwound: fp or dwarf; by default dwarf where OpenSSL does the work, else fp.")
  var callGraph: String?

  @Option(help: "The folder to make; by default one in results/local/profile.")
  var into: String?

  func run() throws {
    let engines: [any Engine<JotWorkload>] = [
      JotEngine(), OpenSSLEngine(), FoundationEngine(),
    ]
    guard let engine = engines.first(where: { $0.name == engine }) else {
      throw BenchError.usage("--engine \(engine): jot, openssl or foundation")
    }
    guard (1...1024).contains(threads) else {
      throw BenchError.usage("--threads \(threads): a number from 1 to 1024")
    }
    guard seconds >= 0.1, seconds <= 600 else {
      throw BenchError.usage("--seconds \(seconds): from 0.1 to 600")
    }
    var settings = ProfileSettings(try scenarioNamed(scenario), engine: engine)
    if let callGraph {
      guard let graph = CallGraph(rawValue: callGraph) else {
        throw BenchError.usage("--call-graph \(callGraph): fp or dwarf")
      }
      settings.callGraph = graph
    }
    settings.threads = threads
    settings.seconds = seconds
    settings.cpus = Machine.cpus()
    let folder = into ?? Profile.folder(settings.scenario)
    try Profile.check(folder)
    let bar = ProgressBar(isShown: isatty(2) == 1)
    defer { bar.clear() }
    let steps = ["making the pool": 0.0, "sampling": 0.3, "reading": 0.7, "annotating": 0.8]
    Interrupt.watch()
    let profile = try Profile(
      settings, isStopped: { Interrupt.came }, progress: { bar.show(steps[$0] ?? 0, $0) })
    let files = try profile.write(into: folder)
    bar.clear()
    JotBenchTool.say("\n\(profile.table)\n")
    for note in profile.notes { JotBenchTool.complain("jot-bench: \(note)") }
    JotBenchTool.say(files.map { "\($0)\n" }.joined())
    if profile.isPartial { throw JotBenchTool.endedEarly() }
  }

  /// The one scenario that a name or a pattern matches.
  private func scenarioNamed(_ name: String) throws(BenchError) -> JotScenario {
    let found = JotScenario.all.filter { Glob(name).matches($0.name) }
    guard found.count == 1 else {
      throw .usage(
        "profile \(name): \(found.isEmpty ? "none" : "\(found.count)") of the scenarios; one of: "
          + (found.isEmpty ? JotScenario.all : found).map(\.name).joined(separator: ", "))
    }
    return found[0]
  }
}
