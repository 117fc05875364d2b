// JSON as PyJWT writes it, byte for byte: no spaces, ASCII only, CPython's escapes.

/// Writes one JSON text into a caller's buffer, member by member, with commas.
///
/// Bytes that do not fit are counted, not written: if ``count`` exceeds the buffer's at the end,
/// the buffer was too small and ``count`` is the size needed.
public struct JSONWriter: Sendable {
  /// Bytes in the text so far, including those that did not fit.
  public var count: Int { @_noAllocation @inlinable @inline(__always) get { end } }

  // Small functions are inlined into the caller, so both of these stay in registers. Large ones
  // take and return the end by value.
  @usableFromInline var end = 0
  @usableFromInline var needsComma = false

  /// Makes a writer of an empty text.
  @_noAllocation @inlinable @inline(__always)
  public init() {}

  /// Makes a writer of a text that has `end` bytes, in a place where no comma is needed.
  @_noAllocation
  package init(end: Int) { self.end = end }

  /// Opens a container: `{` or `[`.
  @_noAllocation @inlinable @inline(__always)
  public mutating func open(_ bracket: UInt8, into buffer: inout MutableSpan<UInt8>) {
    if needsComma { put(UInt8(ascii: ","), &buffer) }
    put(bracket, &buffer)
    needsComma = false
  }

  /// Closes a container: `}` or `]`.
  @_noAllocation @inlinable @inline(__always)
  public mutating func close(_ bracket: UInt8, into buffer: inout MutableSpan<UInt8>) {
    put(bracket, &buffer)
    needsComma = true
  }

  /// Writes a member's name and its colon.
  @_noAllocation @inlinable @inline(__always)
  public mutating func name(_ utf8: Span<UInt8>, into buffer: inout MutableSpan<UInt8>) {
    end = Self.name(utf8, &buffer, end, needsComma)
    needsComma = false
  }

  /// Writes a string, escaped as CPython's `json.dumps` does it.
  ///
  /// - Parameter utf8: Valid UTF-8.
  @_noAllocation @inlinable @inline(__always)
  public mutating func string(_ utf8: Span<UInt8>, into buffer: inout MutableSpan<UInt8>) {
    end = Self.string(utf8, &buffer, end, needsComma)
    needsComma = true
  }

  /// Writes a whole number.
  @_noAllocation @inlinable @inline(__always)
  public mutating func integer(_ value: Int64, into buffer: inout MutableSpan<UInt8>) {
    end = Self.integer(value, &buffer, end, needsComma)
    needsComma = true
  }

  /// Writes a text that is already JSON: a literal, a number as it was read, a prepared value.
  @_noAllocation @inlinable @inline(__always)
  public mutating func verbatim(_ json: Span<UInt8>, into buffer: inout MutableSpan<UInt8>) {
    end = Self.verbatim(json, &buffer, end, needsComma)
    needsComma = true
  }

  @_noAllocation @inlinable @inline(__always)
  mutating func put(_ byte: UInt8, _ buffer: inout MutableSpan<UInt8>) {
    if end < buffer.count { buffer[end] = byte }
    end += 1
  }

  // MARK: - Functions too long to inline: each writes from `start` on and returns the new end.

  @_noAllocation @usableFromInline
  static func name(
    _ utf8: Span<UInt8>, _ buffer: inout MutableSpan<UInt8>, _ start: Int, _ needsComma: Bool
  ) -> Int {
    // Nearly every name is a registered one, of three letters.
    if buffer.putNameOfThree(utf8, at: start, comma: needsComma) {
      return start &+ (needsComma ? 7 : 6)
    }
    return anyName(utf8, &buffer, start, needsComma)
  }

  @_noAllocation @inline(never)
  private static func anyName(
    _ utf8: Span<UInt8>, _ buffer: inout MutableSpan<UInt8>, _ start: Int, _ needsComma: Bool
  ) -> Int {
    var json = JSONWriter(end: string(utf8, &buffer, start, needsComma))
    json.put(UInt8(ascii: ":"), &buffer)
    return json.end
  }

  @_noAllocation @usableFromInline
  static func string(
    _ utf8: Span<UInt8>, _ buffer: inout MutableSpan<UInt8>, _ start: Int, _ needsComma: Bool
  ) -> Int {
    // Nearly every string needs no escape and fits.
    if buffer.putPlainString(utf8, at: start, comma: needsComma) {
      return start + utf8.count + (needsComma ? 3 : 2)
    }
    return anyString(utf8, &buffer, start, needsComma)
  }

  @_noAllocation @inline(never)
  private static func anyString(
    _ utf8: Span<UInt8>, _ buffer: inout MutableSpan<UInt8>, _ start: Int, _ needsComma: Bool
  ) -> Int {
    var json = JSONWriter(end: start)
    if needsComma { json.put(UInt8(ascii: ","), &buffer) }
    json.escaped(utf8, &buffer)
    return json.end
  }

  @_noAllocation @usableFromInline
  static func integer(
    _ value: Int64, _ buffer: inout MutableSpan<UInt8>, _ start: Int, _ needsComma: Bool
  ) -> Int {
    // Nearly every number is a time of ten digits: written as two overlapping words.
    guard value >= 1_000_000_000, value < 10_000_000_000, buffer.count - start >= 11 else {
      return anyInteger(value, &buffer, start, needsComma)
    }
    let (two, rest) = UInt64(value).quotientAndRemainder(dividingBy: 100_000_000)
    let eight = eightDigits(rest)
    let ten = (two &* 103) >> 10
    var first = 0x3030 | ten | (two &- 10 &* ten) << 8 | eight << 16
    var end = start + 10
    if needsComma {
      first = UInt64(UInt8(ascii: ",")) | first << 8
      end += 1
    }
    buffer.store(first, at: start)
    buffer.store(eight, at: end - 8)
    return end
  }

  @_noAllocation @inline(never)
  private static func anyInteger(
    _ value: Int64, _ buffer: inout MutableSpan<UInt8>, _ start: Int, _ needsComma: Bool
  ) -> Int {
    var json = JSONWriter(end: start)
    if needsComma { json.put(UInt8(ascii: ","), &buffer) }
    if value < 0 { json.put(UInt8(ascii: "-"), &buffer) }
    json.digits(value.magnitude, &buffer)
    return json.end
  }

  @_noAllocation @usableFromInline
  static func verbatim(
    _ text: Span<UInt8>, _ buffer: inout MutableSpan<UInt8>, _ start: Int, _ needsComma: Bool
  ) -> Int {
    var json = JSONWriter(end: start)
    if needsComma { json.put(UInt8(ascii: ","), &buffer) }
    json.put(text, 0..<text.count, &buffer)
    return json.end
  }

  /// Writes any string, or counts its bytes if they do not fit.
  @_noAllocation @inline(never)
  private mutating func escaped(_ utf8: Span<UInt8>, _ buffer: inout MutableSpan<UInt8>) {
    put(UInt8(ascii: "\""), &buffer)
    var offset = 0
    while offset < utf8.count {
      // Runs without escapes are copied whole.
      let run = offset
      offset = Self.endOfPlainRun(utf8, from: offset)
      put(utf8, run..<offset, &buffer)
      if offset < utf8.count { offset = escape(utf8, offset, &buffer) }
    }
    put(UInt8(ascii: "\""), &buffer)
  }

  /// Writes a number's digits from last to first: the length is known, each byte is written once.
  @_noAllocation
  private mutating func digits(_ value: UInt64, _ buffer: inout MutableSpan<UInt8>) {
    var length = 1
    var bound: UInt64 = 10
    while length < 19, value >= bound {
      length += 1
      bound &*= 10
    }
    var rest = value
    var index = end + length
    while index > end {
      index -= 1
      let (tenth, digit) = rest.quotientAndRemainder(dividingBy: 10)
      if index < buffer.count { buffer[index] = UInt8(ascii: "0") + UInt8(digit) }
      rest = tenth
    }
    end += length
  }

  /// The eight digits of a number below 10⁸, zero-padded, the first in the lowest byte.
  ///
  /// Values are split in three steps: eight to fours, fours to pairs, pairs to digits. Division is
  /// by multiplication: 10486 / 2²⁰ is 1/100 for numbers below 10⁴, 103 / 2¹⁰ is 1/10 below 100.
  @_noAllocation @inline(__always)
  private static func eightDigits(_ value: UInt64) -> UInt64 {
    let fours = value / 10_000 | (value % 10_000) << 32
    let hundreds = ((fours &* 10486) >> 20) & 0x7f_0000_007f
    let pairs = hundreds | (fours &- 100 &* hundreds) << 16
    let tens = ((pairs &* 103) >> 10) & 0x000f_000f_000f_000f
    return (tens | (pairs &- 10 &* tens) << 8) | 0x3030_3030_3030_3030
  }

  @_noAllocation @inline(__always)
  private mutating func put(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ buffer: inout MutableSpan<UInt8>
  ) {
    if range.count <= buffer.count - end { buffer.copyShort(bytes, range, to: end) }
    end += range.count
  }

  /// Returns the end of the run of characters without escapes that begins at `start`.
  @_noAllocation
  private static func endOfPlainRun(_ utf8: Span<UInt8>, from start: Int) -> Int {
    var offset = start
    while utf8.count - offset >= 8 {
      let word = utf8.word(at: offset)
      let delete = word ^ 0x7f7f_7f7f_7f7f_7f7f
      let odd =
        JSONScanner.specialBytes(word)
        | (delete &- 0x0101_0101_0101_0101) & ~delete & 0x8080_8080_8080_8080
      if odd != 0 { return offset + odd.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < utf8.count, !needsEscape(utf8[offset]) { offset += 1 }
    return offset
  }

  @_noAllocation @inline(__always)
  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte >= 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// Writes the character at `offset` as an escape and returns where the next one begins.
  @_noAllocation
  private mutating func escape(
    _ utf8: Span<UInt8>, _ offset: Int, _ buffer: inout MutableSpan<UInt8>
  ) -> Int {
    let byte = utf8[offset]
    let short: UInt8 =
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
      case 0x08: UInt8(ascii: "b")
      case 0x09: UInt8(ascii: "t")
      case 0x0a: UInt8(ascii: "n")
      case 0x0c: UInt8(ascii: "f")
      case 0x0d: UInt8(ascii: "r")
      default: 0
      }
    if short != 0 {
      put(UInt8(ascii: "\\"), &buffer)
      put(short, &buffer)
      return offset + 1
    }
    // The lead byte says how long the sequence is; each later byte has six bits.
    let length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    var scalar = length == 1 ? UInt32(byte) : UInt32(byte) & (0x7f >> UInt32(length))
    for index in 1..<length { scalar = scalar << 6 | UInt32(utf8[offset + index]) & 0x3f }
    if scalar < 0x10000 {
      unit(scalar, &buffer)
    } else {
      unit(0xd800 + (scalar - 0x10000) >> 10, &buffer)
      unit(0xdc00 + (scalar & 0x3ff), &buffer)
    }
    return offset + length
  }

  /// Writes one UTF-16 code unit as an escape of four lower-case hex digits.
  @_noAllocation
  private mutating func unit(_ unit: UInt32, _ buffer: inout MutableSpan<UInt8>) {
    put(UInt8(ascii: "\\"), &buffer)
    put(UInt8(ascii: "u"), &buffer)
    var shift: UInt32 = 16
    while shift > 0 {
      shift -= 4
      let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
      put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10, &buffer)
    }
  }
}
