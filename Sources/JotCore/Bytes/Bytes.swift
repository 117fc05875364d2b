// Fence: what a Span can't do safely: load a word, find a byte, copy, compare in constant time. All
// code that reads bytes builds on these functions.
//
// When a closure captures a Span or a function makes one, Swift 6.3.1's allocation check takes the
// end of the Span's life for a release, though a Span owns nothing. The few functions where that
// can't be avoided are excluded from the check ("no_performance_analysis"); the malloc-counting
// tests cover them.
internal import CJotKernels
internal import COpenSSL

extension Span where Element == UInt8 {
  /// Returns the 8 bytes at `offset`, the first in the lowest bits.
  ///
  /// - Precondition: `0 ≤ offset ≤ count - 8`.
  @_noAllocation @inlinable @inline(__always)
  package func word(at offset: Int) -> UInt64 {
    guard offset >= 0, offset <= count - 8 else { preconditionFailure("a word lies inside") }
    // SAFETY: the guard keeps all 8 bytes inside; an unaligned load has no other requirement.
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
    // SAFETY: memchr reads `count - start` bytes from `start`, all inside; its result becomes an
    // offset before the pointer dies.
    return unsafe withUnsafeBufferPointer { all -> Int? in
      guard let base = all.baseAddress,
        let hit = unsafe memchr(base + start, Int32(byte), all.count - start)
      else { return nil }
      return unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    }
  }

  /// Returns the number of dots (5 means five or more) and the offsets of the first two.
  ///
  /// - Complexity: O(`count`); no allocation.
  @_noAllocation @inline(__always)
  package func dots() -> (count: Int, first: Int, second: Int) {
    guard count >= 32, CPUFeature.avx2.isAvailable else { return dotsOneByOne() }
    var offsets = (0, 0, 0, 0, 0)
    // SAFETY: the kernel reads `count` bytes, 32 or more, and writes at most five offsets.
    let found = unsafe withUnsafeBufferPointer { bytes in
      unsafe withUnsafeMutableBytes(of: &offsets) { offsets in
        unsafe jot_find_dots_avx2(
          bytes.baseAddress, bytes.count, offsets.baseAddress!.assumingMemoryBound(to: Int.self))
      }
    }
    return (Int(found), offsets.0, offsets.1)
  }

  /// The portable ``dots()``.
  @_noAllocation
  package func dotsOneByOne() -> (count: Int, first: Int, second: Int) {
    var (found, first, second, start) = (0, 0, 0, 0)
    while found < 5, let hit = firstIndex(of: UInt8(ascii: "."), from: start) {
      if found == 0 { first = hit }
      if found == 1 { second = hit }
      found += 1
      start = hit + 1
    }
    return (found, first, second)
  }

  /// Returns the offset of the first byte at or after `offset` that is special in a JSON string
  /// (quote, backslash, control or not ASCII), or `count` without one. Returns nil if this CPU
  /// has no kernel.
  ///
  /// - Precondition: `0 ≤ offset ≤ count`.
  @_semantics("no_performance_analysis") @inline(__always)
  package func firstSpecial(from offset: Int) -> Int? {
    guard CPUFeature.avx2.isAvailable else { return nil }
    guard offset >= 0, offset <= count else { preconditionFailure("the search starts inside") }
    // SAFETY: the kernel reads from `offset` to `count`, all of it inside.
    return unsafe withUnsafeBufferPointer {
      Int(unsafe jot_json_plain_avx2($0.baseAddress, offset, $0.count))
    }
  }

  /// Calls `body` with these bytes in the form that a scratch has, to be read only.
  ///
  /// - Complexity: O(1) besides `body`; no copy, no allocation.
  // Not generic: for a generic closure a debug build allocates.
  @_noAllocation
  package func withScratch(_ body: (borrowing MutableSpan<UInt8>) -> Void) {
    unsafe withUnsafeBufferPointer { bytes in
      // SAFETY: the span covers exactly these bytes, and dies with this call, before they do. It is
      // never written: `body` borrows it, and every function that writes a MutableSpan is mutating.
      let scratch = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(mutating: bytes))
      body(scratch)
    }
  }

  /// Returns whether `self[range]` equals `other`; not for secrets.
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

  /// Returns whether `self[range]` equals `other`, in a time that depends on the lengths alone.
  ///
  /// Differences are ORed into one word and tested once, at the end: no early return, and no
  /// address that depends on a byte.
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
      // One more word, overlapping the previous one, covers the remaining bytes.
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
  /// Allocates `count` bytes in 128-byte blocks of their own (CPUs prefetch cache lines in pairs),
  /// to prevent false sharing: data that all threads read is not beside data that one writes.
  package static func allocateApart(_ count: Int) -> UnsafeMutableRawPointer {
    // SAFETY: a new block; its owner initialises and frees it.
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

  /// As `copy`, for mostly short ranges: up to 64 bytes are copied inline.
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

  /// Returns whether the span has a byte at `offset`. This is the same check as the subscript's, so
  /// the compiler merges the two and it costs nothing.
  @_noAllocation @inlinable @inline(__always)
  package func hasByte(at offset: Int) -> Bool { offset >= 0 && offset < count }

  /// Returns the byte at `offset`, or zero outside the span. No JSON continues after a zero byte,
  /// so a walk ends by itself even if the offsets are from another text.
  @_noAllocation @inlinable @inline(__always)
  package func byteOrZero(at offset: Int) -> UInt8 { hasByte(at: offset) ? self[offset] : 0 }

  /// As for a `Span`.
  @_semantics("no_performance_analysis") @inline(__always)
  package func firstSpecial(from offset: Int) -> Int? { span.firstSpecial(from: offset) }

  /// Writes `source` in quotes to `offset`, after a comma if `comma`. Returns false if a byte must
  /// be escaped or the space is too small; the bytes there are then unspecified.
  @_semantics("no_performance_analysis") @inline(__always)
  mutating func putPlainString(_ source: Span<UInt8>, at offset: Int, comma: Bool) -> Bool {
    guard offset >= 0, count - offset >= source.count + 3 else { return false }
    // SAFETY: both regions lie inside, as checked, and can't overlap because self is inout; the
    // kernel touches nothing else.
    return unsafe source.withUnsafeBufferPointer { from in
      guard let start = from.baseAddress else { return false }
      return unsafe withUnsafeMutableBufferPointer { to in
        unsafe jot_json_string(to.baseAddress! + offset, start, from.count, comma ? 1 : 0) != 0
      }
    }
  }

  /// Writes a member name of three lower-case letters, quoted and with its colon, to `offset`,
  /// after a comma if `comma`. Returns false and writes nothing for any other name or too little
  /// space.
  @_semantics("no_performance_analysis") @inline(__always)
  mutating func putNameOfThree(_ name: Span<UInt8>, at offset: Int, comma: Bool) -> Bool {
    guard offset >= 0, name.count == 3, count - offset >= 7 else { return false }
    // SAFETY: the kernel reads three bytes and writes at most seven, which fit; the two spans can't
    // overlap because self is inout.
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
