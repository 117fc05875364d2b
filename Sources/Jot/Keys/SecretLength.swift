// The length of a secret, and the algorithms that it is long enough for (RFC 7518 §3.2).

/// The length of a secret whose content was accepted; an algorithm may require more.
struct SecretLength: Sendable {
  let count: Int
  let allowsShort: Bool

  init(
    _ secret: borrowing Secret, allowingShort: Bool, allowingRepeated: Bool = false
  ) throws(JWTError) {
    (count, allowsShort) = (secret.count, allowingShort)
    guard secret.count > 0 else { throw .keyEmpty }
    try secret.withBytes { bytes throws(JWTError) in
      if let text = JWTError.KeyText.recognize(bytes) { throw .keyLooksAsymmetric(text) }
    }
    // Zeros are uninitialised memory, never an intended secret.
    guard !secret.isOneByteRepeated || allowingRepeated && !secret.withBytes({ $0[0] == 0 }) else {
      throw .keyWeak
    }
  }
}

extension Algorithm {
  /// Checks that a key with `algorithms` and, for a secret, this length can serve this algorithm.
  func check(_ algorithms: [Algorithm], _ secretLength: SecretLength?) throws(JWTError) {
    guard algorithms.contains(self) else { throw .algorithmKeyMismatch }
    if let secretLength, !secretLength.allowsShort, let hash,
      secretLength.count < hash.digestLength
    {
      throw .keyTooShort(needed: hash.digestLength, has: secretLength.count)
    }
  }
}
