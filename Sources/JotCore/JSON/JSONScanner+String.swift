// Strings: scanned in words of eight bytes; checks UTF-8 (RFC 3629) and escapes (RFC 8259 §7).

extension JSONScanner {
  /// Reads the string at `position`, which is at its opening quote.
  @_noAllocation
  mutating func string(_ buffer: borrowing MutableSpan<UInt8>) throws(JSONError) -> JSONString {
    let start = position + 1
    var offset = start
    var escaped = false
    while true {
      // The loop ends at the zero word behind the text, if not before.
      let odd = Self.specialBytes(buffer.word(at: offset))
      if odd == 0 {
        offset += 8
        guard let index = buffer.firstSpecial(from: offset) else { continue }
        offset = index
      } else {
        offset += odd.trailingZeroBitCount / 8
      }
      switch buffer[offset] {
      case UInt8(ascii: "\""):
        position = offset + 1
        return JSONString(start: start, end: offset, isEscaped: escaped)
      case UInt8(ascii: "\\"):
        escaped = true
        offset = try Self.escape(buffer, offset)
      case 0x80...:
        offset = try Self.multibyte(buffer, offset)
      default:
        throw .syntax(offset)
      }
    }
  }

  /// Marks (0x80) the special bytes: quote, backslash, control, not ASCII. Marks above the lowest
  /// one may be false, because borrows propagate upwards; use only the lowest.
  @_noAllocation @inline(__always)
  static func specialBytes(_ word: UInt64) -> UInt64 {
    let (ones, tops) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    let quote = word ^ (ones &* 0x22)
    let slash = word ^ (ones &* 0x5c)
    return
      ((quote &- ones) & ~quote | (slash &- ones) & ~slash
      | (word &- ones &* 0x20) & ~word | word) & tops
  }

  /// Checks the escape at `offset` and returns where it ends; a surrogate pair counts as one.
  @_noAllocation
  static func escape(_ buffer: borrowing MutableSpan<UInt8>, _ offset: Int) throws(JSONError) -> Int
  {
    switch buffer[offset + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return offset + 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit(buffer, offset + 2)
      guard unit & 0xf800 == 0xd800 else { return offset + 6 }
      guard unit < 0xdc00, buffer[offset + 6] == UInt8(ascii: "\\"),
        buffer[offset + 7] == UInt8(ascii: "u"),
        try codeUnit(buffer, offset + 8) & 0xfc00 == 0xdc00
      else { throw .encoding(offset) }
      return offset + 12
    default:
      throw .syntax(offset)
    }
  }

  /// Returns the value of four hexadecimal digits.
  @_noAllocation
  static func codeUnit(
    _ buffer: borrowing MutableSpan<UInt8>, _ offset: Int
  ) throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for index in offset..<offset + 4 {
      let byte = buffer.byteOrZero(at: index)
      let digit = byte &- UInt8(ascii: "0")
      let letter = (byte | 0x20) &- UInt8(ascii: "a")
      guard digit < 10 || letter < 6 else { throw .syntax(index) }
      unit = unit << 4 | UInt32(digit < 10 ? digit : letter + 10)
    }
    return unit
  }

  /// Checks the UTF-8 sequence at `offset` and returns where it ends (RFC 3629 §4: no overlong
  /// form, no surrogate, nothing above U+10FFFF).
  @_noAllocation
  private static func multibyte(
    _ buffer: borrowing MutableSpan<UInt8>, _ offset: Int
  ) throws(JSONError) -> Int {
    let (length, low, high): (Int, UInt8, UInt8) =
      switch buffer[offset] {
      case 0xc2...0xdf: (2, 0x80, 0xbf)
      case 0xe0: (3, 0xa0, 0xbf)
      case 0xe1...0xec, 0xee...0xef: (3, 0x80, 0xbf)
      case 0xed: (3, 0x80, 0x9f)
      case 0xf0: (4, 0x90, 0xbf)
      case 0xf1...0xf3: (4, 0x80, 0xbf)
      case 0xf4: (4, 0x80, 0x8f)
      default: throw .encoding(offset)
      }
    let second = buffer[offset + 1]
    guard second >= low, second <= high else { throw .encoding(offset) }
    for index in offset + 2..<offset + length {
      guard buffer[index] & 0xc0 == 0x80 else { throw .encoding(offset) }
    }
    return offset + length
  }
}

/// The decoded bytes of a valid string in a text, in order.
///
/// - Precondition: ``JSONScanner`` read the string from the same bytes. For other bytes that
///   contain its range the result is unspecified.
package struct JSONStringBytes {
  /// Where the next character begins; of use between characters.
  private(set) var offset: Int
  private let end: Int
  // The remaining bytes of the current character, the next in the lowest bits.
  private var pending: UInt32 = 0

  @_noAllocation
  package init(_ string: JSONString) { (offset, end) = (string.start, string.end) }

  var isBetweenCharacters: Bool { @_noAllocation get { pending == 0 } }

  /// Returns the next byte, or nil at the end.
  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> UInt8? {
    if pending != 0 {
      let byte = UInt8(truncatingIfNeeded: pending)
      pending >>= 8
      return byte
    }
    guard offset < end else { return nil }
    let byte = buffer[offset]
    guard byte == UInt8(ascii: "\\") else {
      offset += 1
      return byte
    }
    let kind = buffer.byteOrZero(at: offset + 1)
    offset += 2
    switch kind {
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "n"): return 0x0a
    case UInt8(ascii: "f"): return 0x0c
    case UInt8(ascii: "r"): return 0x0d
    case UInt8(ascii: "u"): return character(buffer)
    default: return kind
    }
  }

  /// Returns the first byte of the character whose four digits are at `offset`; keeps the others.
  @_noAllocation
  private mutating func character(_ buffer: borrowing MutableSpan<UInt8>) -> UInt8 {
    var scalar = unit(buffer)
    if scalar & 0xfc00 == 0xd800 {
      offset += 2
      scalar = 0x10000 + (scalar & 0x3ff) << 10 + unit(buffer) & 0x3ff
    }
    if scalar < 0x80 { return UInt8(scalar) }
    if scalar < 0x800 {
      pending = 0x80 | scalar & 0x3f
      return UInt8(0xc0 | scalar >> 6)
    }
    if scalar < 0x10000 {
      pending = 0x80 | scalar >> 6 & 0x3f | (0x80 | scalar & 0x3f) << 8
      return UInt8(0xe0 | scalar >> 12)
    }
    pending =
      0x80 | scalar >> 12 & 0x3f | (0x80 | scalar >> 6 & 0x3f) << 8 | (0x80 | scalar & 0x3f) << 16
    return UInt8(0xf0 | scalar >> 18)
  }

  @_noAllocation
  private mutating func unit(_ buffer: borrowing MutableSpan<UInt8>) -> UInt32 {
    // The scanner has checked the digits.
    guard let unit = try? JSONScanner.codeUnit(buffer, offset) else { return 0xfffd }
    offset += 4
    return unit
  }
}
