// Fence: byte strings and words as the loops read them: no reference is counted, nothing allocated.
import BenchKit

/// Byte strings one after the other: reading one touches no reference count.
struct PackedBytes {
  let bytes: [UInt8]
  let borders: [Int]
  var count: Int { borders.count - 1 }

  init(_ lines: [[UInt8]]) {
    bytes = lines.flatMap { $0 }
    borders = lines.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  /// Where each line lies.
  var ranges: [Range<Int>] { (0..<count).map { borders[$0]..<borders[$0 + 1] } }
}

/// The eight bytes at `place`, the first in the lowest bits.
@inline(__always)
func loadWord(_ bytes: borrowing MutableSpan<UInt8>, at place: Int) -> UInt64 {
  precondition(place >= 0 && place <= bytes.count - 8, "a word lies inside")
  // SAFETY: the guard keeps all 8 bytes inside.
  return UInt64(
    littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
}

/// Takes an array out of an object for as long as its span is needed: a span of an object's
/// property would end with the expression that makes it.
func moveOut<Element>(_ elements: inout [Element]) -> [Element] {
  var taken: [Element] = []
  swap(&taken, &elements)
  return taken
}
