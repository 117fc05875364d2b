// Foundation's coders beside Jot's: the only engine that uses Foundation in its loops.
import BenchKit
import Foundation
import JotFoundation

/// JSONDecoder on the payloads that Jot has verified, and JSONEncoder before Jot's signature. Both
/// are made once and kept, and what is encoded is signed without a check, which favours them.
public struct FoundationEngine: Engine {
  public let name = "foundation"

  public init() {}

  public func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
    guard case .claims(let coding, let pool) = work, let type = pool.profile.claimsType else {
      return []
    }
    var workers: [any Worker] = []
    for _ in 0..<threads { workers.append(try Self.worker(coding, pool, type)) }
    return workers
  }

  private static func worker<Payload: TypedClaims>(
    _ coding: JotScenario.Coding, _ pool: Pool, _ type: Payload.Type
  ) throws(BenchError) -> any Worker {
    switch coding {
    case .decode:
      let decoder = JSONDecoder.claims
      return try DecodeWorker(
        pool, type, input: { Data($0.payload) },
        decode: { try decoder.decode(Payload.self, from: $0) })
    case .encode:
      let (encoder, signer) = (JSONEncoder.claims, try JotEngine.signer(pool))
      return try EncodeWorker(pool, type) { value in
        let payload = Array(try encoder.encode(value))
        var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
        var span = token.mutableSpan
        let count = try signer.sign(payload: payload.span, into: &span)
        return String(decoding: token[..<count], as: UTF8.self)
      }
    }
  }
}

/// Claims with dates and an enumeration.
struct DatedClaims: TypedClaims {
  enum Role: String, Codable { case reader, editor, administrator }

  let iss, sub: String
  let aud: [String]
  let exp, nbf, iat: Date
  let role: Role

  var subject: String { sub }
  var expiration: Int64 { Int64(exp.timeIntervalSince1970) }
}
