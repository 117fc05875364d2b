// Refuses a duplicate name in an object (RFC 7515 §4, RFC 7519 §4): a hash table with open
// addressing, behind the text.
//
//   slot: 0 = free, else (start of the name + 1) | number of its object << 32
//   index of a name: a hash of its object's number and its bytes, escapes resolved, folded word by
//   word with a secret factor, so that a sender can't find names that collide

extension JSONScanner {
  /// Returns how many slots a text of `count` bytes needs.
  ///
  /// A member takes 5 bytes or more (`"":0,`), so the table is never full and a probe always ends.
  @_noAllocation @inlinable
  static func slots(forText count: Int) -> Int {
    let least = max(8, count / 4 + 1)
    return 1 << (Int.bitWidth - (least - 1).leadingZeroBitCount)
  }

  /// Records that `object` has a member `name`.
  // Mutating, though it changes nothing in the scanner: otherwise the call copies the scanner.
  @_noAllocation
  mutating func note(
    _ name: JSONString, in object: UInt64, _ buffer: inout MutableSpan<UInt8>
  ) throws(JSONError) {
    let table = table
    let first = Int(
      truncatingIfNeeded: Self.hash(of: name, in: object, seed, buffer) & UInt64(slots - 1))
    var slot = first
    while true {
      let entry = buffer.word(at: table + 8 * slot)
      if entry == 0 { break }
      if entry >> 32 == object, Self.isName(at: Int(entry & 0xffff_ffff) - 1, name, buffer) {
        throw .duplicateName(name.start)
      }
      slot = (slot + 1) & (slots - 1)
      // A cleared table has free slots; the table of another buffer could be probed forever.
      guard slot != first else { preconditionFailure("the buffer that the scan was opened on") }
    }
    buffer.store(UInt64(name.start + 1) | object << 32, at: table + 8 * slot)
  }

  @_noAllocation @inline(__always)
  static func hash(
    of name: JSONString, in object: UInt64, _ seed: UInt64, _ buffer: borrowing MutableSpan<UInt8>
  ) -> UInt64 {
    // Odd, so that multiplication loses no information.
    let factor = seed | 1
    var hash = fold(object ^ 0x9e37_79b9_7f4a_7c15, factor)
    guard name.isEscaped else {
      // Reading past the name is safe: the zero word and the stack are behind the text.
      var at = name.start
      while name.end - at > 8 {
        hash = fold(hash ^ buffer.word(at: at), factor)
        at += 8
      }
      let rest = UInt64(name.end - at)
      let mask = rest == 8 ? UInt64.max : (1 << (8 * rest)) &- 1
      return fold(hash ^ (buffer.word(at: at) & mask) ^ rest << 60, factor)
    }
    var bytes = JSONStringBytes(name)
    var (word, length) = (0 as UInt64, 0 as UInt64)
    while let byte = bytes.next(buffer) {
      if length == 8 {
        hash = fold(hash ^ word, factor)
        (word, length) = (0, 0)
      }
      word |= UInt64(byte) << (8 * length)
      length += 1
    }
    return fold(hash ^ word ^ length << 60, factor)
  }

  /// Folds both halves of the 128-bit product: every bit of `word` affects every bit of the result.
  @_noAllocation @inline(__always)
  private static func fold(_ word: UInt64, _ factor: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: factor)
    return product.high ^ product.low
  }

  /// Returns whether the name that starts at `start` is `name`, escapes resolved in both.
  @_noAllocation
  private static func isName(
    at start: Int, _ name: JSONString, _ buffer: borrowing MutableSpan<UInt8>
  ) -> Bool {
    // The other name ends at its quote, which is before this name: that text was already accepted.
    var left = JSONStringBytes(JSONString(start: start, end: name.start, isEscaped: true))
    var right = JSONStringBytes(name)
    while true {
      let ended = left.isAtQuote(buffer)
      guard let byte = right.next(buffer) else { return ended }
      if ended || left.next(buffer) != byte { return false }
    }
  }
}

extension JSONStringBytes {
  /// Whether the bytes end here, at the string's closing quote.
  @_noAllocation
  fileprivate func isAtQuote(_ buffer: borrowing MutableSpan<UInt8>) -> Bool {
    isBetweenCharacters && buffer[offset] == UInt8(ascii: "\"")
  }
}
