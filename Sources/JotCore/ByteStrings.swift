// Fence: a fixed list of byte strings, laid out once, that the token's way can search without a
// reference count. Audiences, issuers, known headers are such lists.
internal import COpenSSL

/// A list of byte strings: immutable, in one block of memory.
///
/// Strings are compared byte for byte: no Unicode normalization, no case folding.
@safe public struct ByteStrings: ~Copyable, @unchecked Sendable {
  // Where each string begins and the last ends, and behind that the bytes of all.
  private let bytes: UnsafeMutablePointer<UInt8>
  private let borders: UnsafeMutablePointer<Int>

  /// Strings in the list.
  public let count: Int

  /// Copies `strings`, in their order.
  public init(_ strings: [[UInt8]]) {
    count = strings.count
    // SAFETY: the block is this value's alone, sized and initialised for exactly these strings'
    // borders, bytes and eight zeros, so that a word can be read at each byte; freed once, in deinit.
    let total = strings.reduce(0) { $0 + $1.count }
    let room = (strings.count + 1) * MemoryLayout<Int>.size
    let block = unsafe UnsafeMutableRawPointer.allocateApart(room + total + 8)
    unsafe borders = block.bindMemory(to: Int.self, capacity: strings.count + 1)
    unsafe bytes = (block + room).bindMemory(to: UInt8.self, capacity: total + 8)
    unsafe (bytes + total).initialize(repeating: 0, count: 8)
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
    // SAFETY: allocated in init, where the borders begin; integers need no deinitialising.
    unsafe borders.deallocate()
  }

  /// Bytes in the string at `index`.
  @_noAllocation @inline(__always)
  public borrowing func length(at index: Int) -> Int {
    guard index >= 0, index < count else { preconditionFailure("an index of the list") }
    // SAFETY: `count + 1` borders exist.
    return unsafe borders[index + 1] - borders[index]
  }

  /// Returns the index of the string that `text[range]` is, or nil.
  ///
  /// - Complexity: O(strings of the range's length); no allocation.
  @_noAllocation
  public borrowing func index(of text: Span<UInt8>, in range: Range<Int>) -> Int? {
    let length = range.count
    for index in 0..<count where self.length(at: index) == length {
      var same = 0
      while same < length {
        let rest = min(8, length - same)
        let difference =
          word(same, of: index) ^ text.word(at: range.lowerBound + same, count: rest)
        if rest == 8 ? difference != 0 : difference << (64 - 8 * UInt64(rest)) != 0 { break }
        same += 8
      }
      if same >= length { return index }
    }
    return nil
  }

  /// Returns the index of the string that `string` stands for, its escapes resolved, or nil.
  ///
  /// - Parameter foldingCase: Takes `string`'s ASCII letters in lower case: for media types only.
  @_noAllocation
  package borrowing func index(
    of string: JSONString, _ buffer: borrowing MutableSpan<UInt8>, foldingCase: Bool = false
  ) -> Int? {
    if !string.isEscaped, !foldingCase { return self.index(ofPlain: string, buffer) }
    for index in 0..<count where isString(at: index, string, buffer, foldingCase) { return index }
    return nil
  }

  /// Returns whether the string at `index` is the one that `string` stands for, escapes resolved.
  @_noAllocation
  borrowing func isString(
    at index: Int, _ string: JSONString, _ buffer: borrowing MutableSpan<UInt8>,
    _ foldingCase: Bool = false
  ) -> Bool {
    let length = length(at: index)
    var rest = JSONStringBytes(string)
    var at = 0
    while at < length, let next = rest.next(buffer) {
      let isUpper = foldingCase && next &- UInt8(ascii: "A") < 26
      guard (isUpper ? next | 0x20 : next) == byte(at, of: index) else { return false }
      at += 1
    }
    return at == length && rest.next(buffer) == nil
  }

  /// As above, for a string that stands in the buffer byte for byte; eight more can be read there.
  @_noAllocation @inline(__always)
  private borrowing func index(
    ofPlain string: JSONString, _ buffer: borrowing MutableSpan<UInt8>
  ) -> Int? {
    let length = string.end - string.start
    for index in 0..<count where self.length(at: index) == length {
      var same = 0
      while same < length {
        let rest = length - same
        let mask = rest >= 8 ? UInt64.max : (1 << (8 * UInt64(rest))) &- 1
        if (word(same, of: index) ^ buffer.word(at: string.start + same)) & mask != 0 { break }
        same += 8
      }
      if same >= length { return index }
    }
    return nil
  }

  /// Copies the string at `index` to `target` at `offset`.
  ///
  /// - Precondition: the target has the room.
  @_noAllocation
  public borrowing func copy(
    _ index: Int, to target: inout MutableSpan<UInt8>, at offset: Int
  ) {
    let length = length(at: index)
    guard offset >= 0, offset <= target.count - length else {
      preconditionFailure("the target has the room")
    }
    // SAFETY: `length` bytes stand at the border, and as many have room at the offset.
    unsafe target.withUnsafeMutableBufferPointer {
      guard let to = $0.baseAddress else { return }
      _ = unsafe memcpy(to + offset, bytes + borders[index], length)
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func byte(_ place: Int, of index: Int) -> UInt8 {
    // SAFETY: callers stay below `count` and the string's length, so inside both blocks.
    unsafe bytes[borders[index] + place]
  }

  /// Eight bytes from `place` on; those behind the string belong to the next one or are zeros.
  @_noAllocation @inline(__always)
  private borrowing func word(_ place: Int, of index: Int) -> UInt64 {
    // SAFETY: callers stay below `count` and the string's length, and eight zeros end the block.
    UInt64(
      littleEndian: unsafe UnsafeRawPointer(bytes + borders[index] + place).loadUnaligned(
        as: UInt64.self))
  }
}
