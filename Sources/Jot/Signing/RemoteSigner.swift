// Signing with keys held elsewhere: a KMS, an HSM, another process.

/// A signer whose key is not in this process.
public protocol RemoteSigner: Sendable {
  /// The algorithm of its signatures.
  var algorithm: Algorithm { get }

  /// The key that verifies its signatures. Each answer is checked with it before it is returned.
  var verificationKey: VerificationKey { get }

  /// Returns the signature of `signingInput`, in JWS's form: for ECDSA raw r‖s, not DER
  /// (``Algorithm/signature(fromDER:)`` converts).
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

  /// Makes a signer.
  ///
  /// - Parameters:
  ///   - signer: Makes the signatures.
  ///   - keyID: The header's `kid`; nil uses the verification key's, if it has one.
  ///   - type: The header's `typ`; nil leaves it out.
  ///   - contentType: The header's `cty`; nil leaves it out.
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

  /// Signs `claims`, verifies the signature and returns the token.
  ///
  /// - Throws: `remoteSignatureInvalid` if the answer is not a signature of this token, for example
  ///   of the wrong length or by another key; `CancellationError`; errors of the remote signer.
  public func sign(_ claims: Claims) async throws -> String {
    try await sign(payload: claims.payload)
  }

  /// Signs `payload`, one JSON object; see ``sign(_:)``.
  func sign(payload: [UInt8]) async throws -> String {
    try Task.checkCancellation()
    let signingInput = header + Segments.encoded(payload)
    let signature = try await signer.signature(of: signingInput)
    // Discard an answer that arrives after a cancellation.
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
  /// Returns raw r‖s for an ECDSA signature in DER, the usual answer of services; nil for other
  /// bytes and for algorithms other than ECDSA.
  public func signature(fromDER der: [UInt8]) -> [UInt8]? {
    guard family == .ecdsa,
      let type = KeyType.allCases.first(where: { $0.algorithms.contains(self) })
    else { return nil }
    var raw = [UInt8](repeating: 0, count: 2 * type.width)
    var span = raw.mutableSpan
    let isDone = ECDSASignature.decode(
      der.span, count: der.count, width: type.width, into: &span)
    return isDone ? raw : nil
  }
}
