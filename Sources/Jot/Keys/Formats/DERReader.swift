// A strict reader of consecutive DER values (X.690); copies nothing.

/// Reads DER values in order.
struct DERReader {
  private(set) var rest: Range<Int>

  init(_ range: Range<Int>) { rest = range }

  var isAtEnd: Bool { rest.isEmpty }

  /// Returns the content of the next value if it has the tag; otherwise nil, and reads nothing.
  mutating func next(_ bytes: Span<UInt8>, _ tag: UInt8) -> Range<Int>? {
    guard rest.count >= 2, bytes[rest.lowerBound] == tag else { return nil }
    var (start, length) = (rest.lowerBound + 2, Int(bytes[rest.lowerBound + 1]))
    if length >= 0x80 {
      // One or two length bytes, and no more than necessary.
      let digits = length & 0x7f
      guard (1...2).contains(digits), rest.count >= 2 + digits else { return nil }
      length = (0..<digits).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
      guard length >= (digits == 1 ? 0x80 : 0x100) else { return nil }
      start += digits
    }
    guard length <= rest.upperBound - start else { return nil }
    rest = start + length..<rest.upperBound
    return start..<start + length
  }

  /// Returns a reader of the next value's content, if it has the tag.
  mutating func enter(_ bytes: Span<UInt8>, _ tag: UInt8) -> DERReader? {
    next(bytes, tag).map { DERReader($0) }
  }
}

extension Span where Element == UInt8 {
  func has(_ other: [UInt8], in range: Range<Int>) -> Bool {
    range.count == other.count && equals(other.span, in: range)
  }
}
