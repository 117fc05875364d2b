// Fence: a hash table of byte strings, for lists too long to search linearly: a set's key IDs.

/// A set of distinct byte strings, searched in O(1).
@usableFromInline @safe package struct ByteStringTable: ~Copyable, @unchecked Sendable {
  private let strings: ByteStrings
  // Indices of strings; -1 is a free slot. At least half of the slots are free.
  private let slots: UnsafeMutablePointer<Int32>
  private let mask: Int
  private let seed: UInt64

  /// The number of strings in the table.
  package var count: Int { @_noAllocation get { strings.count } }

  /// Copies `strings`, in their order.
  ///
  /// - Parameter seed: A random number, so that an attacker can't choose strings that collide.
  /// - Precondition: no two strings are equal, and there are fewer than 2³⁰.
  package init(_ strings: [[UInt8]], seed: UInt64) {
    precondition(strings.count < 1 << 30)
    var capacity = 4
    while capacity < 2 * strings.count { capacity *= 2 }
    mask = capacity - 1
    self.seed = seed
    self.strings = ByteStrings(strings)
    // SAFETY: this value alone owns the block, initialises all of it and frees it once, in deinit.
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: -1, count: capacity)
    for (index, string) in strings.enumerated() {
      // Hashing reads whole words past the string, as it does past any scanned text.
      var text = string + [UInt8](repeating: 0, count: 8)
      let buffer = text.mutableSpan
      var slot = start(of: JSONString(start: 0, end: string.count, isEscaped: false), buffer)
      while unsafe slots[slot] >= 0 { slot = (slot + 1) & mask }
      unsafe slots[slot] = Int32(index)
    }
  }

  deinit {
    // SAFETY: freed once, here; integers need no deinitialising.
    unsafe slots.deallocate()
  }

  /// Returns the index of the string equal to `string` with its escapes resolved, or nil.
  ///
  /// - Complexity: O(n) in the string's length, for any table size; no allocation.
  @_noAllocation
  package borrowing func index(
    of string: JSONString, _ buffer: borrowing MutableSpan<UInt8>
  ) -> Int? {
    var slot = start(of: string, buffer)
    while true {
      // SAFETY: `mask` keeps the index inside the block.
      let index = unsafe Int(slots[slot])
      // At least half of the slots are free, so the probe ends.
      if index < 0 { return nil }
      if strings.isString(at: index, string, buffer) { return index }
      slot = (slot + 1) & mask
    }
  }

  @_noAllocation
  private borrowing func start(
    of string: JSONString, _ buffer: borrowing MutableSpan<UInt8>
  ) -> Int {
    Int(truncatingIfNeeded: JSONScanner.hash(of: string, in: 0, seed, buffer)) & mask
  }
}
