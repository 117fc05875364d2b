// A value by itself: a literal, a string, a number, or whatever a type makes of it.

extension ClaimsDecoder: SingleValueDecodingContainer {
  package func decodeNil() -> Bool { kind == .null }

  package func decode(_ type: String.Type) throws -> String {
    guard let result = string(at: start, end: &end) else { throw failure(type, at: start) }
    return result
  }

  package func decode(_ type: Bool.Type) throws -> Bool {
    guard let result = bool(at: start, end: &end) else { throw failure(type, at: start) }
    return result
  }

  package func decode(_ type: Double.Type) throws -> Double {
    guard let result = double(at: start, end: &end) else { throw failure(type, at: start) }
    return result
  }

  package func decode(_ type: Float.Type) throws -> Float {
    guard let result = float(at: start, end: &end) else { throw failure(type, at: start) }
    return result
  }

  private func number<Number: FixedWidthInteger>() throws -> Number {
    guard let result: Number = integer(at: start, end: &end) else {
      throw failure(Number.self, at: start)
    }
    return result
  }

  package func decode(_ type: Int.Type) throws -> Int { try number() }
  package func decode(_ type: Int8.Type) throws -> Int8 { try number() }
  package func decode(_ type: Int16.Type) throws -> Int16 { try number() }
  package func decode(_ type: Int32.Type) throws -> Int32 { try number() }
  package func decode(_ type: Int64.Type) throws -> Int64 { try number() }
  package func decode(_ type: Int128.Type) throws -> Int128 { try number() }
  package func decode(_ type: UInt.Type) throws -> UInt { try number() }
  package func decode(_ type: UInt8.Type) throws -> UInt8 { try number() }
  package func decode(_ type: UInt16.Type) throws -> UInt16 { try number() }
  package func decode(_ type: UInt32.Type) throws -> UInt32 { try number() }
  package func decode(_ type: UInt64.Type) throws -> UInt64 { try number() }
  package func decode(_ type: UInt128.Type) throws -> UInt128 { try number() }

  package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if ForeignTypes.contain(type) { return try ForeignTypes.decode(type, from: self) }
    return try Value(from: self)
  }
}
