// Who does the work. The runner knows no engine: it counts operations and compares answers.

/// Something that signs and verifies.
public protocol Engine: Sendable {
  /// The name in the table; ours begin with `jot`.
  var name: String { get }

  /// Returns what one thread works with; all that can be done once is done here.
  func worker(_ scenario: Scenario, _ pool: Pool) throws(BenchError) -> any Worker
}

/// One thread's share of an engine.
public protocol Worker: AnyObject, Sendable {
  /// Runs `count` operations over the pool, going on where the last run ended, and returns the sum
  /// of their answers.
  func run(_ count: Int) -> UInt64

  /// The answer that each of the pool's tokens must give, computed from the pool alone.
  var expected: [UInt64] { get }

  /// Whether every token that must be refused is, for its reason.
  func refusesBadTokens() -> Bool
}

/// The least that OpenSSL needs for the same bytes.
public struct OpenSSLEngine: Engine {
  public let name = "openssl"

  public init() {}

  public func worker(_ scenario: Scenario, _ pool: Pool) throws(BenchError) -> any Worker {
    try OpenSSLShare(scenario, pool)
  }
}

private final class OpenSSLShare: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let operation: Scenario.Operation
  private let worker: OpenSSLWorker
  private let items: OpenSSLItems
  private let pool: Pool
  private var cursor = 0

  init(_ scenario: Scenario, _ pool: Pool) throws(BenchError) {
    operation = scenario.operation
    worker = try OpenSSLWorker(pool.key, scenario.operation)
    items = OpenSSLItems(pool.tokens)
    expected = pool.tokens.map {
      scenario.operation == .verify ? $0.claimsAnswer : $0.signatureAnswer
    }
    self.pool = pool
  }

  func run(_ count: Int) -> UInt64 { worker.run(operation, items, &cursor, count) }

  func refusesBadTokens() -> Bool {
    guard operation == .verify else { return true }
    // Of the reasons it knows one: a signature that is wrong.
    let token = pool.tokens[0]
    var signature = token.signature
    signature[0] ^= 1
    return worker.verify(token.signingInput, token.signature)
      && !worker.verify(token.signingInput, signature)
  }
}
