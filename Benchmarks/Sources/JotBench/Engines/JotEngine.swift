// Jot as a server uses it: without allocations, with one verifier or signer for all threads.
import BenchKit
import Jot

/// Jot, with the caller's buffers.
public struct JotEngine: Engine {
  public let name = "jot"

  public init() {}

  public func workers(_ work: JotWorkload, threads: Int) throws(BenchError) -> [any Worker] {
    if case .claims(let coding, let pool) = work, let type = pool.profile.claimsType {
      var workers: [any Worker] = []
      for _ in 0..<threads { workers.append(try Self.typed(coding, pool, type)) }
      return workers
    }
    do throws(JWTError) {
      switch work {
      case .tokens(.sign, let pool):
        let signer = try Signer(pool)
        let writesClaims = pool.profile == .accessToken
        return (0..<threads).map { _ -> any Worker in
          writesClaims ? JotSign(pool, signer) : JotSignPayload(pool, signer)
        }
      case .tokens(.verify, let pool):
        let verifier = try Verifier(pool)
        return (0..<threads).map { _ in JotVerify(pool, verifier) }
      case .tokens(.signBatch, let pool):
        let signer = try Signer(pool)
        return (0..<threads).map { _ in JotSignBatch(pool, signer) }
      case .tokens(.verifyBatch, let pool):
        let verifier = try Verifier(pool)
        return (0..<threads).map { _ in JotVerifyBatch(pool, verifier) }
      case .cached(.percent(let share), let pool):
        return try JotCached.workers(pool, SharedCache(pool, percent: share), threads: threads)
      case .cached(.zipf, let pool): return try JotZipf.workers(pool, threads: threads)
      case .keySet(.verifyBatch, let pool):
        let verifier = try Verifier(pool)
        return (0..<threads).map { _ in JotVerifyBatch(pool, verifier) }
      case .keySet(_, let pool):
        let verifier = try Verifier(pool)
        return (0..<threads).map { _ in JotVerify(pool, verifier) }
      case .issuers(.verify, let pool):
        let verifier = try IssuerVerifier(pool)
        return (0..<threads).map { _ in JotVerify(pool, verifier) }
      case .issuers(.peek, let pool):
        let verifier = try IssuerVerifier(pool)
        return (0..<threads).map { _ in JotPeek(pool, verifier) }
      case .mixed(let one, let other):
        let verifiers = (try Verifier(one), try Verifier(other))
        return (0..<threads).map { _ in JotMixed((one, other), verifiers) }
      case .claims: return []
      case .texts(let pool): return (0..<threads).map { _ in JotCoding(pool) }
      case .hostile(let pool):
        let verifier = try Verifier(
          key: VerificationKey(pool.key), algorithms: [pool.key.algorithm.jot],
          audience: [TokenProfile.accessToken.audience], required: ["exp"],
          tokenLimit: HostilePool.tokenLimit, clock: { Pool.now })
        return (0..<threads).map { _ in JotRefuse(pool, verifier) }
      }
    } catch {
      throw .unusable("jot: \(error)")
    }
  }
}

extension Verifier {
  /// A verifier for the pool's tokens.
  convenience init(_ pool: Pool) throws(JWTError) {
    let algorithms = [pool.algorithm.jot]
    let issuer = pool.profile.issuer
    guard let keyIDs = pool.keyIDs else {
      try self.init(
        key: VerificationKey(pool.key, keyID: pool.profile.keyID), algorithms: algorithms,
        audience: [pool.profile.audience], issuer: issuer, required: ["exp"], clock: { Pool.now })
      return
    }
    var keys: [VerificationKey] = []
    for (key, keyID) in zip(pool.keys, keyIDs) {
      keys.append(try VerificationKey(key, keyID: keyID))
    }
    self.init(
      keys: try KeySet(keys, keyLimit: keys.count), algorithms: algorithms,
      audience: [pool.profile.audience], issuer: issuer, required: ["exp"], clock: { Pool.now })
  }
}

extension IssuerVerifier {
  /// A verifier for each of the pool's issuers.
  convenience init(_ pool: Pool) throws(JWTError) {
    var verifiers: [Verifier] = []
    for (key, issuer) in zip(pool.keys, pool.issuers ?? []) {
      verifiers.append(
        try Verifier(
          key: VerificationKey(key), algorithms: [pool.algorithm.jot],
          audience: [pool.profile.audience], issuer: issuer, required: ["exp"],
          clock: { Pool.now }))
    }
    try self.init(verifiers)
  }
}

extension VerificationKey {
  convenience init(_ key: OpenSSLKey, keyID: String? = nil) throws(JWTError) {
    if key.algorithm.hasSecret {
      try self.init(secret: key.jotSecret(), keyID: keyID)
    } else {
      try self.init(publicKey: Secret(key.pem(isPrivate: false)), keyID: keyID)
    }
  }
}

extension Signer {
  /// A signer that makes the pool's tokens.
  convenience init(_ pool: Pool) throws(JWTError) {
    let key = pool.key
    try self.init(
      key: key.algorithm.hasSecret
        ? SigningKey(secret: key.jotSecret())
        : SigningKey(privateKey: key.pem(isPrivate: true)),
      algorithm: key.algorithm.jot)
  }
}

extension JotScenario.Algorithm {
  var jot: Jot.Algorithm { Jot.Algorithm(rawValue: rawValue)! }
}

extension OpenSSLKey {
  func jotSecret() -> Secret {
    let bytes = secret
    return Secret(copying: bytes.span)
  }
}

extension ClaimIndex {
  /// The answer of a verification: words of `sub` and the value of `exp`; 0 if one is missing.
  @inline(__always)
  func answer(in span: borrowing MutableSpan<UInt8>) -> UInt64 {
    guard let subject, let expiration else { return 0 }
    return loadWord(span, at: subject.start) &+ loadWord(span, at: subject.end - 8)
      &+ UInt64(bitPattern: expiration)
  }
}
