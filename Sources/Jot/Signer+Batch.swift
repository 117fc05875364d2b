// Many payloads in one call: the same steps, with the MACs computed side by side.

extension Signer {
  /// Signs many payloads without allocating; each token is the one that the payload would get alone.
  ///
  /// The tokens stand in `tokens` one behind the other.
  ///
  /// - Parameters:
  ///   - payloads: Where each payload lies in `text`.
  ///   - text: The bytes of all payloads: claims as JSON.
  ///   - tokens: At least the sum of `tokenLength(forPayload:)` of all payloads.
  ///   - places: Set to where each token lies, in the payloads' order.
  /// - Throws: `bufferTooSmall`, before anything is written; `cryptographyFailed`.
  /// - Precondition: the payloads lie inside the text; there are as many places as payloads, or more.
  /// - Complexity: O(n); for HMAC no allocation.
  public func sign(
    batch payloads: Span<Range<Int>>, of text: Span<UInt8>, into tokens: inout MutableSpan<UInt8>,
    places: inout MutableSpan<Range<Int>>
  ) throws(JWTError) {
    precondition(places.count >= payloads.count, "a place for each token")
    var needed = 0
    for index in 0..<payloads.count { needed += tokenLength(forPayload: payloads[index].count) }
    guard tokens.count >= needed else { throw .bufferTooSmall(needed: needed) }
    var end = 0
    for index in 0..<payloads.count {
      let start = end
      end += try sign(payload: text.extracting(payloads[index]), into: &tokens, at: start)
      places[index] = start..<end
    }
  }

  /// Signs many claims and returns their tokens, in the same order.
  ///
  /// - Throws: `cryptographyFailed`, if OpenSSL has no memory.
  public func sign(_ claims: [Claims]) throws(JWTError) -> [String] {
    var text: [UInt8] = []
    var payloads: [Range<Int>] = []
    var length = 0
    for claims in claims {
      let payload = claims.payload
      payloads.append(text.count..<text.count + payload.count)
      text += payload
      length += tokenLength(forPayload: payload.count)
    }
    var tokens = [UInt8](repeating: 0, count: length)
    var places = [Range<Int>](repeating: 0..<0, count: payloads.count)
    var room = tokens.mutableSpan
    var results = places.mutableSpan
    try sign(batch: payloads.span, of: text.span, into: &room, places: &results)
    return places.map { String(decoding: tokens[$0], as: UTF8.self) }
  }
}
