// ECDSA signatures: raw r‖s in JWS (RFC 7518 §3.4), DER in OpenSSL.

/// Converts between the two forms, on the stack.
enum ECDSASignature {
  /// The longest DER signature in bytes, for coordinates of 66 bytes.
  static var longestDER: Int { @_noAllocation get { 144 } }

  /// Writes `raw[offset..<offset + count]`, which is r‖s, as DER and returns the number of bytes.
  ///
  /// - Precondition: `count` is even and at most 132.
  @_noAllocation
  static func encode(
    _ raw: borrowing MutableSpan<UInt8>, at offset: Int = 0, count: Int,
    into der: inout [144 of UInt8]
  ) -> Int {
    let width = count / 2
    // The sequence's header has three bytes if its content has 128 or more.
    let content = length(raw, offset, width) + length(raw, offset + width, width) + 4
    der[0] = 0x30
    if content >= 128 { der[1] = 0x81 }
    let header = content >= 128 ? 3 : 2
    der[header - 1] = UInt8(content)
    let middle = put(raw, offset, width, &der, at: header)
    return put(raw, offset + width, width, &der, at: middle)
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

  /// Writes the signature in `der[0..<count]` as r‖s of `width` bytes each; false if it is invalid.
  @_noAllocation
  static func decode(
    _ der: Span<UInt8>, count: Int, width: Int, into raw: inout MutableSpan<UInt8>
  ) -> Bool {
    guard count >= 2, der[0] == 0x30 else { return false }
    var offset = 2
    var content = Int(der[1])
    if content >= 0x80 {
      guard content == 0x81, count >= 3, der[2] >= 0x80 else { return false }
      content = Int(der[2])
      offset = 3
    }
    guard offset + content == count, take(der, &offset, count, 0, width, &raw) else { return false }
    return take(der, &offset, count, width, width, &raw) && offset == count
  }

  /// Reads the number at `offset` into `width` bytes from `start`; false if it is invalid.
  @_noAllocation
  private static func take(
    _ der: Span<UInt8>, _ offset: inout Int, _ count: Int, _ start: Int, _ width: Int,
    _ raw: inout MutableSpan<UInt8>
  ) -> Bool {
    guard offset + 2 < count, der[offset] == 0x02 else { return false }
    var length = Int(der[offset + 1])
    offset += 2
    guard length > 0, length < 0x80, offset + length <= count, der[offset] < 0x80 else {
      return false
    }
    if der[offset] == 0, length > 1 {
      // A leading zero is valid only before a byte with its sign bit set.
      guard der[offset + 1] >= 0x80 else { return false }
      offset += 1
      length -= 1
    }
    guard length <= width else { return false }
    raw.clear(start..<start + width)
    for index in 0..<length { raw[start + width - length + index] = der[offset + index] }
    offset += length
    return true
  }

  /// The DER length of the number at `start`: no leading zeros except one before a set high bit.
  @_noAllocation
  private static func length(
    _ raw: borrowing MutableSpan<UInt8>, _ start: Int, _ width: Int
  ) -> Int {
    let used = significant(raw, start, width)
    return used + (raw[start + width - used] >= 0x80 ? 1 : 0)
  }

  /// The number of bytes from the first nonzero one; 1 for zero.
  @_noAllocation
  private static func significant(
    _ raw: borrowing MutableSpan<UInt8>, _ start: Int, _ width: Int
  ) -> Int {
    var used = width
    while used > 1, raw[start + width - used] == 0 { used -= 1 }
    return used
  }
}
