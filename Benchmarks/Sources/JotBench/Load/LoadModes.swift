// The modes of the server in Benchmarks/Load, and the line that it is started with.
import BenchKit
import Foundation

/// What the server is asked for.
public struct LoadModes: Sendable {
  public let modes: [LoadMode]
  /// The line that starts the server: its port, keys, and what every token must say.
  public let start: String

  /// The names of all modes, in the order of a report.
  public static let names = [
    "none", LoadMode.base, "hs256", "hs256-struct", "hs256-cached", "rs256", "rs256-cached",
    "es256", "jwt-kit-hs256", "jwt-kit-rs256", "jwt-kit-es256",
  ]

  private struct Start: Encodable {
    let port: Int
    let issuer = LoadTokens.issuer
    let audience = LoadTokens.audience
    let secret = String(decoding: Pool.secret, as: UTF8.self)
    let rs256: String
    let es256: String
  }

  /// - Parameters:
  ///   - names: Modes; an unknown one is an error. The base mode is always among them.
  ///   - port: The server's port; 0: one that is free.
  ///   - count: Distinct tokens of each algorithm.
  public init(
    _ names: [String] = Self.names, port: Int = 0, count: Int = 1024, seed: UInt64 = 1
  ) throws(BenchError) {
    if let unknown = names.first(where: { !Self.names.contains($0) }) {
      let all = Self.names.joined(separator: ",")
      throw .usage("--modes \(unknown): of \(all), separated by commas")
    }
    let hs256 = try LoadTokens(.hs256, count: count, seed: seed)
    let rs256 = try LoadTokens(.rs256, count: count, seed: seed)
    let es256 = try LoadTokens(.es256, count: count, seed: seed)
    modes = Self.names.filter { $0 == LoadMode.base || names.contains($0) }.map { name in
      let pool = name.contains("rs256") ? rs256 : name.contains("es256") ? es256 : hs256
      let verifies = !["none", LoadMode.base].contains(name)
      return LoadMode(name: name, tokens: pool.tokens, refused: verifies ? pool.refused : [])
    }
    let start = Start(port: port, rs256: rs256.publicKey, es256: es256.publicKey)
    // A structure of texts and a number.
    self.start = String(decoding: (try? JSONEncoder().encode(start)) ?? Data(), as: UTF8.self)
  }
}
