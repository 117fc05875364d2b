// Verified claims as values of Decodable types.

extension TokenVerifier {
  /// Verifies `token` and decodes its claims.
  ///
  /// ```swift
  /// struct Access: Decodable { let sub: String; let role: String; let exp: Int }
  /// let access = try verifier.verify(token, as: Access.self)
  /// ```
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization, without whitespace around it.
  ///   - type: The type of the claims; see ``VerifiedClaims/decode(_:)``.
  /// - Throws: ``JWTError``: the first check that failed; `DecodingError` if valid claims do not fit
  ///   the type.
  /// - Complexity: O(n).
  public func verify<Payload: Decodable>(
    _ token: String, as type: Payload.Type
  ) throws -> Payload {
    try verify(token).decode(type)
  }

  /// Verifies `token`, a part of a text such as a header's value, and decodes its claims.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization, without whitespace around it.
  ///   - type: The type of the claims; see ``VerifiedClaims/decode(_:)``.
  /// - Throws: ``JWTError``: the first check that failed; `DecodingError` if valid claims do not fit
  ///   the type.
  /// - Complexity: O(n).
  public func verify<Payload: Decodable>(
    _ token: Substring, as type: Payload.Type
  ) throws -> Payload {
    try verify(token).decode(type)
  }

  /// Verifies `token`, a buffer of bytes, and decodes its claims.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - type: The type of the claims; see ``VerifiedClaims/decode(_:)``.
  /// - Throws: ``JWTError``: the first check that failed; `DecodingError` if valid claims do not fit
  ///   the type.
  /// - Complexity: O(n).
  public func verify<Payload: Decodable>(
    _ token: [UInt8], as type: Payload.Type
  ) throws -> Payload {
    try verify(token).decode(type)
  }
}

extension VerifiedClaims {
  /// Decodes the claims of a verified token, straight from its bytes.
  ///
  /// Names are compared as bytes. A whole number must fit its type exactly; `1.0` and `1e3` are
  /// whole numbers, as for `JSONDecoder`. A `Double` or `Float` is rounded once. With JotFoundation
  /// a `Date` reads a NumericDate, `Data` base64, a `URL` its text, a `Decimal` a number; without
  /// it they are refused.
  ///
  /// - Parameter type: The type of the claims.
  /// - Throws: `DecodingError`, with the claim's coding path; errors of the type's own coding.
  /// - Complexity: O(n), if each member is read once. Two allocations for a flat type whose
  ///   properties are no more than 32, two more for each container in it, besides the values' own.
  public func decode<Payload: Decodable>(
    _ type: Payload.Type = Payload.self
  ) throws -> Payload {
    try ClaimsDecoder(payload).decode(type)
  }
}
