// Strings: found in words of eight bytes, UTF-8 (RFC 3629) and escapes (RFC 8259 §7) checked.

extension JSONScanner {
  /// Reads the string at `position`, which is at its opening quote.
  @_noAllocation
  mutating func string(_ buffer: borrowing MutableSpan<UInt8>) throws(JSONError) -> JSONString {
    let start = position + 1
    var at = start
    var escaped = false
    while true {
      // Ends at the latest at the zero word behind the text.
      let odd = Self.oddBytes(buffer.word(at: at))
      if odd == 0 {
        at += 8
        guard let place = buffer.firstOdd(from: at) else { continue }
        at = place
      } else {
        at += odd.trailingZeroBitCount / 8
      }
      switch buffer[at] {
      case UInt8(ascii: "\""):
        position = at + 1
        return JSONString(start: start, end: at, isEscaped: escaped)
      case UInt8(ascii: "\\"):
        escaped = true
        at = try Self.escape(buffer, at)
      case 0x80...:
        at = try Self.multibyte(buffer, at)
      default:
        throw .syntax(at)
      }
    }
  }

  /// Marks (0x80) the bytes that need a look: quote, backslash, control, above ASCII. Marks above
  /// the lowest may be false, as borrows run upwards; only the lowest is used.
  @_noAllocation @inline(__always)
  static func oddBytes(_ word: UInt64) -> UInt64 {
    let (ones, tops) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    let quote = word ^ (ones &* 0x22)
    let slash = word ^ (ones &* 0x5c)
    return
      ((quote &- ones) & ~quote | (slash &- ones) & ~slash
      | (word &- ones &* 0x20) & ~word | word) & tops
  }

  /// Checks the escape at `at` and returns where it ends; a surrogate pair is one.
  @_noAllocation
  static func escape(_ buffer: borrowing MutableSpan<UInt8>, _ at: Int) throws(JSONError) -> Int {
    switch buffer[at + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return at + 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit(buffer, at + 2)
      guard unit & 0xf800 == 0xd800 else { return at + 6 }
      guard unit < 0xdc00, buffer[at + 6] == UInt8(ascii: "\\"),
        buffer[at + 7] == UInt8(ascii: "u"),
        try codeUnit(buffer, at + 8) & 0xfc00 == 0xdc00
      else { throw .encoding(at) }
      return at + 12
    default:
      throw .syntax(at)
    }
  }

  /// Returns the value of four hexadecimal digits.
  @_noAllocation
  static func codeUnit(
    _ buffer: borrowing MutableSpan<UInt8>, _ at: Int
  ) throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for offset in at..<at + 4 {
      let byte = buffer.byteOrZero(at: offset)
      let digit = byte &- UInt8(ascii: "0")
      let letter = (byte | 0x20) &- UInt8(ascii: "a")
      guard digit < 10 || letter < 6 else { throw .syntax(offset) }
      unit = unit << 4 | UInt32(digit < 10 ? digit : letter + 10)
    }
    return unit
  }

  /// Checks the UTF-8 sequence at `at` and returns where it ends (RFC 3629 §4: no overlong form,
  /// no surrogate, nothing above U+10FFFF).
  @_noAllocation
  private static func multibyte(
    _ buffer: borrowing MutableSpan<UInt8>, _ at: Int
  ) throws(JSONError) -> Int {
    let (length, low, high): (Int, UInt8, UInt8) =
      switch buffer[at] {
      case 0xc2...0xdf: (2, 0x80, 0xbf)
      case 0xe0: (3, 0xa0, 0xbf)
      case 0xe1...0xec, 0xee...0xef: (3, 0x80, 0xbf)
      case 0xed: (3, 0x80, 0x9f)
      case 0xf0: (4, 0x90, 0xbf)
      case 0xf1...0xf3: (4, 0x80, 0xbf)
      case 0xf4: (4, 0x80, 0x8f)
      default: throw .encoding(at)
      }
    let second = buffer[at + 1]
    guard second >= low, second <= high else { throw .encoding(at) }
    for offset in at + 2..<at + length {
      guard buffer[offset] & 0xc0 == 0x80 else { throw .encoding(at) }
    }
    return at + length
  }
}

/// The bytes that a valid string in a text stands for, one after the other.
///
/// - Precondition: the string was read by ``JSONScanner``, from the same bytes; of other bytes, within
///   which it lies, the answer means nothing.
package struct JSONStringBytes {
  private var at: Int
  private let end: Int
  // Bytes of the character under way, the next in the lowest bits.
  private var pending: UInt32 = 0

  @_noAllocation
  package init(_ string: JSONString) { (at, end) = (string.start, string.end) }

  /// Where the next character begins; of use between characters.
  var place: Int { @_noAllocation get { at } }
  var isBetweenCharacters: Bool { @_noAllocation get { pending == 0 } }

  /// Returns the next byte, or nil at the end.
  @_noAllocation
  package mutating func next(_ buffer: borrowing MutableSpan<UInt8>) -> UInt8? {
    if pending != 0 {
      let byte = UInt8(truncatingIfNeeded: pending)
      pending >>= 8
      return byte
    }
    guard at < end else { return nil }
    let byte = buffer[at]
    guard byte == UInt8(ascii: "\\") else {
      at += 1
      return byte
    }
    let kind = buffer.byteOrZero(at: at + 1)
    at += 2
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

  /// Returns the first byte of the character whose four digits are at `at`; keeps the others.
  @_noAllocation
  private mutating func character(_ buffer: borrowing MutableSpan<UInt8>) -> UInt8 {
    var scalar = unit(buffer)
    if scalar & 0xfc00 == 0xd800 {
      at += 2
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
    guard let unit = try? JSONScanner.codeUnit(buffer, at) else { return 0xfffd }
    at += 4
    return unit
  }
}
