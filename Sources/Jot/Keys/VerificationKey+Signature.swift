// Signatures over any bytes, without a token around them (RFC 7515 §5): for other formats, remote
// signers and test vectors. Not the token's way.

extension VerificationKey {
  /// Returns whether `signature` is this key's signature, or MAC, of `message`.
  ///
  /// - Parameters:
  ///   - signature: As JWS has it: raw r‖s for ECDSA, the whole MAC for HMAC.
  ///   - algorithm: One that the key serves; with any other the answer is false.
  public func isSignature(
    _ signature: Span<UInt8>, of message: Span<UInt8>, by algorithm: Algorithm
  ) -> Bool {
    guard served & algorithm.bit != 0 else { return false }
    switch material {
    case .hmac(let key):
      let hash = Algorithm.hash(ofNumber: algorithm.number)
      return key.isTag(signature, of: message, with: hash)
    case .asymmetric(let key):
      var copy = (0..<signature.count).map { signature[$0] }
      let room = copy.mutableSpan
      return key.isValid(
        room, count: signature.count, of: message, in: 0..<message.count,
        by: algorithm.number)
    }
  }
}

extension SigningKey {
  /// Returns this key's signature, or MAC, of `message`, as JWS has it.
  ///
  /// - Throws: `algorithmKeyMismatch`, `keyTooShort`, `cryptographyFailed`.
  public func signature(
    of message: Span<UInt8>, by algorithm: Algorithm
  ) throws(JWTError) -> [UInt8] {
    try algorithm.check(algorithms, secretLength)
    switch material {
    case .hmac(let key):
      let hash = Algorithm.hash(ofNumber: algorithm.number)
      let tag = key.authenticate(message, in: 0..<message.count, with: hash)
      return (0..<tag.count).map { tag[$0] }
    case .asymmetric(let key):
      var signature = [UInt8](repeating: 0, count: key.signatureLength)
      var room = signature.mutableSpan
      try key.sign(message, in: 0..<message.count, by: algorithm.number, into: &room)
      return signature
    }
  }
}
