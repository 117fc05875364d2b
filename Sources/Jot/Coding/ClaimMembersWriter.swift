// The members of an object as a type writes them.

/// A keyed container that writes an object's members.
struct ClaimMembersWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
  private let encoder: ClaimsEncoder

  init(_ encoder: ClaimsEncoder) { self.encoder = encoder }

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil(forKey key: Key) {
    encoder.beginMember(key.stringValue)
    encoder.buffer.verbatim("null")
  }

  func encode(_ value: String, forKey key: Key) {
    encoder.beginMember(key.stringValue)
    encoder.buffer.string(value)
  }

  func encode(_ value: Bool, forKey key: Key) {
    encoder.beginMember(key.stringValue)
    encoder.buffer.bool(value)
  }

  func encode(_ value: Double, forKey key: Key) throws {
    try encoder.member(key.stringValue, value, key)
  }
  func encode(_ value: Float, forKey key: Key) throws {
    try encoder.member(key.stringValue, value, key)
  }

  func encode(_ value: Int, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: Int8, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: Int16, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: Int32, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: Int64, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: Int128, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: UInt, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: UInt8, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: UInt16, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: UInt32, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: UInt64, forKey key: Key) { encoder.member(key.stringValue, value) }
  func encode(_ value: UInt128, forKey key: Key) { encoder.member(key.stringValue, value) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    let name = key.stringValue
    if Value.self == [String].self { return try encoder.member(name, value as! [String]) }
    // An existential holds up to three words without memory of its own.
    let isSmall = MemoryLayout<Key>.size <= 3 * MemoryLayout<Int>.size
    try encoder.encode(value, named: name) { isSmall ? .key(key) : .name(name) }
  }

  // MARK: - Containers

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    detached(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    detached(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { detached(ClaimsKey.super) }

  func superEncoder(forKey key: Key) -> any Encoder { detached(key) }

  private func detached(_ key: any CodingKey) -> ClaimsEncoder {
    encoder.beginMember(key.stringValue)
    return encoder.detached(key)
  }
}
