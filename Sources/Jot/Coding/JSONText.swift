// Fence: text that is known to be UTF-8. A walk over verified JSON: where strings, values and
// containers end. The strict parser has accepted the text, so nothing is checked again; on any other
// bytes a walk stops within them.

/// A text that the strict parser has accepted.
struct JSONText {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  @inline(__always)
  private var count: Int { bytes.count }

  /// Returns the byte at `offset`, or zero outside the text.
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 {
    UInt(bitPattern: offset) < UInt(bitPattern: count) ? bytes[offset] : 0
  }

  /// Returns where the spaces and separators from `offset` on end.
  @inline(__always)
  func skip(_ separator: UInt8, from offset: Int) -> Int {
    // Nearly always there is the separator alone, or nothing.
    let next = byte(offset) == separator ? offset + 1 : offset
    return byte(next) > 0x20 && byte(next) != separator ? next : skipAll(separator, from: next)
  }

  private func skipAll(_ separator: UInt8, from offset: Int) -> Int {
    var offset = offset
    while true {
      let byte = byte(offset)
      guard byte == separator || byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
      else { return offset }
      offset += 1
    }
  }

  /// Returns the offset of the quote that closes the string whose first character is at `start`.
  ///
  /// - Parameter isEscaped: Set if the string has an escape.
  func stringEnd(from start: Int, isEscaped: inout Bool) -> Int {
    let text = bytes.span
    var offset = start
    while true {
      if offset <= text.count - 8 {
        let found = Self.quotesAndSlashes(text.word(at: offset))
        if found == 0 {
          offset += 8
          // Long strings are searched by a kernel, which stops at all that is not plain ASCII too.
          if offset - start >= 16, let special = text.firstSpecial(from: offset) {
            offset = special
          }
          continue
        }
        offset += found.trailingZeroBitCount / 8
      }
      guard offset < text.count else { return text.count }
      switch text[offset] {
      case UInt8(ascii: "\""): return offset
      case UInt8(ascii: "\\"):
        isEscaped = true
        offset += 2
      default: offset += 1
      }
    }
  }

  /// Marks (0x80) quotes and backslashes; marks above the lowest may be false.
  @inline(__always)
  private static func quotesAndSlashes(_ word: UInt64) -> UInt64 {
    let (ones, tops) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    let (quote, slash) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5c))
    return ((quote &- ones) & ~quote | (slash &- ones) & ~slash) & tops
  }

  /// Returns where the value that begins at `start` ends.
  func valueEnd(from start: Int) -> Int {
    switch byte(start) {
    case UInt8(ascii: "\""):
      var isEscaped = false
      return stringEnd(from: start + 1, isEscaped: &isEscaped) + 1
    case UInt8(ascii: "{"), UInt8(ascii: "["): return containerEnd(from: start + 1)
    case UInt8(ascii: "t"), UInt8(ascii: "n"): return start + 4
    case UInt8(ascii: "f"): return start + 5
    default: return numberEnd(from: start)
    }
  }

  /// Returns where the container ends that is open at `start`.
  func containerEnd(from start: Int) -> Int {
    var (offset, depth, isEscaped) = (start, 1, false)
    while offset < count {
      switch bytes[offset] {
      case UInt8(ascii: "\""): offset = stringEnd(from: offset + 1, isEscaped: &isEscaped)
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return offset + 1 }
      default: break
      }
      offset += 1
    }
    return count
  }

  /// Returns where the number that begins at `start` ends.
  @inline(__always)
  func numberEnd(from start: Int) -> Int {
    var offset = start
    while true {
      switch byte(offset) {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
        UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        offset += 1
      default: return offset
      }
    }
  }

  /// Returns whether the bytes from `start` on are `name` and a quote: the name of a member without
  /// escapes. A name with a quote or a backslash is not found, since the text has it escaped: its
  /// bytes could only be those of several strings.
  @inline(__always)
  func isPlainName(_ name: Span<UInt8>, at start: Int) -> Bool {
    let (text, length) = (bytes.span, name.count)
    guard start >= 0, start < text.count - length, text[start + length] == UInt8(ascii: "\"") else {
      return false
    }
    var offset = 0
    while length - offset >= 8 {
      let word = name.word(at: offset)
      if text.word(at: start + offset) != word || Self.quotesAndSlashes(word) != 0 { return false }
      offset += 8
    }
    while offset < length {
      let byte = name[offset]
      if text[start + offset] != byte || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        return false
      }
      offset += 1
    }
    return true
  }

  /// Returns the string in `range`.
  func string(_ range: Range<Int>, isEscaped: Bool) -> String {
    if isEscaped { return String(decoding: unescaped(range), as: UTF8.self) }
    // SAFETY: the strict parser has checked that the text is UTF-8, and strings end between
    // characters.
    return unsafe String(
      copying: UTF8Span(unchecked: bytes.span.extracting(range), isKnownASCII: false))
  }

  /// Returns the bytes of the string in `range`, its escapes resolved.
  func unescaped(_ range: Range<Int>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let byte = bytes[offset]
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        offset += 1
        continue
      }
      let kind = self.byte(offset + 1)
      offset += 2
      switch kind {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "f"): result.append(0x0c)
      case UInt8(ascii: "r"): result.append(0x0d)
      case UInt8(ascii: "u"):
        var scalar = codeUnit(at: offset)
        offset += 4
        if scalar & 0xfc00 == 0xd800 {
          // The strict parser accepts a high surrogate only before a low one.
          scalar = 0x10000 + (scalar & 0x3ff) << 10 + codeUnit(at: offset + 2) & 0x3ff
          offset += 6
        }
        if let character = Unicode.Scalar(scalar) { result += Array(String(character).utf8) }
      default: result.append(kind)
      }
    }
    return result
  }

  /// Returns the value of the four hexadecimal digits at `offset`.
  private func codeUnit(at offset: Int) -> UInt32 {
    var unit: UInt32 = 0
    for index in offset..<offset + 4 {
      let byte = byte(index)
      unit = unit << 4 | UInt32(byte <= 0x39 ? byte & 0xf : (byte & 0xf) + 9)
    }
    return unit
  }
}
