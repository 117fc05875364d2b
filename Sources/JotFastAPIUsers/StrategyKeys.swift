// The two keys of a strategy, made from FastAPI Users' arguments.

/// The signing and the verification key of a strategy.
struct StrategyKeys {
  let signing: SigningKey
  let verification: VerificationKey

  /// Parses keys as documented for `JWTStrategy`'s arguments.
  init(
    secret: String, publicKey: String?, algorithm: Algorithm, warn: @Sendable (String) -> Void
  ) throws(JWTError) {
    let publicKey = publicKey.flatMap { $0.isEmpty ? nil : $0 }
    guard let hash = algorithm.hash, algorithm.family == .hmac else {
      signing = try SigningKey(privateKey: secret)
      verification =
        if let publicKey {
          try VerificationKey(publicKey: publicKey)
        } else {
          signing.verificationKey
        }
      return
    }
    let other = Secret(publicKey ?? secret)
    let secret = Secret(secret)
    signing = try SigningKey(weakSecret: secret)
    verification = try VerificationKey(weakSecret: other)
    let length = min(secret.count, other.count)
    var faults: [String] = []
    if length < hash.digestLength {
      faults.append(
        "has \(length) bytes and \(algorithm.rawValue) needs \(hash.digestLength)"
          + " (RFC 7518 section 3.2)")
    }
    if secret.isOneByteRepeated || other.isOneByteRepeated {
      faults.append("is one byte repeated")
    }
    if !faults.isEmpty {
      warn(
        "the secret \(faults.joined(separator: " and ")); make one with:"
          + " openssl rand -hex \(hash.digestLength)")
    }
  }
}
