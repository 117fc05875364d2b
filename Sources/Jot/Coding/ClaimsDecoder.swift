// Claims into a type: a Decoder over the verified payload's bytes. No tree, and no copy but the
// values themselves.
//
// One object for each container: its place, and the index of its members. A value that is decoded
// by its own initializer gets one too, which is used again for the next such value.
import Synchronization

/// The decoder of one value of a verified payload.
package final class ClaimsDecoder: Decoder {
  /// Where a value is in its container.
  enum Place {
    case root
    case key(any CodingKey)
    /// The member whose value begins at this offset: for keys that would need memory of their own.
    case member(Int)
    case element(Int)
  }

  /// The payload, one strict JSON object.
  let text: JSONText
  let members: ObjectMembers
  /// Whether the index has been begun for this value.
  private let isIndexed = Atomic<Bool>(false)
  private var index = ObjectIndex()
  // Atomic for the same reason as the members.
  private let storedStart: Atomic<Int>
  private let storedEnd = Atomic<Int>(0)
  /// The container of this value, and where the value is in it. These are moved and set, never
  /// used in place, which would be checked for exclusivity each time.
  private var parent: ClaimsDecoder?
  private var place: Place
  /// A decoder that is free, for the next value.
  private var spare: ClaimsDecoder?

  /// Where the value begins; negative if it is absent, which counts as null.
  var start: Int { storedStart.load(ordering: .relaxed) }

  /// Where the value ends, if that is known; otherwise 0.
  var end: Int {
    get { storedEnd.load(ordering: .relaxed) }
    set { storedEnd.store(newValue, ordering: .relaxed) }
  }

  /// Makes the decoder of a payload.
  convenience init(_ payload: [UInt8]) {
    let text = JSONText(payload)
    self.init(text, text.skip(0x20, from: 0), nil, .root)
  }

  private init(_ text: JSONText, _ start: Int, _ parent: ClaimsDecoder?, _ place: Place) {
    (self.text, self.parent, self.place) = (text, parent, place)
    storedStart = Atomic(start)
    members = ObjectMembers(at: start)
  }

  package var userInfo: [CodingUserInfoKey: Any] { [:] }

  package var codingPath: [any CodingKey] {
    var path: [any CodingKey] = []
    var next: ClaimsDecoder? = self
    while let decoder = next {
      switch decoder.place {
      case .root: break
      case .key(let key): path.append(key)
      case .member(let value):
        path.append(ClaimsKey(stringValue: decoder.parent?.name(at: value) ?? ""))
      case .element(let index): path.append(ClaimsKey(index: index))
      }
      next = decoder.parent
    }
    return path.reversed()
  }

  package func container<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    guard kind == .object else { throw failure([String: Any].self, at: start) }
    return KeyedDecodingContainer(KeyedClaims(self))
  }

  package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard kind == .array else { throw failure([Any].self, at: start) }
    return ClaimElements(self)
  }

  package func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  // MARK: - Values of other types

  /// Decodes the value that begins at `value`.
  ///
  /// - Parameter end: Set to where it ends; 0 if that is not known.
  func decode<Value: Decodable>(
    _ type: Value.Type, at value: Int, _ place: @autoclosure () -> Place, end: inout Int
  ) throws -> Value {
    // No Optional of a Value here: its type would be looked up each time.
    // The arrays that claims have most need no decoder of their own.
    if text.byte(value) == UInt8(ascii: "[") {
      if type == [String].self, let strings = text.scalars(at: value, end: &end) as [String]? {
        return strings as! Value
      }
      if type == [Int].self, let numbers = text.scalars(at: value, end: &end) as [Int]? {
        return numbers as! Value
      }
      if type == [Double].self, let numbers = text.scalars(at: value, end: &end) as [Double]? {
        return numbers as! Value
      }
    }
    let isForeign = ForeignTypes.contain(type)
    if isForeign, ForeignTypes.areNumbers(type),
      let number = Double.read(text, at: value, end: &end)
    {
      return ForeignTypes.value(type, of: number)
    }
    var child = child(at: value, place())
    let result = isForeign ? try ForeignTypes.decode(type, from: child) : try Value(from: child)
    end = child.knownEnd
    if isKnownUniquelyReferenced(&child) {
      // Not kept: the two would keep each other.
      child.parent = nil
      spare = child
    }
    return result
  }

  /// The decoder of the value that begins at `value`.
  func child(at value: Int, _ place: Place) -> ClaimsDecoder {
    var taken: ClaimsDecoder?
    swap(&taken, &spare)
    guard let child = taken else { return ClaimsDecoder(text, value, self, place) }
    child.storedStart.store(value, ordering: .relaxed)
    child.end = 0
    child.parent = self
    child.place = place
    child.members.restart(at: value)
    child.isIndexed.store(false, ordering: .relaxed)
    return child
  }

  // MARK: - Members of an object

  /// Where the value of the member `name` begins; -1 if it is absent.
  @inline(__always)
  func value(of name: String) -> Int {
    let value = members.next(name.utf8.span, in: text)
    return value >= 0 ? value : indexedValue(of: name)
  }

  @inline(never)
  private func indexedValue(of name: String) -> Int {
    beginIndex(at: members.next)
    let value = index.value(of: name.utf8.span, in: text)
    // The next is probably the one behind it.
    if value >= 0 { members.move(to: value) }
    return value
  }

  private func beginIndex(at member: Int) {
    if isIndexed.load(ordering: .relaxed) { return }
    isIndexed.store(true, ordering: .relaxed)
    index.begin(at: member, of: start)
  }

  /// The names of all members, in the object's order.
  var names: [String] {
    // An index that was begun elsewhere has another order.
    isIndexed.store(false, ordering: .relaxed)
    beginIndex(at: start + 1)
    index.complete(text)
    return (0..<index.count).map { name($0) }
  }

  /// Where the value ends, if it was read to its end; otherwise 0.
  private var knownEnd: Int {
    end != 0 || kind != .object ? end : members.end(in: text)
  }

  /// The name of the member whose value begins at `value`.
  private func name(at value: Int) -> String {
    beginIndex(at: start + 1)
    index.complete(text)
    return (0..<index.count).first { index.value($0) == value }.map { name($0) } ?? ""
  }

  /// The name of the member at `number` in the index.
  private func name(_ number: Int) -> String {
    let (start, isEscaped) = index.name(number)
    var hasEscape = false
    let end = text.stringEnd(from: start, isEscaped: &hasEscape)
    return text.string(start..<end, isEscaped: isEscaped)
  }
}
