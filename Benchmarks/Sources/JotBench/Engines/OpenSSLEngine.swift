// The reference for all other engines.
import BenchKit

/// The least work that OpenSSL needs for the same bytes.
///
/// It handles a batch's tokens one by one, has no cache, and knows each token's key without a
/// search. Where only the issuer is read, its verification is still the reference, and so it is
/// where verified claims are decoded into a type; where values are encoded, its signature is. Texts
/// are base64 with the standard alphabet and padding. It does not read claims, so it has no hostile
/// rows.
public struct OpenSSLEngine: Engine {
  public let name = "openssl"

  public init() {}

  public func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
    var workers: [any Worker] = []
    for _ in 0..<threads {
      switch work {
      case .tokens(let operation, let pool):
        workers.append(try OpenSSLShare(pool, signs: operation.signs))
      case .cached(_, let pool), .keySet(_, let pool), .issuers(_, let pool):
        workers.append(try OpenSSLShare(pool, signs: false))
      case .mixed(let one, let other):
        workers.append(try OpenSSLShare(Pool(one, other), signs: false))
      case .claims(let coding, let pool):
        workers.append(try OpenSSLShare(pool, signs: coding == .encode))
      case .texts(let pool): workers.append(OpenSSLCoding(pool))
      case .hostile: break
      }
    }
    return workers
  }
}

private final class OpenSSLShare: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let signs: Bool
  private let items: OpenSSLItems
  private let token: PoolToken
  private let signer: OpenSSLWorker
  private let verifier: OpenSSLWorker
  private var cursor = 0

  init(_ pool: Pool, signs: Bool) throws(BenchError) {
    self.signs = signs
    var workers: [OpenSSLWorker] = []
    var made: [ObjectIdentifier: OpenSSLWorker] = [:]
    for key in pool.keys {
      // Keys of a set may be the same.
      if let worker = made[ObjectIdentifier(key)] {
        workers.append(worker)
        continue
      }
      let worker = try OpenSSLWorker(key, signs: signs)
      made[ObjectIdentifier(key)] = worker
      workers.append(worker)
    }
    items = OpenSSLItems(pool.tokens, workers)
    token = pool.tokens[0]
    let other = try OpenSSLWorker(pool.keys[token.key], signs: !signs)
    (signer, verifier) = signs ? (workers[token.key], other) : (other, workers[token.key])
    let isRandomised = pool.algorithm.isRandomised
    expected = pool.tokens.map {
      signs ? (isRandomised ? 1 : $0.signatureAnswer) : $0.claimsAnswer
    }
  }

  func run(_ count: Int) -> UInt64 { items.run(signs: signs, &cursor, count) }

  /// It knows one reason: a wrong signature. It must verify what it has signed.
  func refusesBadTokens() -> Bool {
    guard let signature = try? signs ? signer.sign(token.signingInput) : token.signature else {
      return false
    }
    var broken = signature
    broken[broken.count - 1] ^= 1
    return verifier.verify(token.signingInput, signature)
      && !verifier.verify(token.signingInput, broken)
  }
}

private final class OpenSSLCoding: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let coding: JotScenario.Coding
  private let texts: OpenSSLTexts
  private let foreign: OpenSSLTexts
  private var cursor = 0

  init(_ pool: TextPool) {
    coding = pool.coding
    expected = pool.standardAnswers
    let decodes = pool.coding == .decode
    texts = OpenSSLTexts(
      decodes ? pool.standard : pool.bytes,
      answerCount: decodes ? pool.bytes[0].count : pool.characters)
    foreign = OpenSSLTexts(
      [[UInt8(ascii: "!")] + pool.standard[0].dropFirst()], answerCount: pool.bytes[0].count)
  }

  func run(_ count: Int) -> UInt64 { texts.run(coding, &cursor, count) }

  func refusesBadTokens() -> Bool {
    var cursor = 0
    return coding == .encode || foreign.run(.decode, &cursor, 1) == 0
  }
}
