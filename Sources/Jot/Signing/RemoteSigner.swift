// Keys that are elsewhere: a KMS, an HSM, another process. Before it: claims. After it: a token,
// checked.

/// Something that signs with a key that this process does not have.
public protocol RemoteSigner: Sendable {
  /// The algorithm that it signs with.
  var algorithm: Algorithm { get }

  /// The key that verifies what it signs. Each answer is checked with it before it leaves.
  var verificationKey: VerificationKey { get }

  /// Returns the signature of `signingInput`, as JWS has it: for ECDSA raw r‖s, not DER
  /// (``Algorithm/signature(fromDER:)`` translates).
  func signature(of signingInput: [UInt8]) async throws -> [UInt8]
}

/// Signs tokens with a ``RemoteSigner``.
///
/// ```swift
/// let signer = try RemoteTokenSigner(kms)
/// let token = try await signer.sign(["sub": "7e0c…"])
/// ```
public struct RemoteTokenSigner: Sendable {
  private let signer: any RemoteSigner
  private let header: [UInt8]

  /// Makes a signer; for the header see ``Signer``.
  ///
  /// - Throws: `algorithmKeyMismatch`, `keyTooShort`.
  public init(
    _ signer: any RemoteSigner, keyID: String? = nil, type: String? = "JWT",
    contentType: String? = nil
  ) throws(JWTError) {
    let key = signer.verificationKey
    try signer.algorithm.check(key.algorithms, key.secretLength)
    self.signer = signer
    header = Header.text(
      signer.algorithm, keyID: keyID ?? key.keyID, type: type, contentType: contentType)
  }

  /// Signs `claims` and returns the token, once its signature was verified.
  ///
  /// - Throws: `remoteSignatureInvalid` for an answer that is no signature of this token, of the
  ///   wrong length or of another key; `CancellationError`; what the remote signer throws.
  public func sign(_ claims: Claims) async throws -> String {
    try Task.checkCancellation()
    let signingInput = header + Segments.encoded(claims.payload)
    let signature = try await signer.signature(of: signingInput)
    // What arrives after a cancellation is nobody's.
    try Task.checkCancellation()
    guard
      signer.verificationKey.isSignature(
        signature.span, of: signingInput.span, by: signer.algorithm)
    else { throw JWTError.remoteSignatureInvalid }
    let token = signingInput + [CompactJWS.dot] + Segments.encoded(signature)
    return String(decoding: token, as: UTF8.self)
  }
}

extension Algorithm {
  /// Returns raw r‖s for an ECDSA signature in DER, which is what most services answer with; nil for
  /// other bytes, and for algorithms that are not ECDSA.
  public func signature(fromDER der: [UInt8]) -> [UInt8]? {
    guard family == .ecdsa,
      let type = KeyType.allCases.first(where: { $0.algorithms.contains(self) })
    else { return nil }
    var raw = [UInt8](repeating: 0, count: 2 * type.width)
    var room = raw.mutableSpan
    let isDone = ECDSASignature.decode(
      der.span, count: der.count, width: type.width, into: &room)
    return isDone ? raw : nil
  }
}
