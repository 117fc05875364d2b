// What scenarios are measured on.

/// The inputs of a run, each made when it is first asked for.
struct Pools {
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
