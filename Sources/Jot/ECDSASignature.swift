// ECDSA signatures: raw r‖s, as JWS has them (RFC 7518 §3.4), and DER, as OpenSSL has them.

/// Translates between the two forms, on the stack.
enum ECDSASignature {
  /// Bytes that a signature in DER can have, for coordinates of 66 bytes.
  static var longestDER: Int { @_noAllocation get { 144 } }

  /// Writes `raw[0..<count]`, which is r‖s, as DER and returns how many bytes it took.
  ///
  /// - Precondition: `count` is even and at most 132.
  static func encode(
    _ raw: borrowing MutableSpan<UInt8>, count: Int, into der: inout [144 of UInt8]
  ) -> Int {
    let width = count / 2
    // The sequence's header has three bytes where its content has 128 or more.
    let content = length(raw, 0, width) + length(raw, width, width) + 4
    var end = 0
    func put(_ byte: UInt8) {
      der[end] = byte
      end += 1
    }
    put(0x30)
    if content >= 128 { put(0x81) }
    put(UInt8(content))
    for start in [0, width] {
      let length = length(raw, start, width)
      put(0x02)
      put(UInt8(length))
      let used = significant(raw, start, width)
      if length > used { put(0) }
      for index in start + width - used..<start + width { put(raw[index]) }
    }
    return end
  }

  /// Writes the signature in `der[0..<count]` as r‖s of `width` bytes each; false if it is none.
  static func decode(
    _ der: Span<UInt8>, count: Int, width: Int, into raw: inout MutableSpan<UInt8>
  ) -> Bool {
    var at = 0
    func header(_ tag: UInt8) -> Int? {
      guard at + 2 <= count, der[at] == tag else { return nil }
      at += 2
      guard der[at - 1] >= 0x80 else { return Int(der[at - 1]) }
      guard der[at - 1] == 0x81, at < count, der[at] >= 0x80 else { return nil }
      at += 1
      return Int(der[at - 1])
    }
    guard let content = header(0x30), at + content == count else { return false }
    for start in [0, width] {
      guard var length = header(0x02), length > 0, at + length <= count, der[at] < 0x80 else {
        return false
      }
      if der[at] == 0, length > 1 {
        // A zero stands only before a byte that would read as a sign.
        guard der[at + 1] >= 0x80 else { return false }
        at += 1
        length -= 1
      }
      guard length <= width else { return false }
      raw.clear(start..<start + width)
      for index in 0..<length { raw[start + width - length + index] = der[at + index] }
      at += length
    }
    return at == count
  }

  /// Bytes of the number at `start` in DER: without leading zeros, one before a set high bit.
  private static func length(
    _ raw: borrowing MutableSpan<UInt8>, _ start: Int, _ width: Int
  ) -> Int {
    let used = significant(raw, start, width)
    return used + (raw[start + width - used] >= 0x80 ? 1 : 0)
  }

  /// Bytes from the first that is not zero; 1 for zero.
  private static func significant(
    _ raw: borrowing MutableSpan<UInt8>, _ start: Int, _ width: Int
  ) -> Int {
    var used = width
    while used > 1, raw[start + width - used] == 0 { used -= 1 }
    return used
  }
}
