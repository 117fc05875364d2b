import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Profile", .serialized)
struct ProfileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func clean() { try? FileManager.default.removeItem(at: folder) }

  /// A script named `perf` in a PATH of its own.
  private func fake(_ script: String) throws -> String {
    let file = folder.appending(path: "perf")
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    return folder.path
  }

  private func settings(_ scenario: JotScenario = .tokens(.verify, .hs256, .accessToken))
    -> ProfileSettings
  {
    var settings = ProfileSettings(scenario, engine: JotEngine(), poolSize: 64)
    settings.seconds = 0.3
    settings.cpus = Machine.cpus()
    return settings
  }

  private func complaint(_ path: String) throws -> String {
    var settings = settings()
    settings.path = path
    let error = try #require(throws: BenchError.self) { try Profile(settings) }
    #expect(!"\(error)".contains("\n"))
    return "\(error)"
  }

  /// perf, or nil if it is missing or the kernel forbids it.
  private func perf() throws -> ExternalProgram? {
    guard let perf = ExternalProgram("perf") else {
      print("jot: skipped: no perf")
      return nil
    }
    do throws(ProfileRefusal) {
      _ = try ProfileRecording.attached(
        perf, event: "cpu-clock", callGraph: .fp, folder: folder.appending(path: "first"))
    } catch {
      guard error == .forbidden else { throw error }
      print("jot: skipped: no perf: it is forbidden here")
      return nil
    }
    return perf
  }

  @Test("Jot's own code is profiled by frame pointers, OpenSSL's by DWARF")
  func callGraphs() throws {
    func graph(_ name: String, _ kernels: String = "avx2,sha", _ engine: String = "jot") throws
      -> CallGraph
    {
      ProfileSettings.callGraph(try JotScenario.matching(name)[0], engine, kernels: kernels)
    }
    for name in [
      "verify/RS256/access-token", "verify/PS384/access-token", "verify-batch/RS256/access-token",
      "verify-cached/RS256/0-percent", "verify/mixed/access-token", "sign/HS256/access-token",
    ] {
      #expect(try graph(name) == .fp, "\(name)")
      // Without AVX2 OpenSSL computes RSA.
      #expect(try graph(name, "portable") == (name.contains("HS256") ? .fp : .dwarf), "\(name)")
      #expect(try graph(name, "avx2", "openssl") == .dwarf)
    }
    for name in ["sign/RS256/access-token", "verify/ES256/access-token", "sign/EdDSA/access-token"]
    {
      #expect(try graph(name) == .dwarf, "\(name)")
    }
    #expect(try graph("hostile/dots", "portable") == .fp)
  }

  @Test("a missing perf is one line with the command that installs it")
  func missing() throws {
    defer { clean() }
    #expect(try complaint(folder.path).contains("apt-get install linux-perf"))
  }

  @Test("a forbidden perf is one line with the command that allows it")
  func forbidden() throws {
    defer { clean() }
    let path = try fake(
      """
      echo "Error:" >&2
      echo "Access to performance monitoring and observability operations is limited." >&2
      echo "Consider adjusting /proc/sys/kernel/perf_event_paranoid setting to open" >&2
      exit 255
      """)
    let line = try complaint(path)
    #expect(line.contains("sysctl kernel.perf_event_paranoid=1") || line.contains("--cap-add"))
    let refusal = ProfileRefusal("No permission to enable cycles event.", endedBy: "")
    #expect(refusal == .forbidden)
    #expect(
      refusal.error(paranoid: 3)
        == .unusable(
          "perf is forbidden by kernel.perf_event_paranoid = 3:"
            + " sudo sysctl kernel.perf_event_paranoid=1"))
    #expect("\(refusal.error(paranoid: -1))".contains("--cap-add PERFMON"))
  }

  @Test("falls back to cpu-clock on a machine without a cycle counter")
  func noCounters() throws {
    defer { clean() }
    let path = try fake(
      """
      echo "$3" >> "\(folder.path)/asked"
      echo "Error:" >&2
      echo "The $3 event is not supported." >&2
      exit 255
      """)
    #expect(try complaint(path) == "perf has neither cycles nor cpu-clock here")
    let asked = try String(contentsOf: folder.appending(path: "asked"), encoding: .utf8)
    #expect(asked == "cycles\ncpu-clock\n")
  }

  @Test("another failure is reported with perf's message")
  func failure() throws {
    defer { clean() }
    let path = try fake("echo 'perf: out of luck' >&2; exit 1")
    #expect(try complaint(path) == "perf ended with status 1: perf: out of luck")
  }

  @Test("a perf that exits without a message is attached again, at most five times")
  func silence() throws {
    defer { clean() }
    let path = try fake("echo x >> \"\(folder.path)/asked\"; exit 255")
    #expect(try complaint(path) == "perf ended with status 255, without a word")
    let asked = try String(contentsOf: folder.appending(path: "asked"), encoding: .utf8)
    #expect(asked == "x\nx\nx\nx\nx\n")
  }

  /// The functions of OpenSSL and the runner that making a pool of RSA tokens calls.
  private let making = [
    "BN_generate_prime", "BN_is_prime", "BN_check_prime", "BN_rand", "RSA_generate",
    "EVP_PKEY_keygen", "EVP_PKEY_generate", "bench_key_rsa", "JotBench4PoolV", "Pool.init",
    "OpenSSLEngineV7workers", "OpenSSLEngine.workers",
  ]

  private func makes(_ samples: PerfSamples) -> Set<String> {
    let symbols = Set(samples.stacks.keys.flatMap { $0.map(\.symbol) })
    return symbols.filter { symbol in making.contains { symbol.contains($0) } }
  }

  @Test("only the measured region is sampled, not the making of keys and pools")
  func region() throws {
    defer { clean() }
    guard let perf = try perf() else { return }
    // A process of its own, since other tests run in this one. Frame pointers, since without
    // optimisation the kernels' frames are larger than the stack that perf copies.
    let output = folder.appending(path: "profile").path
    let run = try Child(
      Child.tool("jot-bench"),
      [
        "profile", "verify/RS256/access-token", "--seconds", "0.3", "--call-graph", "fp", "--into",
        output,
      ]
    ).result()
    #expect(run.status == 0, "\(run.text)")
    var (all, work, verify) = (0, 0, 0)
    for line in try String(contentsOfFile: output + "/folded.txt", encoding: .utf8).split(
      separator: "\n")
    {
      let count = try #require(line.split(separator: " ").last.flatMap { Int($0) })
      #expect(!making.contains { line.contains($0) }, "\(line)")
      all += count
      if line.hasPrefix("WorkerPool.work") { work += count }
      if line.contains("JotVerify.run") { verify += count }
    }
    #expect(all > 50 && Double(work) > 0.9 * Double(all) && verify > work / 2)

    // Check the names themselves: when perf records the making, it finds them.
    let recording = try ProfileRecording.attached(
      perf, event: "cpu-clock", callGraph: .dwarf, folder: folder)
    try recording.command("enable")
    _ = try Pool(.rs256, count: 64)
    try recording.command("disable")
    try recording.end()
    let script = try #require(
      perf.output(["script", "--no-inline", "-F", "event,ip,sym,dso", "-i", recording.data]))
    #expect(!makes(PerfSamples(script: script)).isEmpty)
  }

  @Test("threads that start after perf attached are sampled; work while perf is disabled is not")
  func threads() throws {
    defer { clean() }
    guard let perf = try perf() else { return }
    let recording = try ProfileRecording.attached(
      perf, event: "cpu-clock", callGraph: .fp, folder: folder)
    func spin() {
      let workerPool = WorkerPool(threads: 3, cpus: [])
      _ = workerPool.slice(
        (0..<3).map { _ in SpinWorker() }, batch: 500, nanoseconds: 300_000_000)
    }
    try recording.command("enable")
    try recording.command("disable")
    try whileHalted()
    try recording.command("enable")
    spin()
    try recording.command("disable")
    try recording.end()
    let script = try #require(
      perf.output(["script", "--no-inline", "-F", "event,ip,sym,dso", "-i", recording.data]))
    let samples = PerfSamples(script: script)
    let spins = samples.stacks.filter { $0.key.contains { $0.symbol == "bench_spin" } }
    #expect(spins.values.reduce(0, +) > 100)
    #expect(!samples.stacks.keys.contains { $0.contains { $0.symbol.contains("whileHalted") } })
  }

  @inline(never)
  private func whileHalted() throws { _ = try Pool(.hs256, count: 2000) }

  @Test("all files are written; a path that exists or can't be created is refused")
  func files() throws {
    defer { clean() }
    var stacks = FoldedStacks()
    stacks.add([Frame(function: "f", source: "p", kind: .jot)], 3)
    let profile = Profile(
      title: "t", circumstances: ["c"], notes: ["n"], stacks: stacks, annotated: "code\n")
    let output = folder.appending(path: "deep/er").path
    try Profile.check(output)
    let files = try profile.write(into: output)
    #expect(
      files.map { ($0 as NSString).lastPathComponent } == [
        "flame.svg", "hottest.txt", "annotated.txt", "folded.txt",
      ])
    let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
    #expect(texts[0].hasPrefix("<svg") && texts[1].contains("100.0    100.0  f         p"))
    #expect(texts[2] == "t\nc\nn\n\ncode\n" && texts[3] == "f 3\n")
    #expect(throws: BenchError.unusable("--into \(output): it is there already")) {
      try Profile.check(output)
    }
    #expect(throws: BenchError.self) { try profile.write(into: output) }
    #expect(try String(contentsOfFile: files[3], encoding: .utf8) == "f 3\n")
    #expect(throws: BenchError.self) { try Profile.check(files[0] + "/below") }
    // No unfinished file is left beside it.
    let left = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "deep").path)
    #expect(left == ["er"])
    let date = Date(timeIntervalSince1970: 0)
    #expect(
      Profile.folder("verify/HS256/access-token", date: date)
        == "results/local/profile/verify-HS256-access-token-1970-01-01T00-00-00Z")
  }
}
