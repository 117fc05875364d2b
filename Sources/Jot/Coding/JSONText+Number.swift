// Numbers of verified JSON (RFC 8259 §6): whole numbers exactly, others rounded once.

extension JSONText {
  /// Returns the whole number that begins at `start`; nil for a number that is not whole or does not
  /// fit, and for anything else.
  ///
  /// `1.0` and `1e3` are whole numbers. Digits are read exactly, without floating point.
  ///
  /// - Parameter end: Set to where the number ends, after success.
  @inline(__always)
  func wholeNumber<Number: FixedWidthInteger>(at start: Int, end: inout Int) -> Number? {
    let isNegative = byte(start) == UInt8(ascii: "-")
    var offset = isNegative ? start + 1 : start
    let first = offset
    var value: UInt64 = 0
    while true {
      let digit = byte(offset) &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      value = value &* 10 &+ UInt64(digit)
      offset += 1
    }
    guard offset > first else { return nil }
    let next = byte(offset)
    // 19 digits are below 2⁶⁴.
    guard offset - first < 20, next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e") else {
      return exactNumber(first, isNegative, end: &end)
    }
    end = offset
    if !isNegative { return Number(exactly: value) }
    return value <= 1 << 63
      ? Number(exactly: Int64(truncatingIfNeeded: 0 &- value)) : exactNumber(first, true, end: &end)
  }

  /// As `wholeNumber`, for any number, whose digits begin at `start`.
  private func exactNumber<Number: FixedWidthInteger>(
    _ start: Int, _ isNegative: Bool, end: inout Int
  ) -> Number? {
    let last = numberEnd(from: start)
    end = last
    var mantissaEnd = start
    while mantissaEnd < last, bytes[mantissaEnd] | 0x20 != UInt8(ascii: "e") { mantissaEnd += 1 }
    // How many digits belong to the whole number: those before the point, moved by the exponent.
    var wanted = exponent(mantissaEnd + 1, last)
    for offset in start..<mantissaEnd {
      if bytes[offset] == UInt8(ascii: ".") { break }
      wanted += 1
    }
    var value: Number = 0
    for offset in start..<mantissaEnd where bytes[offset] != UInt8(ascii: ".") {
      let digit = bytes[offset] &- UInt8(ascii: "0")
      if wanted <= 0 {
        guard digit == 0 else { return nil }
      } else {
        guard let next = value.appending(digit, isNegative) else { return nil }
        value = next
      }
      wanted -= 1
    }
    while wanted > 0, value != 0 {
      guard let next = value.appending(0, isNegative) else { return nil }
      value = next
      wanted -= 1
    }
    return value
  }

  /// Returns the exponent in the bytes from `start` to `end`, clamped to more than any text has digits.
  private func exponent(_ start: Int, _ end: Int) -> Int {
    guard start < end else { return 0 }
    let sign = bytes[start]
    var exponent = 0
    for offset in start..<end {
      let digit = bytes[offset] &- UInt8(ascii: "0")
      if digit < 10 { exponent = min(exponent * 10 + Int(digit), 1 << 32) }
    }
    return sign == UInt8(ascii: "-") ? -exponent : exponent
  }

  /// Returns the number that begins at `start`, rounded to the nearest double; nil if it is too
  /// large or too small, as for `JSONDecoder`, or is no number.
  ///
  /// - Parameter end: Set to where the number ends, after success.
  func double(at start: Int, end: inout Int) -> Double? {
    let isNegative = byte(start) == UInt8(ascii: "-")
    var offset = isNegative ? start + 1 : start
    var (mantissa, digits, scale) = (0 as UInt64, 0, 0)
    var isFraction = false
    while true {
      let byte = self.byte(offset)
      let digit = byte &- UInt8(ascii: "0")
      if digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        digits += 1
        if isFraction { scale += 1 }
      } else if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else {
        break
      }
      offset += 1
    }
    guard digits > 0 else { return nil }
    // 15 digits and 10¹⁵ are doubles, so that the quotient is rounded once.
    guard digits <= 15, byte(offset) | 0x20 != UInt8(ascii: "e") else {
      return float(at: start, end: &end)
    }
    end = offset
    let value = scale == 0 ? Double(mantissa) : Double(mantissa) / powersOfTen[scale]
    return isNegative ? -value : value
  }

  /// Whether the number in `range` is zero, not only rounded to it.
  private func isZero(_ range: Range<Int>) -> Bool {
    for offset in range {
      let byte = bytes[offset]
      if byte | 0x20 == UInt8(ascii: "e") { break }
      if byte > UInt8(ascii: "0") { return false }
    }
    return true
  }

  /// As `double`, for any type and number, by the standard library.
  func float<Number: BinaryFloatingPoint & LosslessStringConvertible>(
    at start: Int, end: inout Int
  ) -> Number? {
    let first = byte(start)
    guard first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10 else { return nil }
    let last = numberEnd(from: start)
    guard let value = Number(string(start..<last, isEscaped: false)), value.isFinite,
      value != 0 || isZero(start..<last)
    else { return nil }
    end = last
    return value
  }
}

private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]

extension FixedWidthInteger {
  /// Returns ten times this number, and a digit further from zero; nil if that does not fit.
  fileprivate func appending(_ digit: UInt8, _ isNegative: Bool) -> Self? {
    let (tenfold, over) = multipliedReportingOverflow(by: 10)
    let (sum, further) =
      isNegative
      ? tenfold.subtractingReportingOverflow(Self(digit))
      : tenfold.addingReportingOverflow(Self(digit))
    return over || further ? nil : sum
  }
}
