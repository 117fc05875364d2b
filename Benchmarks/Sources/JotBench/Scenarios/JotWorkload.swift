// What Jot's scenarios are measured on.
import BenchKit

/// What a scenario's operations are done on.
public enum JotWorkload: Workload {
  case tokens(JotScenario.Operation, Pool)
  case cached(CachePattern, Pool)
  case keySet(JotScenario.Operation, Pool)
  case issuers(JotScenario.Reading, Pool)
  case mixed(Pool, Pool)
  case claims(JotScenario.Coding, Pool)
  case texts(TextPool)
  case hostile(HostilePool)

  /// Characters of a token or a text, or bytes of claims: the median.
  public var inputBytes: Int {
    switch self {
    case .tokens(_, let pool), .cached(_, let pool), .keySet(_, let pool), .issuers(_, let pool):
      pool.tokenBytes
    case .mixed(let one, let other): Pool(one, other).tokenBytes
    case .claims(_, let pool): pool.claimsBytes
    case .texts(let pool): pool.characters
    case .hostile(let pool): pool.tokenBytes
    }
  }
}

extension JotWorkload {
  /// The name of its scenario.
  public var scenario: String {
    switch self {
    case .tokens(let operation, let pool):
      JotScenario.tokens(operation, pool.algorithm, pool.profile).name
    case .cached(let pattern, let pool): JotScenario.cached(pool.algorithm, pattern).name
    case .keySet(let operation, let pool):
      JotScenario.keySet(operation, pool.algorithm, keys: pool.keys.count).name
    case .issuers(let reading, let pool): JotScenario.issuers(pool.keys.count, reading).name
    case .mixed: JotScenario.mixed.name
    case .claims(let coding, let pool): JotScenario.claims(coding, pool.profile).name
    case .texts(let pool): JotScenario.base64url(pool.coding, characters: pool.characters).name
    case .hostile(let pool): JotScenario.hostile(pool.attack).name
    }
  }
}
