// Whether a token that an engine made is right, where no two are the same: off the clock.
import BenchKit

/// Checks signatures that can't be foreseen (RSA-PSS, ECDSA), by OpenSSL.
struct TokenJudge: Sendable {
  private let worker: OpenSSLWorker

  /// Nil where OpenSSL has no context for the pool's key.
  init?(_ pool: Pool) {
    guard let worker = try? OpenSSLWorker(pool.key, signs: false) else { return nil }
    self.worker = worker
  }

  /// Whether the pool's key signed `token`.
  func isRight(_ token: [UInt8]) -> Bool {
    guard let dot = token.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return worker.verify(Array(token[..<dot]), Base64.bytes(token[(dot + 1)...]))
  }
}
