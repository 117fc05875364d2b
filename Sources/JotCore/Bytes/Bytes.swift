// Fence: the few things that a Span can't do safely: load a word, find a byte, copy, compare in
// constant time. Everything that reads bytes stands on these.
//
// Swift 6.3.1's allocation check takes the end of a Span that a closure captures or a function makes
// for a release, though a Span owns nothing. The few functions where that can't be avoided are left
// out of the check by name ("no_performance_analysis"); the malloc-counting tests hold them to it.
internal import CJotKernels
internal import COpenSSL

extension Span where Element == UInt8 {
  /// Returns the 8 bytes at `offset`, the first in the lowest bits.
  ///
  /// - Precondition: `0 ≤ offset ≤ count - 8`.
  @_noAllocation @inlinable @inline(__always)
  package func word(at offset: Int) -> UInt64 {
    guard offset >= 0, offset <= count - 8 else { preconditionFailure("a word lies inside") }
    // SAFETY: the guard keeps all 8 bytes inside; an unaligned load has no other demand.
    return unsafe withUnsafeBufferPointer {
      UInt64(
        littleEndian: unsafe UnsafeRawPointer($0.baseAddress!).loadUnaligned(
          fromByteOffset: offset, as: UInt64.self))
    }
  }

  /// Returns the `length` bytes at `offset`, the first in the lowest bits, the rest zero.
  ///
  /// - Precondition: `0 ≤ length ≤ 8` and the bytes lie inside the span.
  @_noAllocation @inlinable @inline(__always)
  package func word(at offset: Int, count length: Int) -> UInt64 {
    if offset <= count - 8 {
      let word = word(at: offset)
      return length == 8 ? word : word & ((1 << (8 * UInt64(length))) &- 1)
    }
    var word: UInt64 = 0
    for index in 0..<length { word |= UInt64(self[offset + index]) << (8 * UInt64(index)) }
    return word
  }

  /// Returns the offset of the first `byte` at or after `start`, or nil.
  ///
  /// - Precondition: `0 ≤ start ≤ count`.
  /// - Complexity: O(`count`); no allocation.
  @_noAllocation
  package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    guard start >= 0, start <= count else { preconditionFailure("the search starts inside") }
    // SAFETY: memchr reads `count - start` bytes from `start`, all inside; what it returns is
    // turned into an offset before the pointer dies.
    return unsafe withUnsafeBufferPointer { all -> Int? in
      guard let base = all.baseAddress,
        let hit = unsafe memchr(base + start, Int32(byte), all.count - start)
      else { return nil }
      return unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    }
  }

  /// Returns how many dots there are, five counting for all above, and where the first two are.
  ///
  /// - Complexity: O(`count`); no allocation.
  @_noAllocation @inline(__always)
  package func dots() -> (count: Int, first: Int, second: Int) {
    guard count >= 32, Kernel.avx2.isAvailable else { return dotsOneByOne() }
    var places = (0, 0, 0, 0, 0)
    // SAFETY: the kernel reads `count` bytes, 32 or more, and notes at most five places.
    let found = unsafe withUnsafeBufferPointer { bytes in
      unsafe withUnsafeMutableBytes(of: &places) { places in
        unsafe jot_find_dots_avx2(
          bytes.baseAddress, bytes.count, places.baseAddress!.assumingMemoryBound(to: Int.self))
      }
    }
    return (Int(found), places.0, places.1)
  }

  /// As ``dots()``, plainly.
  @_noAllocation
  package func dotsOneByOne() -> (count: Int, first: Int, second: Int) {
    var (found, first, second, start) = (0, 0, 0, 0)
    while found < 5, let place = firstIndex(of: UInt8(ascii: "."), from: start) {
      if found == 0 { first = place }
      if found == 1 { second = place }
      found += 1
      start = place + 1
    }
    return (found, first, second)
  }

  /// Returns whether the bytes in `range` are those of `other`; not for secrets.
  ///
  /// - Precondition: `range` lies inside the span.
  @_noAllocation @inline(__always)
  package func equals(_ other: Span<UInt8>, in range: Range<Int>) -> Bool {
    guard range.count == other.count else { return false }
    var (left, right) = (range.lowerBound, 0)
    while other.count - right >= 8 {
      if word(at: left) != other.word(at: right) { return false }
      (left, right) = (left + 8, right + 8)
    }
    let rest = other.count - right
    return word(at: left, count: rest) == other.word(at: right, count: rest)
  }

  /// Returns whether the bytes in `range` are those of `other`, in a time that depends on the
  /// lengths alone.
  ///
  /// Differences are gathered in one word and looked at once, at the end; there is no early way out
  /// and no address that a byte chooses.
  ///
  /// - Precondition: `range` lies inside the span.
  @_noAllocation
  package func equalsInConstantTime(_ other: Span<UInt8>, in range: Range<Int>) -> Bool {
    guard range.count == other.count else { return false }
    var (left, right, difference) = (range.lowerBound, 0, 0 as UInt64)
    while other.count - right >= 8 {
      difference |= word(at: left) ^ other.word(at: right)
      (left, right) = (left + 8, right + 8)
    }
    if right < other.count, other.count >= 8 {
      // The last word again takes the bytes that are left.
      difference |= word(at: range.upperBound - 8) ^ other.word(at: other.count - 8)
      return difference == 0
    }
    while right < other.count {
      difference |= UInt64(self[left] ^ other[right])
      (left, right) = (left + 1, right + 1)
    }
    return difference == 0
  }
}

extension UnsafeMutableRawPointer {
  /// Allocates `count` bytes in cache lines of their own, two by two as CPUs fetch them: what all
  /// threads read must not lie beside what one of them writes.
  package static func allocateApart(_ count: Int) -> UnsafeMutableRawPointer {
    // SAFETY: a fresh block; its owner initialises and frees it.
    .allocate(byteCount: (count + 127) / 128 * 128, alignment: 128)
  }
}

extension MutableSpan where Element == UInt8 {
  /// Copies `source[range]` to `offset`.
  ///
  /// - Precondition: both lie inside their spans.
  @_semantics("no_performance_analysis") @inline(__always)
  package mutating func copy(_ source: Span<UInt8>, _ range: Range<Int>, to offset: Int) {
    let length = range.count
    guard range.lowerBound >= 0, range.upperBound <= source.count, offset >= 0,
      offset <= count - length
    else { preconditionFailure("source and target lie inside their spans") }
    guard length > 0 else { return }
    // SAFETY: both regions lie inside, as checked, and can't overlap because self is inout.
    unsafe source.withUnsafeBufferPointer { from in
      unsafe withUnsafeMutableBufferPointer { to in
        _ = unsafe memcpy(to.baseAddress! + offset, from.baseAddress! + range.lowerBound, length)
      }
    }
  }

  /// The same for what is mostly short: up to 64 bytes are copied in place.
  ///
  /// - Precondition: both lie inside their spans.
  @_semantics("no_performance_analysis") @inline(__always)
  mutating func copyShort(_ source: Span<UInt8>, _ range: Range<Int>, to offset: Int) {
    let length = range.count
    guard range.lowerBound >= 0, range.upperBound <= source.count, offset >= 0,
      offset <= count - length
    else { preconditionFailure("source and target lie inside their spans") }
    guard length > 0 else { return }
    // SAFETY: as for `copy`.
    unsafe source.withUnsafeBufferPointer { from in
      unsafe withUnsafeMutableBufferPointer { to in
        unsafe jot_copy_short(
          to.baseAddress! + offset, from.baseAddress! + range.lowerBound, length)
      }
    }
  }

  /// Returns the 8 bytes at `offset`, the first in the lowest bits.
  ///
  /// - Precondition: `0 ≤ offset ≤ count - 8`.
  @_semantics("no_performance_analysis") @inlinable @inline(__always)
  package func word(at offset: Int) -> UInt64 {
    guard offset >= 0, offset <= count - 8 else { preconditionFailure("a word lies inside") }
    // SAFETY: the guard keeps all 8 bytes inside.
    return unsafe withUnsafeBufferPointer {
      UInt64(
        littleEndian: unsafe UnsafeRawPointer($0.baseAddress!).loadUnaligned(
          fromByteOffset: offset, as: UInt64.self))
    }
  }

  /// Returns whether the span has a byte at `offset`: the question that reading it asks once more,
  /// which so costs nothing.
  @_noAllocation @inlinable @inline(__always)
  package func hasByte(at offset: Int) -> Bool { offset >= 0 && offset < count }

  /// Returns the byte at `offset`, and zero where the span has none: no JSON goes on over a zero, so
  /// that a walk ends by itself where places are another text's.
  @_noAllocation @inlinable @inline(__always)
  package func byteOrZero(at offset: Int) -> UInt8 { hasByte(at: offset) ? self[offset] : 0 }

  /// Returns the place of the first byte at or after `offset` that needs a look in a JSON string:
  /// quote, backslash, control, above ASCII; `count` where there is none, nil where no kernel can tell.
  ///
  /// - Precondition: `0 ≤ offset ≤ count`.
  @_semantics("no_performance_analysis") @inline(__always)
  package func firstOdd(from offset: Int) -> Int? {
    guard Kernel.avx2.isAvailable else { return nil }
    guard offset >= 0, offset <= count else { preconditionFailure("the search starts inside") }
    // SAFETY: the kernel reads from `offset` to `count`, all of it inside.
    return unsafe withUnsafeBufferPointer {
      Int(unsafe jot_json_plain_avx2($0.baseAddress, offset, $0.count))
    }
  }

  /// Writes `source` between quotes, and a comma before them or none, to `offset` where JSON has it as
  /// it stands and there is room; otherwise false, and the room there means nothing.
  @_semantics("no_performance_analysis") @inline(__always)
  mutating func putPlainString(_ source: Span<UInt8>, at offset: Int, comma: Bool) -> Bool {
    guard offset >= 0, count - offset >= source.count + 3 else { return false }
    // SAFETY: both regions lie inside, as checked, and can't overlap because self is inout; the
    // kernel touches no other.
    return unsafe source.withUnsafeBufferPointer { from in
      guard let start = from.baseAddress else { return false }
      return unsafe withUnsafeMutableBufferPointer { to in
        unsafe jot_json_string(to.baseAddress! + offset, start, from.count, comma ? 1 : 0) != 0
      }
    }
  }

  /// Writes a member's name of three lower-case letters, with its quotes and its colon, and a comma
  /// before it or none, to `offset`; false, with nothing written, where it is another name or finds no
  /// room.
  @_semantics("no_performance_analysis") @inline(__always)
  mutating func putNameOfThree(_ name: Span<UInt8>, at offset: Int, comma: Bool) -> Bool {
    guard offset >= 0, name.count == 3, count - offset >= 7 else { return false }
    // SAFETY: three bytes are read and seven written at most, for which there is room; the two spans
    // can't overlap because self is inout.
    return unsafe name.withUnsafeBufferPointer { from in
      unsafe withUnsafeMutableBufferPointer { to in
        unsafe jot_json_name_3(to.baseAddress! + offset, from.baseAddress!, comma ? 1 : 0) != 0
      }
    }
  }

  /// Writes `word` at `offset`, its lowest bits first.
  ///
  /// - Precondition: `0 ≤ offset ≤ count - 8`.
  @_noAllocation @inlinable @inline(__always)
  package mutating func store(_ word: UInt64, at offset: Int) {
    guard offset >= 0, offset <= count - 8 else { preconditionFailure("a word lies inside") }
    // SAFETY: the guard keeps all 8 bytes inside.
    unsafe withUnsafeMutableBufferPointer {
      unsafe UnsafeMutableRawPointer($0.baseAddress!).storeBytes(
        of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
  }

  /// Sets `range` to zero.
  ///
  /// - Precondition: the range lies inside the span.
  @_noAllocation @inline(__always)
  package mutating func clear(_ range: Range<Int>) {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      preconditionFailure("the range lies inside")
    }
    let length = range.count
    guard length > 0 else { return }
    // SAFETY: the region lies inside, as checked.
    unsafe withUnsafeMutableBufferPointer {
      _ = unsafe memset($0.baseAddress! + range.lowerBound, 0, length)
    }
  }
}
