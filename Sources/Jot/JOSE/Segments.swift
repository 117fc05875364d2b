// Base64url as the verifier and the signer meet it: errors by segment.

/// Segments as the verifier and the signer meet them.
enum Segments {
  /// Decodes `token[range]` to `scratch` at `offset` and returns how many bytes it has.
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
    var room = text.mutableSpan
    // The room is exact, which is all that encoding can fail for.
    _ = try? Base64URL.encode(bytes.span, in: 0..<bytes.count, into: &room)
    return text
  }
}

extension JWTError {
  @_noAllocation
  init(_ error: CompactJWSError) {
    self =
      switch error {
      case .tooLarge: .tokenTooLarge
      case .malformed: .tokenMalformed
      case .encrypted: .encrypted
      }
  }
}
