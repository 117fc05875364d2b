// Values that are read where they stand: strings, Booleans and numbers.

/// A type that one JSON string, number or literal is a value of.
protocol ClaimScalar: Decodable {
  /// Reads the value that begins at `start`; nil for a value of another type, or one that does not
  /// fit.
  ///
  /// - Parameter end: Set to where the value ends, after success.
  static func read(_ text: JSONText, at start: Int, end: inout Int) -> Self?
}

extension String: ClaimScalar {
  static func read(_ text: JSONText, at start: Int, end: inout Int) -> String? {
    guard text.byte(start) == UInt8(ascii: "\"") else { return nil }
    var isEscaped = false
    let last = text.stringEnd(from: start + 1, isEscaped: &isEscaped)
    end = last + 1
    return text.string(start + 1..<last, isEscaped: isEscaped)
  }
}

extension Bool: ClaimScalar {
  @inline(__always)
  static func read(_ text: JSONText, at start: Int, end: inout Int) -> Bool? {
    let first = text.byte(start)
    guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else { return nil }
    end = start + (first == UInt8(ascii: "t") ? 4 : 5)
    return first == UInt8(ascii: "t")
  }
}

extension Double: ClaimScalar {
  static func read(_ text: JSONText, at start: Int, end: inout Int) -> Double? {
    text.double(at: start, end: &end)
  }
}

extension Float: ClaimScalar {
  static func read(_ text: JSONText, at start: Int, end: inout Int) -> Float? {
    text.float(at: start, end: &end)
  }
}

extension ClaimScalar where Self: FixedWidthInteger {
  @inline(__always)
  static func read(_ text: JSONText, at start: Int, end: inout Int) -> Self? {
    text.wholeNumber(at: start, end: &end)
  }
}

extension Int: ClaimScalar {}
extension Int8: ClaimScalar {}
extension Int16: ClaimScalar {}
extension Int32: ClaimScalar {}
extension Int64: ClaimScalar {}
extension Int128: ClaimScalar {}
extension UInt: ClaimScalar {}
extension UInt8: ClaimScalar {}
extension UInt16: ClaimScalar {}
extension UInt32: ClaimScalar {}
extension UInt64: ClaimScalar {}
extension UInt128: ClaimScalar {}

extension JSONText {
  /// Returns the elements of the array that begins at `start`, if all are scalars of one type.
  ///
  /// - Parameter end: Set to where the array ends, after success.
  // Inlined, or it would read each element through the protocol's table.
  @inline(__always)
  func scalars<Scalar: ClaimScalar>(at start: Int, end: inout Int) -> [Scalar]? {
    // Counted first, which costs less than an array that grows.
    var (count, offset) = (0, skip(UInt8(ascii: ","), from: start + 1))
    while offset < bytes.count, byte(offset) != UInt8(ascii: "]") {
      offset = skip(UInt8(ascii: ","), from: valueEnd(from: offset))
      count += 1
    }
    var scalars: [Scalar] = []
    scalars.reserveCapacity(count)
    offset = start + 1
    for _ in 0..<count {
      offset = skip(UInt8(ascii: ","), from: offset)
      guard let scalar = Scalar.read(self, at: offset, end: &offset) else { return nil }
      scalars.append(scalar)
    }
    end = skip(UInt8(ascii: ","), from: offset) + 1
    return scalars
  }
}
