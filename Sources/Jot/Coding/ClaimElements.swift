// The elements of an array as a type reads them.

/// An unkeyed container over a payload's array: small enough for an existential to hold it.
struct ClaimElements: UnkeyedDecodingContainer {
  private let decoder: ClaimsDecoder
  /// Where the next element begins, or the array's closing bracket is.
  private var offset: Int
  private(set) var currentIndex = 0

  init(_ decoder: ClaimsDecoder) {
    self.decoder = decoder
    offset = decoder.start
    advance(to: offset + 1)
    currentIndex = 0
  }

  var codingPath: [any CodingKey] { decoder.codingPath }

  var isAtEnd: Bool { decoder.text.byte(offset) == UInt8(ascii: "]") }

  /// - Complexity: O(n) in the rest of the array.
  var count: Int? {
    let text = decoder.text
    var (count, next) = (currentIndex, offset)
    while text.byte(next) != UInt8(ascii: "]"), next < text.bytes.count {
      next = text.skip(UInt8(ascii: ","), from: text.valueEnd(from: next))
      count += 1
    }
    return count
  }

  /// Moves to the element behind `end`; 0 means behind the element here.
  private mutating func advance(to end: Int) {
    // The text is not bound to a constant, which would retain it.
    let end = end == 0 ? decoder.text.valueEnd(from: offset) : end
    offset = decoder.text.skip(UInt8(ascii: ","), from: end)
    currentIndex += 1
    if isAtEnd { decoder.end = offset + 1 }
  }

  private func failure(_ type: Any.Type) -> DecodingError {
    let key = ClaimsKey(index: currentIndex)
    guard isAtEnd else { return decoder.failure(type, at: offset, key) }
    return .valueNotFound(
      type,
      DecodingError.Context(
        codingPath: codingPath + [key], debugDescription: "the array ends here"))
  }

  mutating func decodeNil() throws -> Bool {
    if isAtEnd { throw failure(Any?.self) }
    guard decoder.isNull(at: offset) else { return false }
    advance(to: offset + 4)
    return true
  }

  private mutating func scalar<Scalar: ClaimScalar>() throws -> Scalar {
    var end = 0
    guard let result = Scalar.read(decoder.text, at: offset, end: &end) else {
      throw failure(Scalar.self)
    }
    advance(to: end)
    return result
  }

  mutating func decode(_ type: String.Type) throws -> String { try scalar() }
  mutating func decode(_ type: Bool.Type) throws -> Bool { try scalar() }
  mutating func decode(_ type: Double.Type) throws -> Double { try scalar() }
  mutating func decode(_ type: Float.Type) throws -> Float { try scalar() }
  mutating func decode(_ type: Int.Type) throws -> Int { try scalar() }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try scalar() }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try scalar() }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try scalar() }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try scalar() }
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try scalar() }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try scalar() }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try scalar() }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try scalar() }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try scalar() }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try scalar() }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try scalar() }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    // A generic array asks for these too; without a decoder of their own.
    if type == String.self { return try decode(String.self) as! Value }
    if type == Int.self { return try decode(Int.self) as! Value }
    if isAtEnd { throw failure(type) }
    var end = 0
    let result = try decoder.decode(type, at: offset, .element(currentIndex), end: &end)
    advance(to: end)
    return result
  }

  // MARK: - Containers

  private func child(_ type: Any.Type) throws -> ClaimsDecoder {
    if isAtEnd { throw failure(type) }
    return decoder.child(at: offset, .element(currentIndex))
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    let container = try child(KeyedDecodingContainer<NestedKey>.self).container(keyedBy: type)
    advance(to: 0)
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try child((any UnkeyedDecodingContainer).self).unkeyedContainer()
    advance(to: 0)
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    let child = try child((any Decoder).self)
    advance(to: 0)
    return child
  }
}
