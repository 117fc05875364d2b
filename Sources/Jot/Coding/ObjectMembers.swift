// The members of one object, found when they are asked for.
import Synchronization

/// A place in an object: the members before it were asked for in the object's order.
///
/// A type whose properties stand in the payload's order meets each member as the next one. For any
/// other name an ``ObjectIndex`` is made.
///
/// Relaxed atomics cost no more than plain variables in a structure. In a class they cost less:
/// each access to a plain one is checked for exclusivity, which took a tenth of the time.
struct ObjectMembers: ~Copyable {
  /// Twice where the next member begins; or twice where the value before it begins, plus 1.
  private let cursor: Atomic<Int>

  /// - Parameter start: Where the object begins.
  init(at start: Int) { cursor = Atomic(2 * (start + 1)) }

  /// Begins again, with the object at `start`.
  func restart(at start: Int) { cursor.store(2 * (start + 1), ordering: .relaxed) }

  /// Where the next member begins, or the object's closing bracket is, after a name that was not
  /// found.
  var next: Int { cursor.load(ordering: .relaxed) >> 1 }

  /// Returns where the value of the next member begins, if its name is `name`; otherwise -1.
  @inline(__always)
  func next(_ name: Span<UInt8>, in text: JSONText) -> Int {
    let next = cursor.load(ordering: .relaxed)
    let end = next & 1 == 0 ? next >> 1 : text.valueEnd(from: next >> 1)
    let start = text.skip(UInt8(ascii: ","), from: end)
    guard text.byte(start) == UInt8(ascii: "\""), text.isPlainName(name, at: start + 1) else {
      cursor.store(2 * start, ordering: .relaxed)
      return -1
    }
    let value = text.skip(UInt8(ascii: ":"), from: start + name.count + 2)
    cursor.store(2 * value + 1, ordering: .relaxed)
    return value
  }

  /// Moves to the member whose value begins at `value`: the next is the one behind it.
  func move(to value: Int) { cursor.store(2 * value + 1, ordering: .relaxed) }

  /// Records that the value at `start` was read up to `end`, so that it need not be skipped.
  @inline(__always)
  func didRead(_ start: Int, to end: Int) {
    if end > 0, cursor.load(ordering: .relaxed) == 2 * start + 1 {
      cursor.store(2 * end, ordering: .relaxed)
    }
  }

  /// Where the object ends, if all of it was read in order; otherwise 0.
  func end(in text: JSONText) -> Int {
    let next = cursor.load(ordering: .relaxed)
    if next & 1 != 0 { return 0 }
    let offset = text.skip(UInt8(ascii: ","), from: next >> 1)
    return text.byte(offset) == UInt8(ascii: "}") ? offset + 1 : 0
  }
}
