// Jot's scenarios.
import BenchKit

/// What is done, with which algorithm or alphabet, and on what.
public enum JotScenario: Scenario {
  public typealias Input = JotWorkload

  /// Signs or verifies tokens of one key.
  case tokens(Operation, Algorithm, TokenProfile)
  /// Verifies repeated access tokens with a cache.
  case cached(Algorithm, CachePattern)
  /// Verifies access tokens of several keys, found by `kid` in one set; one by one or in batches.
  case keySet(Operation, Algorithm, keys: Int)
  /// Verifies HS256 access tokens of several issuers, each with its own verifier, found by `iss`;
  /// or only finds the verifier.
  case issuers(Int, Reading)
  /// Verifies access tokens of two issuers, HS256 and RS256 in turn, each with its own verifier.
  case mixed
  /// Decodes verified claims into a type, or signs a value of it.
  case claims(Coding, TokenProfile)
  /// Decodes or encodes base64url.
  case base64url(Coding, characters: Int)
  /// Refuses hostile tokens.
  case hostile(Attack)

  public enum Operation: String, Sendable {
    /// Makes a token from a user's id and an expiry.
    case sign
    /// Checks a whole token and reads its claims.
    case verify
    /// The same for ``batchSize`` different tokens in one call.
    case signBatch = "sign-batch"
    case verifyBatch = "verify-batch"

    /// Tokens in one call of a batch.
    static let batchSize = 64
    /// Whether it makes tokens.
    var signs: Bool { self == .sign || self == .signBatch }
  }

  public enum Algorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es256k = "ES256K"
    case es384 = "ES384"
    case es512 = "ES512"
    /// Ed25519.
    case edDSA = "EdDSA"
    case ed448 = "Ed448"

    /// Whether the key that signs also verifies.
    var hasSecret: Bool { rawValue.hasPrefix("HS") }
    /// Whether two signatures of the same bytes differ.
    var isRandomised: Bool { rawValue.hasPrefix("PS") || rawValue.hasPrefix("ES") }
  }

  public enum Coding: String, Sendable { case decode, encode }

  /// How much of a token is read: only its issuer, without verification, or all.
  public enum Reading: String, Sendable { case peek, verify }

  /// Like `verify/HS256/access-token`.
  public var name: String {
    switch self {
    case .tokens(let operation, let algorithm, let profile):
      "\(operation.rawValue)/\(algorithm.rawValue)/\(profile.rawValue)"
    case .cached(let algorithm, let pattern):
      "verify-cached/\(algorithm.rawValue)/\(pattern.name)"
    case .keySet(let operation, let algorithm, let keys):
      "\(operation.rawValue)/\(algorithm.rawValue)/keys-\(keys)"
    case .issuers(let count, let reading): "\(reading.rawValue)/HS256/issuers-\(count)"
    case .mixed: "verify/mixed/access-token"
    case .claims(let coding, let profile): "\(coding.rawValue)/\(profile.rawValue)"
    case .base64url(let coding, let characters): "\(coding.rawValue)/base64url/\(characters)"
    case .hostile(let attack): "hostile/\(attack.rawValue)"
    }
  }

  /// Typed claims, texts and refusals share nothing between threads: one thread is enough.
  public var scales: Bool {
    switch self {
    case .claims, .base64url, .hostile: false
    default: true
    }
  }

  /// Whether its tokens must be refused.
  public var isHostile: Bool {
    if case .hostile = self { true } else { false }
  }

  /// Whether it codes texts, for which there are other engines.
  public var isCoding: Bool {
    if case .base64url = self { true } else { false }
  }

  /// What a run without `--scenario` measures.
  public static let standard: [JotScenario] = [
    .tokens(.sign, .hs256, .accessToken), .tokens(.verify, .hs256, .accessToken),
    .tokens(.sign, .rs256, .accessToken), .tokens(.verify, .rs256, .accessToken),
    .tokens(.verifyBatch, .hs256, .accessToken), .tokens(.verifyBatch, .rs256, .accessToken),
    .cached(.rs256, .percent(100)), .cached(.rs256, .percent(90)),
  ]

  /// All scenarios, in the order of the table.
  public static let all: [JotScenario] =
    standard + [.tokens(.signBatch, .hs256, .accessToken)]
    + [.es256, .es384, .es512, .es256k, .edDSA].map { .tokens(.verifyBatch, $0, .accessToken) }
    + Algorithm.allCases.filter { ![.hs256, .rs256].contains($0) }.flatMap { algorithm in
      [Operation.sign, .verify].map { .tokens($0, algorithm, .accessToken) }
    }
    + TokenProfile.verified.map { .tokens(.verify, .hs256, $0) }
    + [TokenProfile.oneKiB, .fourKiB, .kidHeader].map { .tokens(.verify, .rs256, $0) }
    + [.tokens(.verify, .es256, .kidHeader)]
    + [Algorithm.hs256, .rs256].flatMap { algorithm in
      [TokenProfile.oneKiB, .fourKiB].map { .tokens(.sign, algorithm, $0) }
    }
    + [75, 50, 25, 0].map { .cached(.rs256, .percent($0)) } + [.cached(.rs256, .zipf)]
    + [Algorithm.es256, .edDSA].flatMap { algorithm in
      [100, 90].map { .cached(algorithm, .percent($0)) }
    }
    + [Algorithm.hs256, .rs256, .es256].flatMap { algorithm in
      [1, 10, 100, 256, 10_000].map { .keySet(.verify, algorithm, keys: $0) }
    }
    + [Algorithm.hs256, .rs256, .es256].map { .keySet(.verifyBatch, $0, keys: 100) } + [.mixed]
    + [Reading.peek, .verify].flatMap { reading in [1, 10, 1000].map { .issuers($0, reading) } }
    + [Coding.decode, .encode].flatMap { coding in
      TokenProfile.typed.map { .claims(coding, $0) }
    }
    + [Coding.decode, .encode].flatMap { coding in
      [43, 123, 1024, 65536].map { .base64url(coding, characters: $0) }
    }
    + Attack.allCases.map { .hostile($0) }

  /// Returns the scenarios whose name `glob` matches.
  public static func matching(_ glob: String) throws(BenchError) -> [JotScenario] {
    let found = all.filter { Glob(glob).matches($0.name) }
    guard !found.isEmpty else {
      let near = Glob.near(glob, among: all.map(\.name)).joined(separator: ", ")
      throw .usage(
        "--scenario \(glob) matches none"
          + (near.isEmpty ? " (see: jot-bench list)" : "; near it: \(near)"))
    }
    return found
  }
}
