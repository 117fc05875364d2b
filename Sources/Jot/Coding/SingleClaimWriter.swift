// A value by itself: a literal, a string, a number, or whatever a type makes of it.

extension ClaimsEncoder: SingleValueEncodingContainer {
  package func encodeNil() {
    beginValue()
    buffer.verbatim("null")
  }

  package func encode(_ value: String) {
    beginValue()
    buffer.string(value)
  }

  package func encode(_ value: Bool) {
    beginValue()
    buffer.bool(value)
  }

  package func encode(_ value: Double) throws {
    guard value.isFinite else { throw invalid(value) }
    beginValue()
    buffer.verbatim(value.description)
  }

  package func encode(_ value: Float) throws {
    guard value.isFinite else { throw invalid(value) }
    beginValue()
    buffer.verbatim(value.description)
  }

  /// Writes the digits of a number.
  package func encode(number json: String) {
    beginValue()
    buffer.verbatim(json)
  }

  private func number(_ value: some FixedWidthInteger) {
    beginValue()
    buffer.number(value)
  }

  package func encode(_ value: Int) { number(value) }
  package func encode(_ value: Int8) { number(value) }
  package func encode(_ value: Int16) { number(value) }
  package func encode(_ value: Int32) { number(value) }
  package func encode(_ value: Int64) { number(value) }
  package func encode(_ value: Int128) { number(value) }
  package func encode(_ value: UInt) { number(value) }
  package func encode(_ value: UInt8) { number(value) }
  package func encode(_ value: UInt16) { number(value) }
  package func encode(_ value: UInt32) { number(value) }
  package func encode(_ value: UInt64) { number(value) }
  package func encode(_ value: UInt128) { number(value) }

  package func encode<Value: Encodable>(_ value: Value) throws {
    if ForeignTypes.contain(Value.self) { return try ForeignTypes.encode(value, to: self) }
    try value.encode(to: self)
  }
}
