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

extension VerifiedClaims {
  /// Decodes the claims of a verified token.
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

  public var description: String { "the payload does not encode as a JSON object; pass a struct" }
}

extension JSONEncoder {
  /// Dates as NumericDates (RFC 7519 §2): whole seconds since 1970, in 64 bits.
  public static var claims: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .custom { date, encoder in
      let seconds = date.timeIntervalSince1970
      guard let second = Int64(exactly: seconds.rounded(.down)) else {
        let claim = encoder.codingPath
          .map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        // The number, not the date: Foundation traps when it describes a date that is not a number.
        throw EncodingError.invalidValue(
          seconds,
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
  public static var claims: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .secondsSince1970
    return decoder
  }
}
