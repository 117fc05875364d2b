// The inputs of a run.
import BenchKit
import Foundation

/// Makes each input of a run when it is first needed.
struct Pools {
  private let count: Int
  private let seed: UInt64
  private let folder: String?
  private var made: [[String]: Pool] = [:]

  /// - Parameter folder: A folder that shares slow pools with other processes; nil: none.
  init(count: Int, seed: UInt64, folder: String? = nil) {
    (self.count, self.seed, self.folder) = (count, seed, folder)
  }

  mutating func work(_ scenario: JotScenario) throws(BenchError) -> JotWorkload {
    switch scenario {
    case .tokens(let operation, let algorithm, let profile):
      return .tokens(operation, try pool(algorithm, profile))
    case .cached(let algorithm, .percent(let share)):
      return .cached(.percent(share), try pool(algorithm))
    case .cached(let algorithm, .zipf):
      return .cached(.zipf, try pool(algorithm, count: 16 * count))
    case .keySet(let operation, let algorithm, let keys):
      // As many tokens for few keys as for many, so that only the keys differ; but signatures of
      // private keys take long to make.
      let isMany = algorithm.hasSecret || keys > count
      let tokens = isMany ? max(count, 10_048) : count
      return .keySet(operation, try pool(algorithm, .kidHeader, keys: keys, count: tokens))
    case .issuers(let count, let reading):
      return .issuers(reading, try pool(.hs256, issuers: count, count: max(self.count, 10_048)))
    case .mixed: return .mixed(try pool(.hs256), try pool(.rs256))
    case .claims(let coding, let profile): return .claims(coding, try pool(.hs256, profile))
    case .base64url(let coding, let characters):
      return .texts(TextPool(coding, characters: characters, count: count, seed: seed))
    case .hostile(.wrongRSASignature):
      return .hostile(HostilePool(.wrongRSASignature, broken: try pool(.rs256)))
    case .hostile(let attack):
      return .hostile(try HostilePool(attack, count: count, seed: seed))
    }
  }

  private mutating func pool(
    _ algorithm: JotScenario.Algorithm, _ profile: TokenProfile = .accessToken, keys: Int? = nil,
    issuers: Int? = nil, count: Int? = nil
  ) throws(BenchError) -> Pool {
    let count = count ?? self.count
    let name = [
      algorithm.rawValue, profile.rawValue, "\(keys ?? 0)", "\(issuers ?? 0)", "\(count)",
    ]
    if let pool = made[name] { return pool }
    // A MAC is as fast to make as to read; and a file has one key.
    let file =
      algorithm.hasSecret || keys != nil
      ? nil : folder.map { "\($0)/\(name.joined(separator: "-")).pool" }
    let kept = file.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) }
    if let pool = kept.flatMap({ Pool($0, algorithm, profile, count: count) }) {
      made[name] = pool
      return pool
    }
    let pool = try Pool(algorithm, profile, keys: keys, issuers: issuers, count: count, seed: seed)
    if let file { try AtomicFile.write(pool.text, to: file, option: file) }
    made[name] = pool
    return pool
  }
}
