// The header of a verified token: which key, algorithm and type it had.

/// The header of a verified token (RFC 7515 §4); only verification makes this type.
///
/// ```swift
/// let claims = try verifier.verify(token)
/// metrics.count(claims.header.keyID ?? "no kid", claims.header.algorithm.rawValue)
/// ```
///
/// The signature covers the header, so it says what the issuer wrote. The verifier has chosen the
/// key and checked the algorithm; nothing else of the header was obeyed.
public struct VerifiedHeader: Sendable {
  /// The header as in the token: strict JSON, one object.
  public let bytes: [UInt8]

  /// - Parameter text: The base64url text of a verified header.
  init(text: [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: text.count)
    var span = bytes.mutableSpan
    // The verifier has decoded the same text, or knew it by heart.
    let count = (try? Segments.decode(text.span, 0..<text.count, .header, into: &span)) ?? 0
    self.bytes = Array(bytes[..<count])
  }

  /// The base64url text of a token's header.
  static func text(of token: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    let end = token.firstIndex(of: CompactJWS.dot) ?? 0
    text.reserveCapacity(end)
    for index in 0..<end { text.append(token[index]) }
    return text
  }

  /// `kid`, the ID of the key; nil if absent.
  public var keyID: String? { self["kid"]?.string }
  /// `alg`, the algorithm of the signature.
  public var algorithm: Algorithm {
    guard let algorithm = self["alg"]?.string.flatMap(Algorithm.init(rawValue:)) else {
      preconditionFailure("a verified header has an algorithm of the allow list")
    }
    return algorithm
  }
  /// `typ`, the type of the token; nil if absent.
  public var type: String? { self["typ"]?.string }
  /// `cty`, the type of the payload; nil if absent.
  public var contentType: String? { self["cty"]?.string }

  /// The parameter `name`, or nil; names are compared as bytes.
  public subscript(name: String) -> JSON? { json[name] }

  /// All parameters, in the header's order.
  public var json: JSON {
    // Already strict JSON, otherwise this value would not exist.
    (try? JSON(object: bytes)) ?? .null
  }
}

extension VerifiedHeader: CustomStringConvertible {
  /// The header as JSON text: no spaces, ASCII only.
  public var description: String { json.text }
}
