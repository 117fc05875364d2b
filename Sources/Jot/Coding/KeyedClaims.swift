// The members of an object as a type reads them.

/// A keyed container over a payload's object.
struct KeyedClaims<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ClaimsDecoder

  init(_ decoder: ClaimsDecoder) { self.decoder = decoder }

  var codingPath: [any CodingKey] { decoder.codingPath }

  var allKeys: [Key] { decoder.names.compactMap(Key.init(stringValue:)) }

  func contains(_ key: Key) -> Bool { decoder.value(of: key.stringValue) >= 0 }

  func decodeNil(forKey key: Key) throws -> Bool {
    let value = decoder.value(of: key.stringValue)
    guard value >= 0 else { throw decoder.missing(key) }
    return decoder.isNull(at: value)
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let value = decoder.value(of: key.stringValue)
    guard value >= 0 else { throw decoder.missing(key) }
    return try decode(type, at: value, key)
  }

  func decode<Value: Decodable>(
    _ type: Value.Type, at value: Int, _ key: Key
  ) throws -> Value {
    var end = 0
    let result = try decoder.decode(type, at: value, place(key, value), end: &end)
    decoder.members.didRead(value, to: end)
    return result
  }

  /// A key that an existential holds without memory of its own; otherwise the member's value.
  private func place(_ key: Key, _ value: Int) -> ClaimsDecoder.Place {
    MemoryLayout<Key>.size <= 3 * MemoryLayout<Int>.size ? .key(key) : .member(value)
  }

  // MARK: - Containers

  private func child(_ key: Key) throws -> ClaimsDecoder {
    let value = decoder.value(of: key.stringValue)
    guard value >= 0 else { throw decoder.missing(key) }
    return decoder.child(at: value, .key(key))
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try child(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { superDecoder(of: ClaimsKey.super) }

  func superDecoder(forKey key: Key) throws -> any Decoder { superDecoder(of: key) }

  /// The decoder of a member; one that is absent counts as null.
  private func superDecoder(of key: any CodingKey) -> any Decoder {
    decoder.child(at: decoder.value(of: key.stringValue), .key(key))
  }
}
