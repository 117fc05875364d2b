// A type into claims: an Encoder straight to the payload's bytes, its members in the type's order.
//
// A value is written where the text ends, because its encoder returns before anything else follows.
// Only containers that outlive a call (nested ones, a superclass's) have texts of their own.

/// The encoder of one value.
package final class ClaimsEncoder: Encoder {
  /// Where a value is in its container.
  enum Place {
    case root
    case key(any CodingKey)
    /// For keys that would need memory of their own.
    case name(String)
    case element(Int)
    /// With no parent, which it would keep: the path is its own.
    case detached([any CodingKey])
  }

  /// What the value is, as far as it is written.
  enum Kind { case nothing, value, object, array, waiting, finished }

  let buffer: ClaimsBuffer
  private(set) var kind = Kind.nothing
  /// Elements of an array so far.
  var count = 0
  private var parent: ClaimsEncoder?
  private var place: Place
  private let depth: Int
  /// An encoder that is free, for the next value.
  private var spare: ClaimsEncoder?

  /// Makes the encoder of a payload.
  convenience init() { self.init(ClaimsBuffer(), nil, .root, 1) }

  private init(
    _ buffer: ClaimsBuffer, _ parent: ClaimsEncoder?, _ place: Place, _ depth: Int
  ) {
    (self.buffer, self.parent, self.place, self.depth) = (buffer, parent, place, depth)
  }

  package var userInfo: [CodingUserInfoKey: Any] { [:] }

  package var codingPath: [any CodingKey] {
    var path: [any CodingKey] = []
    var next: ClaimsEncoder? = self
    while let encoder = next {
      switch encoder.place {
      case .root: break
      case .key(let key): path.append(key)
      case .name(let name): path.append(ClaimsKey(stringValue: name))
      case .element(let index): path.append(ClaimsKey(index: index))
      case .detached(let keys): path += keys.reversed()
      }
      next = encoder.parent
    }
    return path.reversed()
  }

  package func container<Key: CodingKey>(
    keyedBy type: Key.Type
  ) -> KeyedEncodingContainer<Key> {
    begin(.object, UInt8(ascii: "{"))
    return KeyedEncodingContainer(ClaimMembersWriter(self))
  }

  package func unkeyedContainer() -> any UnkeyedEncodingContainer {
    begin(.array, UInt8(ascii: "["))
    return ClaimElementsWriter(self)
  }

  package func singleValueContainer() -> any SingleValueEncodingContainer { self }

  private func begin(_ kind: Kind, _ bracket: UInt8) {
    if self.kind == kind { return }
    precondition(self.kind == .nothing, "a value is encoded once, in one kind of container")
    self.kind = kind
    buffer.open(bracket)
  }

  /// Begins a value that is no container.
  @inline(__always)
  func beginValue() {
    precondition(kind == .nothing, "a value is encoded once, in one kind of container")
    kind = .value
  }

  /// Begins a member.
  @inline(__always)
  func beginMember(_ name: String) {
    precondition(kind == .object, "a container is used while its value is encoded")
    buffer.name(name)
  }

  /// Begins an element.
  @inline(__always)
  func beginElement() {
    precondition(kind == .array, "a container is used while its value is encoded")
    count += 1
  }

  // MARK: - Values of other types

  /// Writes a member that is a whole number. Not in the container's own code: that is generic in its
  /// keys, and code that is generic in two types is not specialized for one of them.
  @inline(__always)
  func member(_ name: String, _ value: some FixedWidthInteger) {
    beginMember(name)
    buffer.number(value)
  }

  /// Writes a member that is a number with a fraction.
  @inline(__always)
  func member(
    _ name: String, _ value: some BinaryFloatingPoint & CustomStringConvertible,
    _ key: @autoclosure () -> any CodingKey
  ) throws {
    guard value.isFinite else { throw invalid(value, key()) }
    beginMember(name)
    buffer.verbatim(value.description)
  }

  /// Writes a member that is an array of strings, the type of many an `aud`.
  @inline(__always)
  func member(_ name: String, _ strings: [String]) throws {
    try checkDepth()
    beginMember(name)
    buffer.strings(strings)
  }

  /// Encodes a member; nothing is written if that fails.
  func encode<Value: Encodable>(
    _ value: Value, named name: String, _ place: () -> Place
  ) throws {
    let mark = buffer.mark
    beginMember(name)
    do { try encode(value, place) } catch {
      buffer.restore(mark)
      throw error
    }
  }

  /// Encodes an element; nothing is written if that fails.
  func encodeElement<Value: Encodable>(_ value: Value) throws {
    let mark = buffer.mark
    beginElement()
    do { try encode(value) { .element(count - 1) } } catch {
      buffer.restore(mark)
      count -= 1
      throw error
    }
  }

  private func encode<Value: Encodable>(_ value: Value, _ place: () -> Place) throws {
    try checkDepth()
    // Dates, and the arrays that claims have most, need no encoder of their own.
    if ForeignTypes.contain(Value.self), let number = ForeignTypes.number(value) {
      return buffer.number(number)
    }
    if Value.self == [String].self { return buffer.strings(value as! [String]) }
    if Value.self == [Int].self { return buffer.numbers(value as! [Int]) }
    let own = kind
    kind = .waiting
    defer { kind = own }
    let place = place()
    var child = spare ?? ClaimsEncoder(buffer, self, place, depth + 1)
    spare = nil
    (child.parent, child.place, child.kind, child.count) = (self, place, .nothing, 0)
    do { try child.encode(value) } catch {
      // A container of it that is kept must write nothing more.
      child.kind = .finished
      throw error
    }
    child.end()
    if isKnownUniquelyReferenced(&child) {
      // Not kept: the two would keep each other.
      child.parent = nil
      spare = child
    }
  }

  /// A value that contains itself must not exhaust the stack.
  @inline(__always)
  private func checkDepth() throws {
    guard depth < JSONScanner.maximumDepth else { throw CodablePayloadError.tooDeep }
  }

  /// The encoder of a value that is written while this one goes on.
  func detached(_ key: any CodingKey) -> ClaimsEncoder {
    let child = ClaimsEncoder(ClaimsBuffer(), nil, .detached(codingPath + [key]), depth + 1)
    buffer.insert(child)
    return child
  }

  /// Ends the value; one that nothing was written of is an empty object.
  func end() {
    switch kind {
    case .nothing: buffer.verbatim("{}")
    case .object: buffer.close(UInt8(ascii: "}"))
    case .array: buffer.close(UInt8(ascii: "]"))
    case .value, .waiting, .finished: break
    }
    kind = .finished
  }

  /// The error of a number that JSON does not have.
  func invalid(_ value: Any, _ key: (any CodingKey)? = nil) -> EncodingError {
    .invalidValue(
      value,
      EncodingError.Context(
        codingPath: codingPath + (key.map { [$0] } ?? []),
        debugDescription: "a number of JSON is finite"))
  }
}
