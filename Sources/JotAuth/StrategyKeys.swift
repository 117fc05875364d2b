// The two keys of a strategy, from FastAPI Users' arguments.

/// What a strategy signs and verifies with.
struct StrategyKeys {
  let signing: SigningKey
  let verification: VerificationKey

  /// Parses keys as `JWTStrategy` documents its arguments.
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
          try signing.verificationKey()
        }
      return
    }
    let length = min(secret.utf8.count, publicKey?.utf8.count ?? .max)
    signing = try SigningKey(secret: Secret(secret), allowingShort: true)
    verification = try VerificationKey(secret: Secret(publicKey ?? secret), allowingShort: true)
    if length < hash.digestLength {
      warn(
        "the secret has \(length) bytes and \(algorithm.rawValue) needs"
          + " \(hash.digestLength) (RFC 7518 section 3.2); make one with:"
          + " openssl rand -hex \(hash.digestLength)")
    }
  }
}
