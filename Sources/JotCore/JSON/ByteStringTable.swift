// Fence: byte strings found by their hash, for lists too long to walk: the key IDs of a set.

/// A list of byte strings, no two equal, searched in O(1).
@safe public struct ByteStringTable: ~Copyable, @unchecked Sendable {
  private let strings: ByteStrings
  // Indices of strings, -1 where a place is free; at least half are.
  private let places: UnsafeMutablePointer<Int32>
  private let mask: Int
  private let seed: UInt64

  /// Strings in the table.
  public var count: Int { @_noAllocation get { strings.count } }

  /// Copies `strings`, in their order.
  ///
  /// - Parameter seed: A random number, so that nobody can choose strings that meet.
  /// - Precondition: no two strings are equal, and there are fewer than 2³⁰.
  public init(_ strings: [[UInt8]], seed: UInt64) {
    precondition(strings.count < 1 << 30)
    var capacity = 4
    while capacity < 2 * strings.count { capacity *= 2 }
    mask = capacity - 1
    self.seed = seed
    self.strings = ByteStrings(strings)
    // SAFETY: the block is this value's alone, initialised whole, and freed once, in deinit.
    unsafe places = .allocate(capacity: capacity)
    unsafe places.initialize(repeating: -1, count: capacity)
    for (index, string) in strings.enumerated() {
      // Words are read behind the string, as behind any text that a scanner reads.
      var text = string + [UInt8](repeating: 0, count: 8)
      let buffer = text.mutableSpan
      var place = start(of: JSONString(start: 0, end: string.count, isEscaped: false), buffer)
      while unsafe places[place] >= 0 { place = (place + 1) & mask }
      unsafe places[place] = Int32(index)
    }
  }

  deinit {
    // SAFETY: freed once, here; integers need no deinitialising.
    unsafe places.deallocate()
  }

  /// Returns the index of the string that `string` stands for, its escapes resolved, or nil.
  ///
  /// - Complexity: O(n) in the string's length, whatever stands in the table; no allocation.
  @_noAllocation
  package borrowing func index(
    of string: JSONString, _ buffer: borrowing MutableSpan<UInt8>
  ) -> Int? {
    var place = start(of: string, buffer)
    while true {
      // SAFETY: `mask` keeps the place inside the block.
      let index = unsafe Int(places[place])
      // At least half of the places are free, so the walk ends.
      if index < 0 { return nil }
      if strings.isString(at: index, string, buffer) { return index }
      place = (place + 1) & mask
    }
  }

  @_noAllocation
  private borrowing func start(
    of string: JSONString, _ buffer: borrowing MutableSpan<UInt8>
  ) -> Int {
    Int(truncatingIfNeeded: JSONScanner.hash(of: string, in: 0, seed, buffer)) & mask
  }
}
