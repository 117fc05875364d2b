// The members of one object, for types that ask for them in another order, or for absent ones.

/// The locations of an object's members, as far as they were walked.
///
/// A walk begins at the first name that was missed, goes on to the object's end and then over the
/// members before; it stops at the wanted one. So those before, which were read already, are walked
/// for an absent name only.
struct ObjectIndex {
  /// Members kept without an allocation.
  private static var inlineCount: Int { 32 }

  private(set) var count = 0
  /// The member behind the last that was found.
  private var hint = 0
  /// Where the walk began, and where the object begins.
  private var (first, object) = (0, 0)
  /// Where the walk goes on; behind the value there, if a member was recorded.
  private var next = 0
  private var (isWrapped, isComplete) = (false, false)
  // From the lowest bit: start of the name (30), start of the value (30); the highest: escaped. Used
  // through a mutable span only: any other access copies the whole array. The span is bound to no
  // constant, which would get a block of its own.
  private var slots = [32 of UInt64](repeating: 0)
  private var more: [UInt64] = []

  /// Begins a walk of the object at `object` with the member at `first`, or behind all members.
  mutating func begin(at first: Int, of object: Int) {
    if !more.isEmpty { more.removeAll(keepingCapacity: true) }
    (count, hint, next, isWrapped, isComplete) = (0, 0, first, false, false)
    (self.first, self.object) = (first, object)
  }

  /// Walks to the end.
  mutating func complete(_ text: JSONText) { while walk(text) {} }

  /// Records the next member and returns whether there is one.
  private mutating func walk(_ text: JSONText) -> Bool {
    if isComplete { return false }
    var member = text.skip(UInt8(ascii: ","), from: count == 0 ? next : text.valueEnd(from: next))
    if !isWrapped, text.byte(member) != UInt8(ascii: "\"") {
      isWrapped = true
      member = text.skip(UInt8(ascii: ","), from: object + 1)
    }
    guard text.byte(member) == UInt8(ascii: "\""), !isWrapped || member < first else {
      isComplete = true
      return false
    }
    var isEscaped = false
    let end = text.stringEnd(from: member + 1, isEscaped: &isEscaped)
    next = text.skip(UInt8(ascii: ":"), from: end + 1)
    add(
      UInt64(truncatingIfNeeded: member + 1) | UInt64(truncatingIfNeeded: next) << 30
        | (isEscaped ? 1 << 63 : 0), text.bytes.count)
    return true
  }

  private mutating func add(_ slot: UInt64, _ length: Int) {
    if count < Self.inlineCount {
      let next = count
      var span = slots.mutableSpan
      span[next] = slot
    } else {
      // A member of a large object has some 16 bytes and more.
      if more.isEmpty { more.reserveCapacity(length / 16) }
      more.append(slot)
    }
    count += 1
  }

  /// Returns where the value of the member `name` begins, or -1; names are compared as bytes.
  mutating func value(of name: Span<UInt8>, in text: JSONText) -> Int {
    // No two members have the same name, so the order of the search does not matter.
    for index in hint..<count where isMember(index, name, text) { return found(index) }
    for index in 0..<hint where isMember(index, name, text) { return found(index) }
    while walk(text) {
      if isMember(count - 1, name, text) { return found(count - 1) }
    }
    return -1
  }

  private mutating func found(_ index: Int) -> Int {
    hint = index + 1
    return value(index)
  }

  /// Where the name of the member at `index` begins, and whether it has an escape.
  mutating func name(_ index: Int) -> (start: Int, isEscaped: Bool) {
    let slot = slot(index)
    return (Int(slot & 0x3fff_ffff), slot >> 63 != 0)
  }

  /// Where the value of the member at `index` begins.
  mutating func value(_ index: Int) -> Int { Int(slot(index) >> 30 & 0x3fff_ffff) }

  @inline(__always)
  private mutating func slot(_ index: Int) -> UInt64 {
    if index >= Self.inlineCount { return more[index - Self.inlineCount] }
    return slots.mutableSpan[index]
  }

  @inline(__always)
  private mutating func isMember(_ index: Int, _ name: Span<UInt8>, _ text: JSONText) -> Bool {
    let slot = slot(index)
    let start = Int(slot & 0x3fff_ffff)
    if slot >> 63 == 0 { return text.isPlainName(name, at: start) }
    return isEscapedName(start, name, text)
  }

  private func isEscapedName(_ start: Int, _ name: Span<UInt8>, _ text: JSONText) -> Bool {
    var isEscaped = false
    let bytes = text.unescaped(start..<text.stringEnd(from: start, isEscaped: &isEscaped))
    return bytes.count == name.count && bytes.span.equals(name, in: 0..<name.count)
  }
}
