// Fence: byte strings and words for the loops, without reference counting and allocation.
import BenchKit

/// Byte strings in one array, so that reading one touches no reference count.
struct PackedBytes {
  let bytes: [UInt8]
  let borders: [Int]
  var count: Int { borders.count - 1 }

  init(_ lines: [[UInt8]]) {
    bytes = lines.flatMap { $0 }
    borders = lines.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  /// The range of each string.
  var ranges: [Range<Int>] { (0..<count).map { borders[$0]..<borders[$0 + 1] } }
}

/// The eight bytes at `offset`, little-endian.
@inline(__always)
func loadWord(_ bytes: borrowing MutableSpan<UInt8>, at offset: Int) -> UInt64 {
  precondition(offset >= 0 && offset <= bytes.count - 8, "a word lies inside")
  // SAFETY: the guard keeps all 8 bytes inside.
  return UInt64(
    littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

/// Moves an array out of a property while its span is needed: a span of a class property is valid
/// only within one expression.
func moveOut<Element>(_ elements: inout [Element]) -> [Element] {
  var taken: [Element] = []
  swap(&taken, &elements)
  return taken
}
