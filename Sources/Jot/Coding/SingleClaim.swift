// A value by itself: a literal, a string, a number, or whatever a type makes of it.

extension ClaimsDecoder: SingleValueDecodingContainer {
  package func decodeNil() -> Bool { kind == .null }

  private func scalar<Scalar: ClaimScalar>() throws -> Scalar {
    guard let result = Scalar.read(text, at: start, end: &end) else {
      throw failure(Scalar.self, at: start)
    }
    return result
  }

  package func decode(_ type: String.Type) throws -> String { try scalar() }
  package func decode(_ type: Bool.Type) throws -> Bool { try scalar() }
  package func decode(_ type: Double.Type) throws -> Double { try scalar() }
  package func decode(_ type: Float.Type) throws -> Float { try scalar() }
  package func decode(_ type: Int.Type) throws -> Int { try scalar() }
  package func decode(_ type: Int8.Type) throws -> Int8 { try scalar() }
  package func decode(_ type: Int16.Type) throws -> Int16 { try scalar() }
  package func decode(_ type: Int32.Type) throws -> Int32 { try scalar() }
  package func decode(_ type: Int64.Type) throws -> Int64 { try scalar() }
  package func decode(_ type: Int128.Type) throws -> Int128 { try scalar() }
  package func decode(_ type: UInt.Type) throws -> UInt { try scalar() }
  package func decode(_ type: UInt8.Type) throws -> UInt8 { try scalar() }
  package func decode(_ type: UInt16.Type) throws -> UInt16 { try scalar() }
  package func decode(_ type: UInt32.Type) throws -> UInt32 { try scalar() }
  package func decode(_ type: UInt64.Type) throws -> UInt64 { try scalar() }
  package func decode(_ type: UInt128.Type) throws -> UInt128 { try scalar() }

  package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if ForeignTypes.contain(type) { return try ForeignTypes.decode(type, from: self) }
    return try Value(from: self)
  }
}
