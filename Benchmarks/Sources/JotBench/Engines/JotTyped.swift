// Jot decodes verified claims into a type, and signs values of it.
import BenchKit
import Jot

extension JotEngine {
  /// A worker that decodes or encodes the claims of a pool's type.
  static func typed<Payload: TypedClaims>(
    _ coding: JotScenario.Coding, _ pool: Pool, _ type: Payload.Type
  ) throws(BenchError) -> any Worker {
    switch coding {
    case .decode:
      return try DecodeWorker(pool, type, input: { $0 }, decode: { try $0.decode(Payload.self) })
    case .encode:
      let signer = try signer(pool)
      return try EncodeWorker(pool, type) { try signer.sign($0) }
    }
  }

  /// A signer that makes the pool's tokens.
  static func signer(_ pool: Pool) throws(BenchError) -> Signer {
    do throws(JWTError) { return try Signer(pool) } catch { throw .unusable("jot: \(error)") }
  }
}
