// The elements of an array as a type writes them.

/// An unkeyed container that writes an array's elements.
struct ClaimElementsWriter: UnkeyedEncodingContainer {
  private let encoder: ClaimsEncoder

  init(_ encoder: ClaimsEncoder) { self.encoder = encoder }

  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.count }

  func encodeNil() {
    encoder.beginElement()
    encoder.buffer.verbatim("null")
  }

  func encode(_ value: String) {
    encoder.beginElement()
    encoder.buffer.string(value)
  }

  func encode(_ value: Bool) {
    encoder.beginElement()
    encoder.buffer.bool(value)
  }

  func encode(_ value: Double) throws {
    guard value.isFinite else { throw encoder.invalid(value, ClaimsKey(index: count)) }
    encoder.beginElement()
    encoder.buffer.verbatim(value.description)
  }

  func encode(_ value: Float) throws {
    guard value.isFinite else { throw encoder.invalid(value, ClaimsKey(index: count)) }
    encoder.beginElement()
    encoder.buffer.verbatim(value.description)
  }

  private func number(_ value: some FixedWidthInteger) {
    encoder.beginElement()
    encoder.buffer.number(value)
  }

  func encode(_ value: Int) { number(value) }
  func encode(_ value: Int8) { number(value) }
  func encode(_ value: Int16) { number(value) }
  func encode(_ value: Int32) { number(value) }
  func encode(_ value: Int64) { number(value) }
  func encode(_ value: Int128) { number(value) }
  func encode(_ value: UInt) { number(value) }
  func encode(_ value: UInt8) { number(value) }
  func encode(_ value: UInt16) { number(value) }
  func encode(_ value: UInt32) { number(value) }
  func encode(_ value: UInt64) { number(value) }
  func encode(_ value: UInt128) { number(value) }

  func encode<Value: Encodable>(_ value: Value) throws {
    // A generic array asks for these too; without an encoder of their own.
    if Value.self == String.self { return encode(value as! String) }
    if Value.self == Int.self { return encode(value as! Int) }
    try encoder.encodeElement(value)
  }

  // MARK: - Containers

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    detached().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { detached().unkeyedContainer() }

  func superEncoder() -> any Encoder { detached() }

  private func detached() -> ClaimsEncoder {
    encoder.beginElement()
    return encoder.detached(ClaimsKey(index: count - 1))
  }
}
