// Fence: signs several payloads in one call: the same steps, with the MACs computed in parallel
// lanes.

extension Signer {
  /// Signs a batch of payloads without allocating; each token is the same as for the payload alone.
  ///
  /// The tokens are consecutive in `tokens`.
  ///
  /// - Parameters:
  ///   - payloads: The range of each payload in `text`.
  ///   - text: The bytes of all payloads: claims as JSON.
  ///   - tokens: At least the sum of `tokenLength(forPayload:)` of all payloads.
  ///   - ranges: Set to the range of each token, in the payloads' order.
  /// - Throws: `bufferTooSmall`, before anything is written; `cryptographyFailed`.
  /// - Precondition: the payloads lie inside the text; there are at least as many ranges as
  ///   payloads.
  /// - Complexity: O(n); for HMAC no allocation.
  public func sign(
    batch payloads: Span<Range<Int>>, of text: Span<UInt8>, into tokens: inout MutableSpan<UInt8>,
    ranges: inout MutableSpan<Range<Int>>
  ) throws(JWTError) {
    precondition(ranges.count >= payloads.count, "a range for each token")
    var needed = 0
    for index in 0..<payloads.count { needed += tokenLength(forPayload: payloads[index].count) }
    guard tokens.count >= needed else { throw .bufferTooSmall(needed: needed) }
    try steps.sign(
      batch: payloads, of: text, key: key.material, into: &tokens, ranges: &ranges)
  }

  /// Signs a batch of claims and returns their tokens, in the same order.
  ///
  /// - Throws: `cryptographyFailed`, `providerMissing` if OpenSSL fails.
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
    var ranges = [Range<Int>](repeating: 0..<0, count: payloads.count)
    var span = tokens.mutableSpan
    var results = ranges.mutableSpan
    try sign(batch: payloads.span, of: text.span, into: &span, ranges: &results)
    return ranges.map { String(decoding: tokens[$0], as: UTF8.self) }
  }
}

extension SigningSteps {
  /// Writes the tokens of all payloads.
  ///
  /// - Precondition: as for the public function; `tokens` is large enough.
  @_noAllocation
  borrowing func sign(
    batch payloads: Span<Range<Int>>, of text: Span<UInt8>, key: borrowing SigningKey.Material,
    into tokens: inout MutableSpan<UInt8>, ranges: inout MutableSpan<Range<Int>>
  ) throws(JWTError) {
    switch key {
    case .hmac(let key):
      guard Primitives.areLeftToOpenSSL else {
        return authenticate(payloads, of: text, key, into: &tokens, ranges: &ranges)
      }
    case .asymmetric: break
    }
    var start = 0
    for index in 0..<payloads.count {
      let count = try sign(
        text, in: payloads[index], key: key, into: &tokens, at: start)
      ranges[index] = start..<start + count
      start += count
    }
  }

  /// As above, with MACs: tokens wait until a kernel's lanes are full.
  ///
  /// - Precondition: as for `sign(batch:)`; `tokens` is large enough.
  @_noAllocation
  private borrowing func authenticate(
    _ payloads: Span<Range<Int>>, of text: Span<UInt8>, _ key: borrowing HMACKey,
    into tokens: inout MutableSpan<UInt8>, ranges: inout MutableSpan<Range<Int>>
  ) {
    var tags = SHA2Batch(hash)
    var (start, first) = (0, 0)
    while first < payloads.count {
      let behind = min(first + SHA2Batch.capacity, payloads.count)
      for index in first..<behind {
        let end = CompactJWS.writeSigningInput(
          header, text, in: payloads[index], to: &tokens, at: start)
        // SAFETY: the caller's borrow keeps the key alive until after `finish`.
        unsafe tags.add(start..<end, key: key)
        let next = start + tokenLength(forPayload: payloads[index].count)
        ranges[index] = start..<next
        start = next
      }
      tags.finish(tokens)
      for index in first..<behind {
        tags.encode(
          at: index - first, into: &tokens, at: ranges[index].upperBound - signatureTextLength)
      }
      tags.removeAll()
      first = behind
    }
  }
}
