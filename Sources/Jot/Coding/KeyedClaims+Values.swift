// The scalars of an object, and members that may be absent.

extension KeyedClaims {
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try scalar(key) }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try scalar(key) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try scalar(key) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try scalar(key) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try scalar(key) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try scalar(key) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try scalar(key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try scalar(key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try scalar(key) }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try scalar(key) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try scalar(key) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try scalar(key) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try scalar(key) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try scalar(key) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try scalar(key) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try scalar(key) }

  @inline(__always)
  private func scalar<Scalar: ClaimScalar>(_ key: Key) throws -> Scalar {
    try scalar(at: decoder.value(of: key.stringValue), key)
  }

  @inline(__always)
  private func scalar<Scalar: ClaimScalar>(at value: Int, _ key: Key) throws -> Scalar {
    var end = 0
    guard let result = Scalar.read(decoder.text, at: value, end: &end) else {
      throw decoder.failure(Scalar.self, at: value, key)
    }
    decoder.members.didRead(value, to: end)
    return result
  }

  /// Where the value of a member begins; nil if it is absent or null.
  private func present(_ key: Key) -> Int? {
    let value = decoder.value(of: key.stringValue)
    return value < 0 || decoder.isNull(at: value) ? nil : value
  }

  @inline(__always)
  private func scalarIfPresent<Scalar: ClaimScalar>(_ key: Key) throws -> Scalar? {
    guard let value = present(key) else { return nil }
    return try scalar(at: value, key) as Scalar
  }

  // The standard library decodes other types in two steps, each of which looks for the member.
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try scalarIfPresent(key)
  }
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    try scalarIfPresent(key)
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    try scalarIfPresent(key)
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    try scalarIfPresent(key)
  }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
    try scalarIfPresent(key)
  }

  func decodeIfPresent<Value: Decodable>(
    _ type: Value.Type, forKey key: Key
  ) throws -> Value? {
    guard let value = present(key) else { return nil }
    return try decode(type, at: value, key)
  }
}
