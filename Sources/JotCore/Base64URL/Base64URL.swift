// Base64url as JOSE writes it: RFC 4648 §5 without padding (RFC 7515 §2), one spelling a string.
// Before it: CompactJWS finds the segments. After it: JSONScanner reads the decoded bytes.

/// Base64url without padding, strict: each byte string has exactly one spelling.
public enum Base64URL {
  /// Returns how many bytes `count` characters stand for, or nil where no text has that length.
  @_noAllocation
  public static func decodedLength(of count: Int) -> Int? {
    let (quanta, rest) = (count / 4, count % 4)
    return rest == 1 ? nil : quanta * 3 + (rest == 0 ? 0 : rest - 1)
  }

  /// Returns how many characters `count` bytes are written with.
  ///
  /// - Precondition: `count` is at most 3/4 of `Int.max`.
  @_noAllocation
  public static func encodedLength(of count: Int) -> Int {
    let (quanta, rest) = (count / 3, count % 3)
    return quanta * 4 + (rest == 0 ? 0 : rest + 1)
  }

  /// Decodes `text[range]` to `bytes` at `offset` and returns how many were written.
  ///
  /// Accepts the RFC 4648 §5 alphabet and nothing else: no padding, no whitespace, and no stray
  /// bits in the last character, so each byte string has exactly one spelling.
  ///
  /// - Parameters:
  ///   - text: ASCII characters.
  ///   - range: The `n` characters to decode, inside `text`; `n` ≥ 0.
  ///   - bytes: At least `decodedLength(of: n)` bytes from `offset` on; unspecified after a throw.
  ///   - offset: Where the bytes begin, ≥ 0.
  /// - Returns: `decodedLength(of: n)`.
  /// - Throws: ``Base64URLError``, naming the first offence from the left, its offset in the range.
  /// - Complexity: O(`n`); no allocation, which the compiler checks.
  @_noAllocation
  public static func decode(
    _ text: Span<UInt8>, in range: Range<Int>, into bytes: inout MutableSpan<UInt8>,
    at offset: Int = 0
  ) throws(Base64URLError) -> Int {
    try decode(text, in: range, into: &bytes, at: offset, kernel: bestKernel)
  }

  /// Encodes `bytes[range]` to `text` at `offset` and returns how many characters were written.
  ///
  /// Neither control flow nor addresses depend on the bytes, so secrets may be encoded.
  ///
  /// - Parameters:
  ///   - bytes: Any bytes.
  ///   - range: The `n` bytes to encode, inside `bytes`; `n` ≥ 0.
  ///   - text: At least `encodedLength(of: n)` bytes from `offset` on.
  ///   - offset: Where the text begins, ≥ 0.
  /// - Returns: `encodedLength(of: n)`.
  /// - Throws: `destinationTooSmall`, before anything is written.
  /// - Complexity: O(`n`); no allocation, which the compiler checks.
  @_noAllocation
  public static func encode(
    _ bytes: Span<UInt8>, in range: Range<Int>, into text: inout MutableSpan<UInt8>,
    at offset: Int = 0
  ) throws(Base64URLError) -> Int {
    try encode(bytes, in: range, into: &text, at: offset, kernel: bestKernel)
  }

  /// Decodes with one kernel: what the tests compare.
  @_noAllocation @inline(__always)
  package static func decode(
    _ text: Span<UInt8>, in range: Range<Int>, into bytes: inout MutableSpan<UInt8>,
    at offset: Int = 0, kernel: Kernel
  ) throws(Base64URLError) -> Int {
    guard range.lowerBound >= 0, range.upperBound <= text.count, offset >= 0 else {
      preconditionFailure("the range lies inside the text")
    }
    guard let needed = decodedLength(of: range.count) else {
      // The first offence from the left may be an earlier character.
      if let offset = firstForeignCharacter(in: text, range) {
        throw .invalidCharacter(offset: offset - range.lowerBound)
      }
      throw .impossibleLength(range.count)
    }
    guard bytes.count - offset >= needed else { throw .destinationTooSmall(needed: needed) }
    if !kernel.decode(text, range, into: &bytes, at: offset) {
      try decodePortably(text, range, into: &bytes, at: offset)
    }
    return needed
  }

  /// Encodes with one kernel: what the tests compare.
  @_noAllocation @inline(__always)
  package static func encode(
    _ bytes: Span<UInt8>, in range: Range<Int>, into text: inout MutableSpan<UInt8>, at offset: Int,
    kernel: Kernel
  ) throws(Base64URLError) -> Int {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count, offset >= 0 else {
      preconditionFailure("the range lies inside the bytes")
    }
    let needed = encodedLength(of: range.count)
    guard text.count - offset >= needed else { throw .destinationTooSmall(needed: needed) }
    if !kernel.encode(bytes, range, into: &text, at: offset) {
      encodePortably(bytes, range, into: &text, at: offset)
    }
    return needed
  }
}

/// What is wrong with a base64url text, or with the room given for its bytes.
public enum Base64URLError: Error, Equatable, Sendable {
  /// A character outside the alphabet, padding included, at this offset.
  case invalidCharacter(offset: Int)
  /// No byte string has a spelling of this many characters (1 modulo 4).
  case impossibleLength(Int)
  /// The last character carries bits that no byte uses (RFC 4648 §3.5).
  case trailingBits
  /// The destination holds fewer than this many bytes; nothing was written.
  case destinationTooSmall(needed: Int)
}
