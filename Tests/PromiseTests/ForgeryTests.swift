import Foundation
import Jot
import TestSupport
import Testing

/// An attacker wants the right MAC of a forged token, and a key's hash states are as good as the
/// key. This searches ForgeryProbe's memory for both, in pieces of eight bytes.
@Suite("A forged token", .serialized)
struct ForgeryTests {
  /// The values of JOT_KERNELS for the probe.
  static let kernels = [
    "portable", "avx2", "sha", "avx2,sha", "avx2,ifma", "avx2,sha,ifma", "avx2,adx,sha,ifma,vbmi",
    "openssl",
  ]

  @Test("leaves its right MAC nowhere in memory, and no state of the key", arguments: kernels)
  func memory(kernels: String) throws {
    try skipIfSanitized()
    let lines = try Self.run(kernels)
    #expect(lines.count == 3 * 31 + 8, "\(lines.count)")
    let held = Dictionary(
      uniqueKeysWithValues: lines.filter { $0[1] == "held" }.map { ($0[0], Int($0[3])) })
    for line in lines {
      let (algorithm, name) = (line[0], line[1])
      let (tags, keys) = try (#require(Int(line[2])), #require(Int(line[3])))
      switch name {
      case "held": #expect(keys > 0, "the search finds a key that is held")
      case let name where name.hasPrefix("planted"):
        #expect(tags > 0, "\(name): the search finds what is there")
      default:
        #expect(tags == 0, "\(algorithm) \(name): the MAC")
        let isHeld = name != "bare" && name != "gone"
        #expect(keys == (isHeld ? held[algorithm]! : 0), "\(algorithm) \(name): the key")
      }
    }
  }

  /// Runs the probe on 33 forged tokens of each hash; returns the words of its lines.
  private static func run(_ kernels: String) throws -> [[String]] {
    var input = ""
    for algorithm in [Algorithm.hs256, .hs384, .hs512] {
      let key = (0..<64).map { _ in UInt8.random(in: 0...255) }
      let signer = try Signer(
        key: SigningKey(secret: Secret(copying: key.span)), algorithm: algorithm)
      input += "\(algorithm.rawValue) \(masked(key))"
      for number in 0..<33 {
        // Short tokens too: less than a block takes another path.
        let long: Claims = ["sub": .string("user \(number)"), "exp": 4_102_444_800]
        let short: Claims = ["n": .integer(Int64(number))]
        let token = try signer.sign(number % 2 == 0 ? long : short)
        let dot = try #require(token.lastIndex(of: "."))
        let tag = try #require(decoded(token[dot...].dropFirst()))
        let wrong = token[dot...].dropFirst().map { $0 == "A" ? "B" : "A" }.dropLast().joined()
        input += " \(token[...dot])\(wrong)A \(masked(tag))"
      }
      input += "\n"
    }
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "ForgeryProbe")
    process.environment = ProcessInfo.processInfo.environment.merging(
      // Lazy binding would save all registers on the stack at a function's first call.
      ["JOT_KERNELS": kernels, "LD_BIND_NOW": "1"]) { $1 }
    let (to, from) = (Pipe(), Pipe())
    process.standardInput = to
    process.standardOutput = from
    try process.run()
    try to.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try to.fileHandleForWriting.close()
    let output = try from.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
  }

  private static func masked(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let hex = String(byte ^ 0x5a, radix: 16)
      return hex.count == 1 ? "0" + hex : hex
    }.joined()
  }

  private static func decoded(_ text: Substring) -> [UInt8]? {
    var text = text.replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    text += String(repeating: "=", count: -text.count & 3)
    return Data(base64Encoded: text).map(Array.init)
  }
}
