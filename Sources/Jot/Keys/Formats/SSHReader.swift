// A reader of consecutive SSH values (RFC 4251 §5); copies nothing.

/// Reads the length-prefixed fields of an SSH structure in order.
struct SSHReader {
  private(set) var rest: Range<Int>

  init(_ range: Range<Int>) { rest = range }

  var isAtEnd: Bool { rest.isEmpty }

  /// Returns the next number of four bytes; nil at the end.
  mutating func number(_ bytes: Span<UInt8>) -> Int? {
    guard rest.count >= 4 else { return nil }
    let start = rest.lowerBound
    rest = start + 4..<rest.upperBound
    return (0..<4).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
  }

  /// Returns the content of the next string; nil if it is incomplete.
  mutating func string(_ bytes: Span<UInt8>) -> Range<Int>? {
    guard let length = number(bytes), length <= rest.count else { return nil }
    let start = rest.lowerBound
    rest = start + length..<rest.upperBound
    return start..<start + length
  }

  /// Returns the big-endian bytes of the next integer; nil if it is negative.
  mutating func integer(_ bytes: Span<UInt8>) -> Range<Int>? {
    guard let range = string(bytes), let first = range.first, bytes[first] < 0x80 else {
      return nil
    }
    return range
  }
}
