// Codable payloads, by Foundation's coders. Apart, so that Jot itself links no Foundation; the bytes
// of a token are then what the encoder makes of a value, not what PyJWT would write.
public import Foundation
@_exported public import Jot

extension Signer {
  /// Signs `payload`, encoded as one JSON object, and returns the token.
  ///
  /// - Parameters:
  ///   - payload: Encodes as an object; a `Date` should encode as whole seconds since 1970, which is
  ///     what `encoder`'s default here does.
  ///   - encoder: How it is encoded.
  /// - Throws: What the encoder throws, of `encoder`'s default here
  ///   ``CodablePayloadError/dateInvalid(claim:)``; ``CodablePayloadError/notAnObject``; ``JWTError``.
  public func sign(_ payload: some Encodable, encoder: JSONEncoder = .claims) throws -> String {
    let bytes = Array(try encoder.encode(payload))
    // Foundation may write a name twice or a bare value; a token must not have them.
    guard (try? JSON(object: String(decoding: bytes, as: UTF8.self))) != nil else {
      throw CodablePayloadError.notAnObject
    }
    var token = [UInt8](repeating: 0, count: tokenLength(forPayload: bytes.count))
    var room = token.mutableSpan
    let count = try sign(payload: bytes.span, into: &room)
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

/// Why a value is no payload.
public enum CodablePayloadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It does not encode as one strict JSON object.
  case notAnObject
  /// A date is not finite, or its seconds do not fit 64 bits; the claim by its name, a nested one with
  /// those around it (`a.b`).
  case dateInvalid(claim: String)

  public var description: String {
    switch self {
    case .notAnObject: "the payload does not encode as a JSON object; pass a struct"
    case .dateInvalid(let claim):
      "the payload's \(claim) is no NumericDate: pass a date whose seconds since 1970 fit 64 bits"
    }
  }
}

extension JSONEncoder {
  /// Dates as NumericDates (RFC 7519 §2): whole seconds since 1970. A date that is none throws
  /// ``CodablePayloadError/dateInvalid(claim:)``.
  public static var claims: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .custom { date, encoder in
      guard let seconds = Int64(exactly: date.timeIntervalSince1970.rounded(.down)) else {
        throw CodablePayloadError.dateInvalid(
          claim: encoder.codingPath.map(\.stringValue).joined(separator: "."))
      }
      var container = encoder.singleValueContainer()
      try container.encode(seconds)
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
