// Signatures over any bytes, outside a token (RFC 7515 §5): for other formats, remote signers and
// test vectors.

extension VerificationKey {
  /// Returns whether `signature` is this key's signature, or MAC, of `message`; false if OpenSSL
  /// fails.
  ///
  /// - Parameters:
  ///   - signature: In JWS's form: raw r‖s for ECDSA, the whole MAC for HMAC.
  ///   - message: Any bytes.
  ///   - algorithm: One of the key's algorithms; for any other the answer is false.
  public func isSignature(
    _ signature: Span<UInt8>, of message: Span<UInt8>, by algorithm: Algorithm
  ) -> Bool {
    guard algorithmMask & algorithm.id.bit != 0 else { return false }
    switch material {
    case .hmac(let key):
      let hash = algorithm.id.hash
      return key.isTag(signature, of: message, with: hash)
    case .asymmetric(let key):
      var copy = (0..<signature.count).map { signature[$0] }
      let span = copy.mutableSpan
      let isValid = try? key.isValid(
        span, count: signature.count, of: message, in: 0..<message.count,
        by: algorithm.id)
      return isValid ?? false
    }
  }
}

extension SigningKey {
  /// Returns this key's signature, or MAC, of `message`, in JWS's form.
  ///
  /// - Parameters:
  ///   - message: Any bytes.
  ///   - algorithm: One of the key's algorithms.
  /// - Throws: `algorithmKeyMismatch`, `keyTooShort`, `cryptographyFailed`.
  public func signature(
    of message: Span<UInt8>, by algorithm: Algorithm
  ) throws(JWTError) -> [UInt8] {
    try algorithm.check(algorithms, secretLength)
    switch material {
    case .hmac(let key):
      let hash = algorithm.id.hash
      let tag = key.authenticate(message, in: 0..<message.count, with: hash)
      guard tag.count > 0 else { throw .cryptographyFailed.orProviderMissing }
      return (0..<tag.count).map { tag[$0] }
    case .asymmetric(let key):
      var signature = [UInt8](repeating: 0, count: key.signatureLength)
      var span = signature.mutableSpan
      try key.sign(message, in: 0..<message.count, by: algorithm.id, into: &span)
      return signature
    }
  }
}
