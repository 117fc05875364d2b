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

extension PackedBytes {
  /// Runs `count` operations over the strings from `cursor` on, over and over, and returns the sum of
  /// their answers. An operation that throws has no answer.
  ///
  /// - Parameters:
  ///   - scratch: A buffer for the operations, which get its span.
  ///   - answer: An operation: it gets a string, its index and the span.
  @inline(__always)
  func sum<Failure: Error>(
    _ count: Int, from cursor: inout Int, scratch: inout [UInt8],
    _ answer: (
      _ string: Span<UInt8>, _ index: Int, _ scratch: inout MutableSpan<UInt8>
    ) throws(Failure) -> UInt64
  ) -> UInt64 {
    var sum: UInt64 = 0
    var index = cursor
    let (text, borders) = (bytes, borders)
    var buffer = moveOut(&scratch)
    defer { scratch = buffer }
    var span = buffer.mutableSpan
    for _ in 0..<count {
      do throws(Failure) {
        sum &+= try answer(text.span.extracting(borders[index]..<borders[index + 1]), index, &span)
      } catch {}
      index += 1
      if index == self.count { index = 0 }
    }
    cursor = index
    return sum
  }
}

/// The eight bytes at `offset`, little-endian.
@inline(__always)
func loadWord(_ bytes: borrowing MutableSpan<UInt8>, at offset: Int) -> UInt64 {
  precondition(offset >= 0 && offset <= bytes.count - 8, "a word lies inside")
  // SAFETY: the guard keeps all 8 bytes inside.
  return UInt64(
    littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

/// The eight bytes at `offset`, little-endian.
@inline(__always)
func loadWord(_ bytes: borrowing Span<UInt8>, at offset: Int) -> UInt64 {
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
