// Portable, simple base64url: the oracle for the kernels. It also finds the error in an invalid
// text, and serves short texts and CPUs without a kernel.

extension Base64URL {
  /// Decodes `text[range]`, or throws for the first error from the left.
  ///
  /// - Precondition: the length is a possible encoded length and `bytes` is large enough; `decode`
  ///   has checked both.
  @_noAllocation @inline(never)
  static func decodePortably(
    _ text: Span<UInt8>, _ range: Range<Int>, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) throws(Base64URLError) {
    let start = range.lowerBound
    var (read, written) = (start, offset)
    while range.upperBound - read >= 4 {
      let word =
        try value(text, read, start) << 18 | value(text, read + 1, start) << 12
        | value(text, read + 2, start) << 6 | value(text, read + 3, start)
      bytes[written] = UInt8(truncatingIfNeeded: word >> 16)
      bytes[written + 1] = UInt8(truncatingIfNeeded: word >> 8)
      bytes[written + 2] = UInt8(truncatingIfNeeded: word)
      (read, written) = (read + 4, written + 3)
    }
    guard read < range.upperBound else { return }
    var word = try value(text, read, start) << 18 | value(text, read + 1, start) << 12
    if range.upperBound - read == 3 {
      word |= try value(text, read + 2, start) << 6
      guard word & 0xff == 0 else { throw .trailingBits }
      bytes[written + 1] = UInt8(truncatingIfNeeded: word >> 8)
    } else {
      guard word & 0xffff == 0 else { throw .trailingBits }
    }
    bytes[written] = UInt8(truncatingIfNeeded: word >> 16)
  }

  /// Encodes `bytes[range]`.
  ///
  /// - Precondition: `text` is large enough; `encode` has checked it.
  @_noAllocation @inline(never)
  static func encodePortably(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into text: inout MutableSpan<UInt8>, at offset: Int
  ) {
    var (read, written) = (range.lowerBound, offset)
    while read < range.upperBound {
      let rest = range.upperBound - read
      var word = UInt32(bytes[read]) << 16
      if rest > 1 { word |= UInt32(bytes[read + 1]) << 8 }
      if rest > 2 { word |= UInt32(bytes[read + 2]) }
      text[written] = character(word >> 18)
      text[written + 1] = character(word >> 12 & 63)
      if rest > 1 { text[written + 2] = character(word >> 6 & 63) }
      if rest > 2 { text[written + 3] = character(word & 63) }
      (read, written) = (read + 3, written + 4)
    }
  }

  /// Returns whether `text` is the base64url of `bytes`, in a time that depends on lengths alone.
  ///
  /// Each character is computed and compared at once, so the text of a MAC is never in memory.
  ///
  /// - Precondition: the text has the encoded length of the bytes.
  @_noAllocation
  static func isEncodedPortably(_ text: Span<UInt8>, _ bytes: Span<UInt8>) -> Bool {
    var (read, written, difference) = (0, 0, 0 as UInt8)
    while read < bytes.count {
      let rest = bytes.count - read
      var word = UInt32(bytes[read]) << 16
      if rest > 1 { word |= UInt32(bytes[read + 1]) << 8 }
      if rest > 2 { word |= UInt32(bytes[read + 2]) }
      difference |= text[written] ^ character(word >> 18)
      difference |= text[written + 1] ^ character(word >> 12 & 63)
      if rest > 1 { difference |= text[written + 2] ^ character(word >> 6 & 63) }
      if rest > 2 { difference |= text[written + 3] ^ character(word & 63) }
      (read, written) = (read + 3, written + 4)
    }
    return difference == 0
  }

  /// Returns the offset of the first character outside the alphabet.
  @_noAllocation
  package static func firstForeignCharacter(
    in text: Span<UInt8>, _ range: Range<Int>
  ) -> Int? {
    for offset in range where sextet(text[offset]) > 63 { return offset }
    return nil
  }

  @_noAllocation @inline(__always)
  private static func value(
    _ text: Span<UInt8>, _ offset: Int, _ start: Int
  ) throws(Base64URLError) -> UInt32 {
    let value = sextet(text[offset])
    guard value <= 63 else { throw .invalidCharacter(offset: offset - start) }
    return UInt32(value)
  }

  /// Returns the value of a character, or 255 for one outside the alphabet.
  @_noAllocation @inline(__always)
  private static func sextet(_ character: UInt8) -> UInt8 {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: 255
    }
  }

  /// Returns the character of a value below 64, by arithmetic only: no branch and no address
  /// depends on a MAC's bits.
  ///
  /// Each `step` is its amount if `value` is above the limit, otherwise 0: the subtraction wraps
  /// below zero and the shift copies its sign bit to all bits.
  @_noAllocation @inline(__always)
  private static func character(_ value: UInt32) -> UInt8 {
    let value = Int32(truncatingIfNeeded: value)
    let code =
      value &+ 65  // A…Z
      &+ (((25 &- value) >> 31) & 6)  // a…z: 97 - 26 = 71
      &- (((51 &- value) >> 31) & 75)  // 0…9: 48 - 52 = -4
      &- (((61 &- value) >> 31) & 13)  // -: 45 - 62 = -17
      &+ (((62 &- value) >> 31) & 49)  // _: 95 - 63 = 32
    return UInt8(truncatingIfNeeded: code)
  }
}
