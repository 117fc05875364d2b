// The other numbers of an object, and members that may be absent.

extension KeyedClaims {
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try number(key) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try number(key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try number(key) }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try number(key) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try number(key) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try number(key) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try number(key) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try number(key) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try number(key) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try number(key) }

  private func number<Number: FixedWidthInteger>(_ key: Key) throws -> Number {
    let value = decoder.value(of: key.stringValue)
    var end = 0
    guard let result: Number = decoder.integer(at: value, end: &end) else {
      throw decoder.failure(Number.self, at: value, key)
    }
    decoder.members.didRead(value, to: end)
    return result
  }

  /// Where the value of a member begins; nil if it is absent or null.
  private func present(_ key: Key) -> Int? {
    let value = decoder.value(of: key.stringValue)
    return value < 0 || decoder.isNull(at: value) ? nil : value
  }

  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    guard let value = present(key) else { return nil }
    var end = 0
    guard let result = decoder.string(at: value, end: &end) else {
      throw decoder.failure(type, at: value, key)
    }
    decoder.members.didRead(value, to: end)
    return result
  }

  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    guard let value = present(key) else { return nil }
    var end = 0
    guard let result = decoder.bool(at: value, end: &end) else {
      throw decoder.failure(type, at: value, key)
    }
    decoder.members.didRead(value, to: end)
    return result
  }

  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    guard let value = present(key) else { return nil }
    var end = 0
    guard let result = decoder.double(at: value, end: &end) else {
      throw decoder.failure(type, at: value, key)
    }
    decoder.members.didRead(value, to: end)
    return result
  }

  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    guard let value = present(key) else { return nil }
    var end = 0
    guard let result: Int = decoder.integer(at: value, end: &end) else {
      throw decoder.failure(type, at: value, key)
    }
    decoder.members.didRead(value, to: end)
    return result
  }

  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
    guard let value = present(key) else { return nil }
    var end = 0
    guard let result: Int64 = decoder.integer(at: value, end: &end) else {
      throw decoder.failure(type, at: value, key)
    }
    decoder.members.didRead(value, to: end)
    return result
  }

  func decodeIfPresent<Value: Decodable>(
    _ type: Value.Type, forKey key: Key
  ) throws -> Value? {
    guard let value = present(key) else { return nil }
    return try decode(type, at: value, key)
  }
}
