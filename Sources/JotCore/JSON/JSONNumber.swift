// A NumericDate (RFC 7519 §2) read exactly from its digits, without floating point.

extension JSONValue {
  /// Returns the number truncated toward zero, or nil if that does not fit.
  ///
  /// `1e9`, `12345e-2` and `1767225600.9` are read digit by digit. The result is what PyJWT's
  /// `int()` would give if floats were exact.
  ///
  /// - Precondition: ``kind`` is `number`, read by ``JSONScanner`` from the same bytes.
  /// - Complexity: O(n) in the number's characters; no allocation.
  @_noAllocation @inlinable @inline(__always)
  package func integer(_ buffer: borrowing MutableSpan<UInt8>) -> Int64? {
    // Nearly every time has ten digits. Up to 18 digits can't overflow and need no check.
    var plain: Int64 = 0
    var next = start
    if end - start >= 8 {
      guard let eight = Self.eightDigits(buffer.word(at: start)) else {
        return exactInteger(buffer)
      }
      (plain, next) = (eight, start + 8)
    }
    while next < end, next - start < 18 {
      let digit = buffer[next] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      plain = plain &* 10 &+ Int64(digit)
      next += 1
    }
    return next == end ? plain : exactInteger(buffer)
  }

  /// Returns the value of eight digits, the first in the lowest byte; nil if a byte is not a digit.
  ///
  /// Adjacent values are combined in three steps: digits to pairs, pairs to fours, fours to eight.
  @_noAllocation @inlinable @inline(__always)
  static func eightDigits(_ word: UInt64) -> Int64? {
    let digits = word ^ 0x3030_3030_3030_3030
    guard (digits | (digits &+ 0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 == 0 else {
      return nil
    }
    let pairs = (digits &* 10 &+ digits >> 8) & 0x00ff_00ff_00ff_00ff
    let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_ffff_0000_ffff
    return Int64(truncatingIfNeeded: (fours &* 10_000 &+ fours >> 32) & 0xffff_ffff)
  }

  /// As `integer`, for any number: sign, fraction, exponent, more digits than fit.
  @_noAllocation @usableFromInline
  func exactInteger(_ buffer: borrowing MutableSpan<UInt8>) -> Int64? {
    let negative = buffer.byteOrZero(at: start) == UInt8(ascii: "-")
    let first = negative ? start + 1 : start
    // The end of the mantissa, and how far the exponent moves the decimal point.
    var mantissaEnd = first
    while mantissaEnd < end, buffer[mantissaEnd] | 0x20 != UInt8(ascii: "e") { mantissaEnd += 1 }
    let exponent = exponent(buffer, from: mantissaEnd)
    // The digits before the moved point make the integer; zeros follow if there are too few.
    var wanted = exponent
    var offset = first
    while offset < mantissaEnd, buffer[offset] != UInt8(ascii: ".") {
      wanted += 1
      offset += 1
    }
    var value: Int64 = 0
    offset = first
    while wanted > 0, offset < mantissaEnd {
      let byte = buffer[offset]
      offset += 1
      if byte == UInt8(ascii: ".") { continue }
      // Not a digit: these are not the bytes that the number was read from.
      let digit = Int64(byte &- UInt8(ascii: "0"))
      guard digit < 10, let next = Self.shift(value, adding: negative ? -digit : digit) else {
        return nil
      }
      value = next
      wanted -= 1
    }
    while wanted > 0, value != 0 {
      guard let next = Self.shift(value, adding: 0) else { return nil }
      value = next
      wanted -= 1
    }
    return value
  }

  /// Returns the exponent whose `e` is at `index`, or 0. It is clamped to a limit that is larger
  /// than the number of digits in any text.
  @_noAllocation
  private func exponent(_ buffer: borrowing MutableSpan<UInt8>, from index: Int) -> Int {
    guard index < end else { return 0 }
    var offset = index + 1
    let sign = buffer.byteOrZero(at: offset)
    let negative = sign == UInt8(ascii: "-")
    if negative || sign == UInt8(ascii: "+") { offset += 1 }
    var exponent = 0
    while offset < end {
      exponent = min(exponent * 10 + Int(buffer[offset] &- UInt8(ascii: "0")), 1 << 32)
      offset += 1
    }
    return negative ? -exponent : exponent
  }

  /// Returns ten times `value` plus `digit`, or nil if that does not fit.
  @_noAllocation @inline(__always)
  private static func shift(_ value: Int64, adding digit: Int64) -> Int64? {
    let (tenfold, over) = value.multipliedReportingOverflow(by: 10)
    let (sum, further) = tenfold.addingReportingOverflow(digit)
    return over || further ? nil : sum
  }
}
