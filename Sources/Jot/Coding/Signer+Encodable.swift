// Signing values of Encodable types.

extension Signer {
  /// Signs `payload`, encoded as one JSON object, and returns the token.
  ///
  /// ```swift
  /// struct Access: Codable { let sub: String; let role: String; let exp: Int }
  /// let token = try signer.sign(Access(sub: "ada", role: "editor", exp: 4_102_444_800))
  /// ```
  ///
  /// Members are written in the order in which the type encodes them, as ``Claims`` are: no spaces,
  /// ASCII only. With JotFoundation a `Date` is whole seconds since 1970, rounded down; without it
  /// a `Date` is refused.
  ///
  /// - Parameter payload: Must encode as an object.
  /// - Throws: ``CodablePayloadError``; `EncodingError`, such as that of a number that is not
  ///   finite, with the claim's coding path; ``JWTError``.
  /// - Complexity: O(n).
  // Disfavored, because a literal of claims must not become a dictionary, which has no order.
  @_disfavoredOverload
  public func sign(_ payload: some Encodable) throws -> String {
    try ClaimsEncoder.withPayload(of: payload) { text, payload in
      try String(tokenLength: tokenLength(forPayload: payload.count)) {
        (token) throws(JWTError) in
        try steps.sign(text, in: payload, key: key.material, into: &token, at: 0)
      }
    }
  }
}

extension RemoteTokenSigner {
  /// Signs `payload`, encoded as one JSON object, verifies the signature and returns the token.
  ///
  /// - Parameter payload: Must encode as an object; see ``Signer/sign(_:)-(Encodable)``.
  /// - Throws: ``CodablePayloadError``, `EncodingError`; what `sign` of ``Claims`` throws.
  @_disfavoredOverload
  public func sign(_ payload: some Encodable & Sendable) async throws -> String {
    let bytes = try ClaimsEncoder.withPayload(of: payload) { text, payload in
      payload.map { text[$0] }
    }
    return try await sign(payload: bytes)
  }
}
