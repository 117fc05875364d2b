// Base64url as in JOSE: RFC 4648 §5 without padding (RFC 7515 §2); one encoding per byte string.

/// Base64url without padding, strict: each byte string has exactly one encoding.
public enum Base64URL {
  /// Returns how many bytes `count` characters encode, or nil if no text has that length.
  @_noAllocation @inlinable
  public static func decodedLength(of count: Int) -> Int? {
    let (quanta, rest) = (count / 4, count % 4)
    return rest == 1 ? nil : quanta * 3 + (rest == 0 ? 0 : rest - 1)
  }

  /// Returns how many characters encode `count` bytes.
  ///
  /// - Precondition: `count` is at most 3/4 of `Int.max`.
  @_noAllocation @inlinable
  public static func encodedLength(of count: Int) -> Int {
    let (quanta, rest) = (count / 3, count % 3)
    return quanta * 4 + (rest == 0 ? 0 : rest + 1)
  }

  /// Decodes `text[range]` to `bytes` at `offset` and returns how many bytes were written.
  ///
  /// Accepts only the RFC 4648 §5 alphabet: no padding, no whitespace, and no unused bits set in
  /// the last character, so each byte string has exactly one encoding.
  ///
  /// - Parameters:
  ///   - text: ASCII characters.
  ///   - range: The `n` characters to decode, inside `text`; `n` ≥ 0.
  ///   - bytes: At least `decodedLength(of: n)` bytes from `offset` on; unspecified after a throw.
  ///   - offset: Index of the first byte to write, ≥ 0.
  /// - Returns: `decodedLength(of: n)`.
  /// - Throws: ``Base64URLError``, for the first error from the left; its offset is in the range.
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
  ///   - offset: Index of the first character to write, ≥ 0.
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

  /// Decodes `text` and returns its bytes.
  ///
  /// - Parameter text: Characters of the RFC 4648 §5 alphabet, without padding.
  /// - Throws: ``Base64URLError``, for the first error from the left.
  /// - Complexity: O(n).
  public static func decode(_ text: String) throws(Base64URLError) -> [UInt8] {
    var text = text
    text.makeContiguousUTF8()
    let characters = text.utf8.span
    var bytes = [UInt8](repeating: 0, count: characters.count / 4 * 3 + 2)
    var span = bytes.mutableSpan
    let count = try decode(characters, in: 0..<characters.count, into: &span)
    bytes.removeSubrange(count...)
    return bytes
  }

  /// Encodes `bytes` and returns their text.
  ///
  /// The text is a copy that is not wiped: for a secret use
  /// ``encode(_:in:into:at:)`` with a buffer of the caller's.
  ///
  /// - Complexity: O(n).
  public static func encode(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: encodedLength(of: bytes.count))
    var span = text.mutableSpan
    // The text is as long as it must be.
    _ = try? encode(bytes.span, in: 0..<bytes.count, into: &span)
    return String(decoding: text, as: UTF8.self)
  }

  /// Decodes with the given kernel; tests compare the kernels with it.
  @_noAllocation @inline(__always)
  package static func decode(
    _ text: Span<UInt8>, in range: Range<Int>, into bytes: inout MutableSpan<UInt8>,
    at offset: Int = 0, kernel: CPUFeature
  ) throws(Base64URLError) -> Int {
    guard range.lowerBound >= 0, range.upperBound <= text.count, offset >= 0 else {
      preconditionFailure("the range lies inside the text")
    }
    guard let needed = decodedLength(of: range.count) else {
      // The first error from the left may be an earlier character.
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

  /// Encodes with the given kernel; tests compare the kernels with it.
  @_noAllocation @inline(__always)
  package static func encode(
    _ bytes: Span<UInt8>, in range: Range<Int>, into text: inout MutableSpan<UInt8>, at offset: Int,
    kernel: CPUFeature
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

/// What is wrong with a base64url text or with the size of the destination.
public enum Base64URLError: Error, Equatable, Sendable {
  /// A character outside the alphabet, padding included, at this offset.
  case invalidCharacter(offset: Int)
  /// No byte string has an encoding of this many characters (1 modulo 4).
  case impossibleLength(Int)
  /// The last character has unused bits set (RFC 4648 §3.5).
  case trailingBits
  /// The destination holds fewer than this many bytes; nothing was written.
  case destinationTooSmall(needed: Int)
}
