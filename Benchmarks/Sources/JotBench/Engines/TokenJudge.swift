// Verifies tokens with randomised signatures, off the clock.
import BenchKit

/// Checks randomised signatures (RSA-PSS, ECDSA) with OpenSSL.
struct TokenJudge: Sendable {
  private let worker: OpenSSLWorker

  /// Nil if OpenSSL has no context for the pool's key.
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
