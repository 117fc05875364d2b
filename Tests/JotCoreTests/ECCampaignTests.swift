import Foundation
import JotCore
import TestSupport
import Testing

/// Signatures in millions, valid and changed, by every kernel and by OpenSSL: `make ec-campaign`.
@Suite("A campaign of curves")
struct ECCampaignTests {
  /// Where it is kept how far each curve has come, so that the next run continues.
  static let folder = environment["JOT_EC_CAMPAIGN"]
  private static let minutes = environment["JOT_MINUTES"].flatMap(Double.init) ?? 1
  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// A curve, and the signatures that are wanted.
  private struct Part: Sendable {
    let name: String
    let wanted: Int
    /// The rounds that were done, each of ``size`` signatures.
    var rounds: Int
    let run: @Sendable (_ round: Int) throws -> Void

    init(_ name: String, _ wanted: Int, _ run: @escaping @Sendable (_ round: Int) throws -> Void) {
      (self.name, self.wanted, self.run) = (name, wanted, run)
      rounds = (try? String(contentsOf: Self.file(name), encoding: .utf8)).flatMap { Int($0) } ?? 0
    }

    static func file(_ name: String) -> URL { URL(filePath: folder!).appending(path: name) }

    /// Below 1 until as many as wanted are done.
    var progress: Double { Double(rounds * size) / Double(wanted) }
  }

  private static let size = 512

  @Test(
    "kernels decide as OpenSSL does, for the minutes given or until all is done",
    .enabled(if: folder != nil))
  func all() async throws {
    try FileManager.default.createDirectory(
      atPath: Self.folder!, withIntermediateDirectories: true)
    var parts = ECDSACurve.allCases.map { curve in
      Part("\(curve)", curve == .p256 ? 10_000_000 : 1_000_000) { try Self.ecdsa(curve, $0) }
    }
    parts.append(Part("ed25519", 10_000_000) { try Self.ed25519($0) })
    let end = Date(timeIntervalSinceNow: 60 * Self.minutes)
    let workers = ProcessInfo.processInfo.activeProcessorCount
    while Date() < end,
      let next = parts.indices.min(by: { parts[$0].progress < parts[$1].progress }),
      parts[next].progress < 1
    {
      let part = parts[next]
      try await withThrowingTaskGroup { group in
        for worker in 0..<workers { group.addTask { try part.run(part.rounds + worker) } }
        try await group.waitForAll()
      }
      parts[next].rounds += workers
      try "\(parts[next].rounds)".write(
        to: Part.file(part.name), atomically: true, encoding: .utf8)
    }
    for part in parts {
      print("jot: \(part.name): \(part.rounds * Self.size) of \(part.wanted) signatures")
    }
  }

  private static func ecdsa(_ curve: ECDSACurve, _ round: Int) throws {
    var generator = Seeded(seed: UInt64(round) << 8 | UInt64(curve.rawValue))
    let reference = ECReference(curve)
    let keys = try (0..<3).map { _ in
      try ECTestKey(reference, scalar: reference.random(&generator))
    }
    var cases = ECDSACases(reference)
    for index in 0..<size / 2 { cases.addPair(index, keys, &generator) }
    cases.check(isBrief: true)
  }

  private static func ed25519(_ round: Int) throws {
    var generator = Seeded(seed: UInt64(round) << 8 | 0xff)
    let seeds = (0..<3).map { _ in random(32, &generator) }
    var tests: [Ed25519Case] = []
    for index in 0..<size / 2 {
      // As it is, or changed; and changed.
      let test = Ed25519Case(
        seed: seeds[index % 3], message: random(index % 200, &generator))
      for kinds in [0..<6, 0..<3] {
        tests.append(test)
        tests[tests.count - 1].change(Int.random(in: kinds, using: &generator), &generator)
      }
    }
    let expected = tests.map(\.isValid)
    for kernel in Ed25519Key.kernels where kernel.isAvailable {
      let keys = try seeds.map {
        try #require(Ed25519Prepared(Ed25519Case(seed: $0, message: []).point, kernel))
      }
      for index in 0..<size {
        #expect(keys[index / 2 % 3].isValid(tests[index]) == expected[index], "round \(round)")
      }
      for start in stride(from: 0, to: size, by: 32) {
        let all = start..<start + 32
        let mask = verdicts(tests[all], all.map { keys[$0 / 2 % 3] }, kernel)
        let right = all.reduce(0 as UInt32) { $0 | (expected[$1] ? 1 << UInt32($1 - start) : 0) }
        #expect(mask == right, "round \(round)")
      }
    }
  }
}
