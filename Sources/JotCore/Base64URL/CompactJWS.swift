// The JWS Compact Serialization (RFC 7515 §3.1): finds the two dots once, within a size limit.

/// The ranges of a token's three segments; nothing is copied or decoded.
@usableFromInline package struct CompactJWS: Sendable {
  // Three offsets, not ranges: this value is on the path of every token.
  @usableFromInline let headerEnd: Int
  @usableFromInline let payloadEnd: Int
  @usableFromInline let end: Int

  /// The base64url text of the protected header.
  @usableFromInline package var header: Range<Int> {
    @_noAllocation @inlinable get { 0..<headerEnd }
  }
  /// The base64url text of the payload.
  @usableFromInline package var payload: Range<Int> {
    @_noAllocation @inlinable get { headerEnd + 1..<payloadEnd }
  }
  /// The base64url text of the signature.
  @usableFromInline package var signature: Range<Int> {
    @_noAllocation @inlinable get { payloadEnd + 1..<end }
  }
  /// The signed bytes: header, dot and payload, as they are in the token.
  @usableFromInline package var signingInput: Range<Int> {
    @_noAllocation @inlinable get { 0..<payloadEnd }
  }

  /// Finds the segments of `token`.
  ///
  /// The size is checked before any byte is read. The segments' content is not checked here: an
  /// empty segment is refused later, where JSON or a signature is required.
  ///
  /// - Parameters:
  ///   - token: Any bytes.
  ///   - limit: The most bytes a token may have, ≥ 0; at most ``maximumLength`` is used.
  /// - Throws: ``CompactJWSError``.
  /// - Complexity: O(n), at most up to the fifth dot; no allocation, which the compiler checks.
  @_noAllocation
  package init(_ token: borrowing Span<UInt8>, limit: Int) throws(CompactJWSError) {
    let count = token.count
    guard count <= min(limit, Self.maximumLength) else { throw .tooLarge }
    let dots = token.dots()
    guard dots.count == 2 else {
      // Four dots in JSON or in prose do not make a JWE.
      throw dots.count == 4 && token.isDottedBase64URL() ? .encrypted : .malformed
    }
    (headerEnd, payloadEnd, end) = (dots.first, dots.second, count)
  }

  /// The most bytes that any token can have: an offset has 30 bits.
  package static var maximumLength: Int { @_noAllocation get { (1 << 30) - 1 } }

  /// Writes a signing input and a dot to `token` at `start`, and returns the end offset.
  ///
  /// - Parameters:
  ///   - header: A list of one string: the header's base64url text and its dot.
  ///   - text: The payload is `text[range]`.
  ///   - token: It must be large enough.
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  package static func writeSigningInput(
    _ header: borrowing ByteStrings, _ text: Span<UInt8>, in range: Range<Int>,
    to token: inout MutableSpan<UInt8>, at start: Int
  ) -> Int {
    header.copy(0, to: &token, at: start)
    var end = start + header.length(at: 0)
    do throws(Base64URLError) {
      end += try Base64URL.encode(
        text, in: range, into: &token, at: end, kernel: Base64URL.bestKernel)
    } catch {
      preconditionFailure("the token has the room")
    }
    token[end] = dot
    return end
  }

  /// Splits a token whose header and signature have these lengths, without searching the payload
  /// for dots; nil if there is no dot before a signature of that length.
  ///
  /// - Precondition: the header's dot is at `headerLength`; the token is within the limit.
  @_noAllocation @inlinable @inline(__always)
  package init?(
    _ token: borrowing Span<UInt8>, headerLength: Int, signatureLength: Int
  ) {
    let end = token.count - signatureLength - 1
    guard end > headerLength, token[end] == Self.dot else { return nil }
    (headerEnd, payloadEnd, self.end) = (headerLength, end, token.count)
  }

  /// The separator of the segments.
  @usableFromInline package static var dot: UInt8 {
    @_noAllocation @inlinable get { UInt8(ascii: ".") }
  }
}

extension Span where Element == UInt8 {
  /// Whether all bytes are dots or base64url characters.
  @_noAllocation
  fileprivate func isDottedBase64URL() -> Bool {
    var start = 0
    while let end = firstIndex(of: CompactJWS.dot, from: start) {
      if Base64URL.firstForeignCharacter(in: self, start..<end) != nil { return false }
      start = end + 1
    }
    return Base64URL.firstForeignCharacter(in: self, start..<count) == nil
  }
}

/// Why some bytes are not a JWS in the Compact Serialization.
@usableFromInline package enum CompactJWSError: Error, Equatable, Sendable {
  /// The bytes exceed the limit.
  case tooLarge
  /// The token does not have three segments.
  case malformed
  /// Five segments: a JWE (RFC 7516 §3.1), which Jot does not read.
  case encrypted
}
