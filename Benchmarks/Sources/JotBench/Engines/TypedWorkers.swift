// Workers of claims that have a type: one loop for all engines' coders.
import BenchKit
import Jot

/// Decodes verified claims.
final class DecodeWorker<Input, Payload: TypedClaims>: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let inputs: [Input]
  private let unfit: Input
  private let decode: (Input) throws -> Payload
  private var cursor = 0

  /// - Parameters:
  ///   - input: What a decoder reads, off the clock.
  ///   - decode: The operation.
  init(
    _ pool: Pool, _ type: Payload.Type, input: (VerifiedClaims) -> Input,
    decode: @escaping (Input) throws -> Payload
  ) throws(BenchError) {
    let verified = try VerifiedPool(pool)
    (inputs, unfit) = (verified.claims.map(input), input(verified.unfit))
    (expected, self.decode) = (pool.tokens.map(\.claimsAnswer), decode)
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    for _ in 0..<count {
      if let payload = try? decode(inputs[cursor]) { sum &+= payload.answer }
      cursor += 1
      if cursor == inputs.count { cursor = 0 }
    }
    return sum
  }

  func refusesBadTokens() -> Bool { (try? decode(unfit)) == nil }
}

/// Signs values.
///
/// An encoder may choose another order of members each time. So the answer is the token's length,
/// and the last token of a run is verified and compared with its value.
final class EncodeWorker<Payload: TypedClaims>: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let values: [Payload]
  private let sign: (Payload) throws -> String
  private let judge: TokenJudge
  private let verifier: Verifier
  private var cursor = 0
  private var last: (token: String, value: Payload)?

  /// - Parameters:
  ///   - verifier: For a pool of another time than ``Pool/now``.
  ///   - sign: The operation.
  init(
    _ pool: Pool, _ type: Payload.Type, verifier: Verifier? = nil,
    _ sign: @escaping (Payload) throws -> String
  ) throws(BenchError) {
    guard let judge = TokenJudge(pool) else { throw .unusable("OpenSSL has no context") }
    (self.judge, self.sign) = (judge, sign)
    do {
      let verifier = try verifier ?? Verifier(pool)
      self.verifier = verifier
      values = try VerifiedPool(pool, verifier: verifier).claims.map { try $0.decode(type) }
      expected = try values.map { UInt64(try sign($0).utf8.count) }
    } catch {
      throw .unusable("\(error)")
    }
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<count {
      if let token = try? sign(values[cursor]) {
        sum &+= UInt64(token.utf8.count)
        if index == count - 1 { last = (token, values[cursor]) }
      }
      cursor += 1
      if cursor == values.count { cursor = 0 }
    }
    return sum
  }

  func refusesBadTokens() -> Bool {
    guard let (token, value) = last else { return true }
    let claims = try? verifier.verify(token).decode(Payload.self)
    return judge.isRight(Array(token.utf8)) && claims == value
  }
}
