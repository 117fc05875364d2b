// What is measured: a question, its input and its answer.

/// A question, by name: what is done, with which algorithm or alphabet, and on what.
public enum Scenario: Sendable, Hashable {
  /// What is done with tokens of one key and algorithm.
  case tokens(Operation, Algorithm, Shape)
  /// How long a text of so many characters takes to read or to write.
  case base64url(Coding, characters: Int)
  /// How long it takes to refuse what is sent to do harm.
  case hostile(Attack)

  public enum Operation: String, Sendable {
    /// Makes a token from a user's id and an expiry.
    case sign
    /// Checks all of a token and gets at its claims.
    case verify
    /// The same for many different tokens in one call, ``batchSize`` of them.
    case signBatch = "sign-batch"
    case verifyBatch = "verify-batch"
    /// Verifies tokens that were all verified before, with a cache.
    case verifyCached = "verify-cached"
    /// The same where one operation in ten meets a token that the cache does not have.
    case verifyMostlyCached = "verify-cached/90-percent"

    /// Tokens in one call of a batch.
    static let batchSize = 64
    /// Whether tokens are made, not read.
    var signs: Bool { self == .sign || self == .signBatch }
  }

  public enum Algorithm: String, Sendable {
    case hs256 = "HS256"
    case rs256 = "RS256"
  }

  public enum Coding: String, Sendable { case decode, encode }

  /// Like `verify/HS256/access-token`.
  public var name: String {
    switch self {
    case .tokens(.verifyMostlyCached, let algorithm, _):
      "verify-cached/\(algorithm.rawValue)/90-percent"
    case .tokens(let operation, let algorithm, let shape):
      "\(operation.rawValue)/\(algorithm.rawValue)/\(shape.rawValue)"
    case .base64url(let coding, let characters): "\(coding.rawValue)/base64url/\(characters)"
    case .hostile(let attack): "hostile/\(attack.rawValue)"
    }
  }

  /// Whether more threads tell more: texts and refusals share nothing, so one thread says it all.
  var scales: Bool {
    if case .tokens = self { true } else { false }
  }

  /// Whether it is about tokens that must be refused.
  public var isHostile: Bool {
    if case .hostile = self { true } else { false }
  }

  /// Whether it is about texts, which peers of their own have a part in.
  public var isCoding: Bool {
    if case .base64url = self { true } else { false }
  }

  /// What a run without `--scenario` measures: the main rows, many tokens and the cache.
  public static let standard: [Scenario] = [
    .tokens(.sign, .hs256, .accessToken), .tokens(.verify, .hs256, .accessToken),
    .tokens(.sign, .rs256, .accessToken), .tokens(.verify, .rs256, .accessToken),
    .tokens(.verifyBatch, .hs256, .accessToken), .tokens(.verifyBatch, .rs256, .accessToken),
    .tokens(.verifyCached, .rs256, .accessToken),
    .tokens(.verifyMostlyCached, .rs256, .accessToken),
  ]

  /// All scenarios, in the order of the table.
  public static let all: [Scenario] =
    standard + [.tokens(.signBatch, .hs256, .accessToken)]
    + Shape.allCases.filter { $0 != .accessToken }.map { .tokens(.verify, .hs256, $0) }
    + [Coding.decode, .encode].flatMap { coding in
      [43, 123, 1024, 65536].map { .base64url(coding, characters: $0) }
    }
    + Attack.allCases.map { .hostile($0) }

  /// Returns the scenarios whose name `glob` matches.
  public static func matching(_ glob: String) throws(BenchError) -> [Scenario] {
    let found = all.filter { Glob(glob).matches($0.name) }
    guard !found.isEmpty else {
      throw .usage(
        "--scenario \(glob) matches none of: \(all.map(\.name).joined(separator: ", "))")
    }
    return found
  }
}
