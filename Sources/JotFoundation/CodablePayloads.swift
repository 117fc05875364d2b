// Codable payloads with Foundation's coders, for programs that configure those. Jot's own coders need
// none; see `sign(_:)`, `verify(_:as:)` and `decode(_:)`.
public import Foundation
@_exported public import Jot

extension Signer {
  /// Signs `payload`, encoded as one JSON object by Foundation's encoder, and returns the token.
  ///
  /// The encoder decides the bytes of such a token, and the order of its claims.
  ///
  /// - Parameters:
  ///   - payload: Must encode as an object; a `Date` should encode as whole seconds since 1970, as
  ///     `JSONEncoder.claims` does it.
  ///   - encoder: The encoder for the payload.
  /// - Throws: The encoder's error, such as an `EncodingError` whose coding path is the claim with
  ///   an infinite number or a date outside 64 bits; ``CodablePayloadError/notAnObject``;
  ///   ``JWTError``.
  public func sign(_ payload: some Encodable, encoder: JSONEncoder) throws -> String {
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

  /// Verifies `token`, a buffer of bytes, and decodes its claims.
  ///
  /// - Parameters:
  ///   - token: A JWS in the Compact Serialization; any bytes.
  ///   - type: The type of the claims; a `Date` reads a NumericDate.
  /// - Throws: ``JWTError``: the first check that failed; `DecodingError` if valid claims do not fit
  ///   the type.
  /// - Complexity: O(n).
  public func verify<Payload: Decodable>(
    _ token: Data, as type: Payload.Type
  ) throws -> Payload {
    try verify(token).decode(type)
  }
}

extension VerifiedClaims {
  /// Decodes the claims of a verified token with Foundation's decoder.
  ///
  /// Foundation compares names by canonical equivalence; Jot's own decoder and accessors compare
  /// bytes.
  ///
  /// - Parameters:
  ///   - type: The type of the claims.
  ///   - decoder: The decoder for the payload; `JSONDecoder.claims` reads a `Date` from a NumericDate.
  /// - Throws: The decoder's error.
  public func decode<Payload: Decodable>(
    _ type: Payload.Type = Payload.self, decoder: JSONDecoder
  ) throws -> Payload {
    try decoder.decode(type, from: Data(payload))
  }
}

extension JSONEncoder {
  /// Dates as NumericDates (RFC 7519 §2): whole seconds since 1970, in 64 bits.
  public static var claims: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    encoder.dateEncodingStrategy = .custom { date, encoder in
      guard let second = date.numericDate else { throw date.isNoClaim(at: encoder.codingPath) }
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
