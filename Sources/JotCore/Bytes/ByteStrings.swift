// Fence: a fixed list of byte strings in one block, searched per token without reference counting.
// Used for audiences, issuers and known headers.
internal import CJotKernels
internal import COpenSSL

/// A list of byte strings: immutable, in one block of memory.
///
/// Strings are compared byte for byte: no Unicode normalization, no case folding.
@usableFromInline @safe package struct ByteStrings: ~Copyable, @unchecked Sendable {
  // The start of each string and the end of the last one, followed by all bytes.
  private let bytes: UnsafeMutablePointer<UInt8>
  private let borders: UnsafeMutablePointer<Int>

  /// Strings in the list.
  package let count: Int

  /// Copies `strings`, in their order.
  package init(_ strings: [[UInt8]]) {
    count = strings.count
    // SAFETY: this value alone owns the block, which is sized and initialised for exactly these
    // strings' borders and bytes; freed once, in deinit.
    let total = strings.reduce(0) { $0 + $1.count }
    let length = (strings.count + 1) * MemoryLayout<Int>.size
    let block = unsafe UnsafeMutableRawPointer.allocateApart(length + total)
    unsafe borders = block.bindMemory(to: Int.self, capacity: strings.count + 1)
    unsafe bytes = (block + length).bindMemory(to: UInt8.self, capacity: total)
    var end = 0
    for (index, string) in strings.enumerated() {
      unsafe (borders + index).initialize(to: end)
      for byte in string {
        unsafe (bytes + end).initialize(to: byte)
        end += 1
      }
    }
    unsafe (borders + strings.count).initialize(to: end)
  }

  deinit {
    // SAFETY: `borders` is the start of the block from init; integers need no deinitialising.
    unsafe borders.deallocate()
  }

  /// Bytes in the string at `index`.
  @_noAllocation @inline(__always)
  package borrowing func length(at index: Int) -> Int {
    guard index >= 0, index < count else { preconditionFailure("an index of the list") }
    // SAFETY: `count + 1` borders exist.
    return unsafe borders[index + 1] - borders[index]
  }

  /// Returns the index of the string equal to `text[range]`, or nil.
  ///
  /// - Precondition: `range` lies inside the span.
  /// - Complexity: O(strings of the range's length); no allocation.
  @_noAllocation
  package borrowing func index(of text: Span<UInt8>, in range: Range<Int>) -> Int? {
    let (start, length) = (range.lowerBound, range.count)
    guard start >= 0, range.upperBound <= text.count else {
      preconditionFailure("the range lies inside")
    }
    // SAFETY: the range lies inside; see `index(of:_:)`.
    return unsafe text.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return indexOfEmpty() }
      return unsafe index(of: base + start, length)
    }
  }

  /// As above, for bytes in a mutable buffer.
  ///
  /// - Precondition: `0 ≤ start ≤ end ≤ buffer.count`.
  // Excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  package borrowing func index(
    of buffer: borrowing MutableSpan<UInt8>, from start: Int, to end: Int
  ) -> Int? {
    guard start >= 0, start <= end, end <= buffer.count else {
      preconditionFailure("the bytes lie inside")
    }
    // SAFETY: the bytes lie inside; see `index(of:_:)`.
    return unsafe buffer.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return indexOfEmpty() }
      return unsafe index(of: base + start, end - start)
    }
  }

  /// Returns the index of the first string that `text` begins with, or nil.
  @_noAllocation
  package borrowing func index(ofPrefixOf text: Span<UInt8>) -> Int? {
    let available = text.count
    // SAFETY: `count + 1` borders exist; a string and the text have `length` bytes.
    return unsafe text.withUnsafeBufferPointer {
      guard let text = $0.baseAddress else { return indexOfEmpty() }
      for index in 0..<count {
        let start = unsafe borders[index]
        let length = unsafe borders[index + 1] - start
        // Compare the last byte first: in a header it is a dot, which other tokens have elsewhere.
        if length > 0, length <= available,
          unsafe text[length - 1] == bytes[start + length - 1],
          unsafe jot_equal(bytes + start, text, length) != 0
        {
          return index
        }
      }
      return nil
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func index(of text: UnsafePointer<UInt8>, _ length: Int) -> Int? {
    for index in 0..<count {
      // SAFETY: `count + 1` borders exist; a string and the text have `length` bytes.
      let start = unsafe borders[index]
      guard unsafe borders[index + 1] - start == length else { continue }
      if unsafe jot_equal(bytes + start, text, length) != 0 { return index }
    }
    return nil
  }

  /// The index of the empty string; an empty text has no address to search from.
  @_noAllocation
  private borrowing func indexOfEmpty() -> Int? {
    for index in 0..<count where length(at: index) == 0 { return index }
    return nil
  }

  /// Returns whether the string at `index` has these bytes.
  // Excluded from the allocation check; see Bytes.swift.
  @_semantics("no_performance_analysis")
  borrowing func isString(
    at index: Int, _ buffer: borrowing MutableSpan<UInt8>, from start: Int, to end: Int
  ) -> Bool {
    let length = length(at: index)
    guard end - start == length, start >= 0, end <= buffer.count else { return false }
    // SAFETY: both have `length` bytes, and the buffer's lie inside.
    return unsafe buffer.withUnsafeBufferPointer {
      guard let text = $0.baseAddress else { return length == 0 }
      return unsafe jot_equal(bytes + borders[index], text + start, length) != 0
    }
  }

  /// Copies the string at `index` to `target` at `offset`.
  ///
  /// - Precondition: the target is large enough.
  @_noAllocation @inline(__always)
  package borrowing func copy(
    _ index: Int, to target: inout MutableSpan<UInt8>, at offset: Int
  ) {
    let length = length(at: index)
    guard offset >= 0, offset <= target.count - length else {
      preconditionFailure("the target has the room")
    }
    // SAFETY: `length` bytes begin at the border, and as many fit at the offset.
    unsafe target.withUnsafeMutableBufferPointer {
      guard let to = $0.baseAddress else { return }
      unsafe jot_copy_short(to + offset, bytes + borders[index], length)
    }
  }

  @_noAllocation @inline(__always)
  borrowing func byte(_ offset: Int, of index: Int) -> UInt8 {
    // SAFETY: callers keep the index below `count` and the offset below the string's length, so
    // both reads are inside the block.
    unsafe bytes[borders[index] + offset]
  }
}
