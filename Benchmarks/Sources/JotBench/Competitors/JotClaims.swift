// Jot as other libraries are asked: a token into a value of a type, and a value into a token.
import BenchKit
import Jot

/// Verifies tokens and decodes their claims, as a server's code does.
final class JotVerifyClaims<Payload: TypedClaims>: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: Verifier
  private let tokens: [String]
  private let refused: [(token: [UInt8], reason: String)]
  private var cursor = 0

  init(_ pool: Pool, _ verifier: Verifier, _ type: Payload.Type) {
    (self.verifier, refused) = (verifier, pool.refused)
    tokens = pool.tokens.map { String(decoding: $0.text, as: UTF8.self) }
    expected = pool.tokens.map(\.claimsAnswer)
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    for _ in 0..<count {
      if let payload = try? verifier.verify(tokens[cursor], as: Payload.self) {
        sum &+= payload.answer
      }
      cursor += 1
      if cursor == tokens.count { cursor = 0 }
    }
    return sum
  }

  func refusesBadTokens() -> Bool {
    refused.allSatisfy { token, reason in
      do {
        _ = try verifier.verify(token, as: Payload.self)
        return false
      } catch {
        return (error as? JWTError)?.code.rawValue == reason
      }
    }
  }
}

extension CompetitorTask {
  /// Jot's worker for claims of a type.
  func jot<Payload: TypedClaims>(
    _ pool: Pool, _ type: Payload.Type
  ) throws(BenchError) -> any Worker {
    let verifier: Verifier
    do throws(JWTError) { verifier = try Verifier(onMachineClock: pool) } catch {
      throw .unusable("jot: \(error)")
    }
    guard isSigning else { return JotVerifyClaims(pool, verifier, type) }
    let signer = try JotEngine.signer(pool)
    return try EncodeWorker(pool, type, verifier: verifier) { try signer.sign($0) }
  }
}

extension Verifier {
  /// A verifier for the pool's tokens with the machine's clock, like the competitors'.
  convenience init(onMachineClock pool: Pool) throws(JWTError) {
    try self.init(
      key: VerificationKey(pool.key), algorithms: [pool.algorithm.jot],
      audience: [pool.profile.audience], required: ["exp"])
  }
}
