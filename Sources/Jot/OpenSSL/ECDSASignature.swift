// ECDSA signatures: raw r‖s, as JWS has them (RFC 7518 §3.4), and DER, as OpenSSL has them.

/// Translates between the two forms, on the stack.
enum ECDSASignature {
  /// Bytes that a signature in DER can have, for coordinates of 66 bytes.
  static var longestDER: Int { @_noAllocation get { 144 } }

  /// Writes `raw[place..<place + count]`, which is r‖s, as DER and returns how many bytes it took.
  ///
  /// - Precondition: `count` is even and at most 132.
  @_noAllocation
  static func encode(
    _ raw: borrowing MutableSpan<UInt8>, at place: Int = 0, count: Int,
    into der: inout [144 of UInt8]
  ) -> Int {
    let width = count / 2
    // The sequence's header has three bytes where its content has 128 or more.
    let content = length(raw, place, width) + length(raw, place + width, width) + 4
    der[0] = 0x30
    if content >= 128 { der[1] = 0x81 }
    let header = content >= 128 ? 3 : 2
    der[header - 1] = UInt8(content)
    let middle = put(raw, place, width, &der, at: header)
    return put(raw, place + width, width, &der, at: middle)
  }

  /// Writes the number at `start` and returns where it ends.
  @_noAllocation
  private static func put(
    _ raw: borrowing MutableSpan<UInt8>, _ start: Int, _ width: Int,
    _ der: inout [144 of UInt8], at offset: Int
  ) -> Int {
    let (length, used) = (length(raw, start, width), significant(raw, start, width))
    der[offset] = 0x02
    der[offset + 1] = UInt8(length)
    var end = offset + 2
    if length > used {
      der[end] = 0
      end += 1
    }
    for index in start + width - used..<start + width {
      der[end] = raw[index]
      end += 1
    }
    return end
  }

  /// Writes the signature in `der[0..<count]` as r‖s of `width` bytes each; false if it is none.
  @_noAllocation
  static func decode(
    _ der: Span<UInt8>, count: Int, width: Int, into raw: inout MutableSpan<UInt8>
  ) -> Bool {
    guard count >= 2, der[0] == 0x30 else { return false }
    var at = 2
    var content = Int(der[1])
    if content >= 0x80 {
      guard content == 0x81, count >= 3, der[2] >= 0x80 else { return false }
      content = Int(der[2])
      at = 3
    }
    guard at + content == count, take(der, &at, count, 0, width, &raw) else { return false }
    return take(der, &at, count, width, width, &raw) && at == count
  }

  /// Reads the number at `at` into `width` bytes from `start`; false if it is none.
  @_noAllocation
  private static func take(
    _ der: Span<UInt8>, _ at: inout Int, _ count: Int, _ start: Int, _ width: Int,
    _ raw: inout MutableSpan<UInt8>
  ) -> Bool {
    guard at + 2 < count, der[at] == 0x02 else { return false }
    var length = Int(der[at + 1])
    at += 2
    guard length > 0, length < 0x80, at + length <= count, der[at] < 0x80 else { return false }
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
    return true
  }

  /// Bytes of the number at `start` in DER: without leading zeros, one before a set high bit.
  @_noAllocation
  private static func length(
    _ raw: borrowing MutableSpan<UInt8>, _ start: Int, _ width: Int
  ) -> Int {
    let used = significant(raw, start, width)
    return used + (raw[start + width - used] >= 0x80 ? 1 : 0)
  }

  /// Bytes from the first that is not zero; 1 for zero.
  @_noAllocation
  private static func significant(
    _ raw: borrowing MutableSpan<UInt8>, _ start: Int, _ width: Int
  ) -> Int {
    var used = width
    while used > 1, raw[start + width - used] == 0 { used -= 1 }
    return used
  }
}
