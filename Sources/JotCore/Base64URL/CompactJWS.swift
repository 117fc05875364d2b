// The JWS Compact Serialization (RFC 7515 §3.1): two dots, found once, inside a limit.
// Before it: the token's bytes. After it: the header's text, the signing input.

/// Where the three segments of a token lie; nothing is copied or decoded.
public struct CompactJWS: Sendable {
  // Three places and no ranges: it travels on the way of every token.
  @usableFromInline let headerEnd: Int
  @usableFromInline let payloadEnd: Int
  @usableFromInline let end: Int

  /// The base64url text of the protected header.
  public var header: Range<Int> { @_noAllocation @inlinable get { 0..<headerEnd } }
  /// The base64url text of the payload.
  public var payload: Range<Int> {
    @_noAllocation @inlinable get { headerEnd + 1..<payloadEnd }
  }
  /// The base64url text of the signature.
  public var signature: Range<Int> {
    @_noAllocation @inlinable get { payloadEnd + 1..<end }
  }
  /// What the signature is over: header, dot and payload, as they stand in the token.
  public var signingInput: Range<Int> { @_noAllocation @inlinable get { 0..<payloadEnd } }

  /// Finds the segments of `token`.
  ///
  /// The size is checked before anything is read. What the segments hold is not checked here: an
  /// empty one is refused where JSON or a signature is wanted.
  ///
  /// - Parameters:
  ///   - token: Any bytes.
  ///   - limit: Bytes a token may have, ≥ 0; above ``maximumLength`` it counts as that.
  /// - Throws: ``CompactJWSError``.
  /// - Complexity: O(n), to the fifth dot at most; no allocation, which the compiler checks.
  @_noAllocation
  public init(_ token: borrowing Span<UInt8>, limit: Int) throws(CompactJWSError) {
    let count = token.count
    guard count <= min(limit, Self.maximumLength) else { throw .tooLarge }
    let dots = token.dots()
    guard dots.count == 2 else {
      // Four dots in JSON or in prose make no JWE either.
      throw dots.count == 4 && token.isDottedBase64URL() ? .encrypted : .malformed
    }
    (headerEnd, payloadEnd, end) = (dots.first, dots.second, count)
  }

  /// Bytes that a token can have at all: places in a text have 30 bits.
  public static var maximumLength: Int { @_noAllocation get { JSONValue.maximumText } }

  /// Writes a signing input to `token` at `start`, and a dot behind it; returns where it ends.
  ///
  /// - Parameters:
  ///   - header: A list of one: the header's base64url text and its dot.
  ///   - text: The payload is `text[range]`.
  ///   - token: It has the room.
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

  /// Splits a token whose header and signature have these lengths, without looking for dots in the
  /// payload; nil where no dot stands before such a signature.
  ///
  /// - Precondition: the header's dot stands at `headerLength`; the token is not above the limit.
  @_noAllocation @inlinable @inline(__always)
  package init?(
    _ token: borrowing Span<UInt8>, headerLength: Int, signatureLength: Int
  ) {
    let end = token.count - signatureLength - 1
    guard end > headerLength, token[end] == Self.dot else { return nil }
    (headerEnd, payloadEnd, self.end) = (headerLength, end, token.count)
  }

  /// What stands between the segments.
  public static var dot: UInt8 { @_noAllocation @inlinable get { UInt8(ascii: ".") } }
}

extension Span where Element == UInt8 {
  /// Whether there is nothing but dots and base64url characters.
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
public enum CompactJWSError: Error, Equatable, Sendable {
  /// More bytes than the limit.
  case tooLarge
  /// Not three segments.
  case malformed
  /// Five segments: a JWE (RFC 7516 §3.1), which Jot does not read.
  case encrypted
}
