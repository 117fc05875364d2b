// Codable payloads, with Foundation's coders. A separate module, so that Jot itself does not link
// Foundation. The encoder decides the bytes of such a token, which may differ from PyJWT's.
public import Foundation
@_exported public import Jot

extension Signer {
  /// Signs `payload`, encoded as one JSON object, and returns the token.
  ///
  /// - Parameters:
  ///   - payload: Must encode as an object; a `Date` should encode as whole seconds since 1970, as
  ///     `encoder`'s default here does.
  ///   - encoder: The encoder for the payload.
  /// - Throws: The encoder's error, such as an `EncodingError` whose coding path is the claim with
  ///   an infinite number or a date outside 64 bits; ``CodablePayloadError/notAnObject``;
  ///   ``JWTError``.
  public func sign(_ payload: some Encodable, encoder: JSONEncoder = .claims) throws -> String {
    let bytes = Array(try encoder.encode(payload))
    // Foundation may write a duplicate name or a bare value; a token must not have them.
    guard (try? JSON(object: String(decoding: bytes, as: UTF8.self))) != nil else {
      throw CodablePayloadError.notAnObject
    }
    var token = [UInt8](repeating: 0, count: tokenLength(forPayload: bytes.count))
    var span = token.mutableSpan
    let count = try sign(payload: bytes.span, into: &span)
    return String(decoding: token[..<count], as: UTF8.self)
  }
}

extension TokenVerifier {
  /// Verifies `token` and decodes its claims.
  ///
  /// ```swift
  /// struct Access: Decodable { let sub: String; let role: String; let exp: Date }
  /// let access = try verifier.verify(token, as: Access.self)
  /// ```
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization, without whitespace around it.
  ///   - type: The type of the claims; a `Date` reads a NumericDate. Foundation compares names by
  ///     canonical equivalence; Jot's own accessors compare bytes.
  /// - Throws: ``JWTError``: the first check that failed; `DecodingError` if valid claims do not fit
  ///   the type.
  public func verify<Payload: Decodable>(
    _ token: String, as type: Payload.Type
  ) throws -> Payload {
    try verify(token).decode(type)
  }

  /// Verifies `token`, a buffer of bytes, and returns its claims.
  ///
  /// - Parameter token: A JWS in the Compact Serialization; any bytes.
  /// - Throws: ``JWTError``: the first check that failed.
  /// - Complexity: O(n).
  public func verify(_ token: Data) throws(JWTError) -> VerifiedClaims {
    // A token that is too long must not cost memory: its length suffices to refuse it.
    guard token.count <= tokenLimit else { throw .tokenTooLarge(limit: tokenLimit) }
    return try verify([UInt8](token))
  }
}

extension VerifiedClaims {
  /// Decodes the claims of a verified token.
  ///
  /// - Parameters:
  ///   - type: The type of the claims.
  ///   - decoder: The decoder for the payload; its default reads a `Date` from a NumericDate.
  /// - Throws: The decoder's error.
  public func decode<Payload: Decodable>(
    _ type: Payload.Type = Payload.self, decoder: JSONDecoder = .claims
  ) throws -> Payload {
    try decoder.decode(type, from: Data(payload))
  }
}

/// Why a value can't be a payload.
public enum CodablePayloadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It does not encode as one strict JSON object.
  case notAnObject

  /// What is wrong, and what to do.
  public var description: String { "the payload does not encode as a JSON object; pass a struct" }
}

extension JSONEncoder {
  /// Dates as NumericDates (RFC 7519 §2): whole seconds since 1970, in 64 bits.
  public static var claims: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    encoder.dateEncodingStrategy = .custom { date, encoder in
      guard let second = date.numericDate else {
        let claim = encoder.codingPath
          .map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        // The number, not the date: Foundation traps when it describes a date that is not a number.
        throw EncodingError.invalidValue(
          date.timeIntervalSince1970,
          EncodingError.Context(
            codingPath: encoder.codingPath,
            debugDescription: "the claim \(claim) is a date outside the 64 bits of a NumericDate; "
              + "pass one that is finite, or leave the claim out"))
      }
      var container = encoder.singleValueContainer()
      try container.encode(second)
    }
    return encoder
  }
}

extension JSONDecoder {
  /// Dates from NumericDates.
  ///
  /// Strategies may be changed: each access makes a new decoder.
  public static var claims: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .secondsSince1970
    return decoder
  }
}
