// The header of a token to be signed (RFC 7515 §4.1).

extension Header {
  /// The base64url text of a header to be signed, with its dot.
  static func text(
    _ algorithm: Algorithm, keyID: String?, type: String?, contentType: String?
  ) -> [UInt8] {
    var members = [JSON.Member("alg", .string(algorithm.rawValue))]
    if let contentType { members.append(JSON.Member("cty", .string(contentType))) }
    if let keyID { members.append(JSON.Member("kid", .string(keyID))) }
    if let type { members.append(JSON.Member("typ", .string(type))) }
    return Segments.encoded(JSON.object(members).utf8) + [CompactJWS.dot]
  }
}
