// The segments of a token: base64url, with errors per segment.

/// Decodes and encodes a token's segments.
enum Segments {
  /// Decodes `token[range]` to `scratch` at `offset` and returns the number of bytes.
  @_noAllocation
  static func decode(
    _ token: Span<UInt8>, _ range: Range<Int>, _ segment: JWTError.Segment,
    into scratch: inout MutableSpan<UInt8>, at offset: Int = 0
  ) throws(JWTError) -> Int {
    do throws(Base64URLError) {
      return try Base64URL.decode(token, in: range, into: &scratch, at: offset)
    } catch {
      switch error {
      case .invalidCharacter: throw .tokenMalformed
      case .impossibleLength, .trailingBits: throw .base64Invalid(segment)
      case .destinationTooSmall(let needed): throw .bufferTooSmall(needed: needed)
      }
    }
  }

  /// Returns `bytes` as base64url.
  static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var text = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: bytes.count))
    var span = text.mutableSpan
    // The length is exact; encoding has no other reason to fail.
    _ = try? Base64URL.encode(bytes.span, in: 0..<bytes.count, into: &span)
    return text
  }
}

extension JWTError {
  /// The error of `token`, which may have `limit` bytes.
  @_noAllocation
  init(of error: CompactJWSError, _ token: borrowing Span<UInt8>, limit: Int) {
    self =
      switch error {
      case .tooLarge: .tokenTooLarge(limit: limit)
      case .malformed: JWTError.tokenMalformed.explained(by: token)
      case .encrypted: .encrypted
      }
  }
}
