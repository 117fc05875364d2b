// Fence: a hash table of short texts, which are looked up inside a longer text without a copy.
internal import CJotKernels

/// A fixed table of short texts, each of a kind and with a number.
///
/// A text is found by its hash and then compared whole, so that only an equal one is found. The hash
/// is a sum of 128-bit products of 16 bytes each, folded to 64 bits (as in NH and wyhash); each
/// factor is masked with a secret word of its own place, so that an attacker can't choose texts that
/// collide. The products don't wait for each other.
@usableFromInline @safe package struct TextTable: ~Copyable, @unchecked Sendable {
  /// A text of the table.
  package struct Text {
    let bytes: [UInt8]
    let kind: Int
    let number: Int

    /// - Parameters:
    ///   - bytes: At least one, at most ``longest``.
    ///   - kind: 0 to 3; equal texts of two kinds are different texts.
    ///   - number: Below 2³².
    package init(_ bytes: [UInt8], kind: Int, number: Int) {
      (self.bytes, self.kind, self.number) = (bytes, kind, number)
    }
  }

  /// Length 0 is a free slot. The number is here, so that what it leads to is loaded while the text
  /// is compared.
  private struct Slot {
    var tag: UInt32 = 0
    var number: UInt32 = 0
    var start: UInt32 = 0
    var length: UInt32 = 0
  }

  /// The most bytes in a text.
  package static var longest: Int { @_noAllocation get { 192 } }

  // One block: the secret words, the slots of each kind, all texts. At least a third of a kind's slots
  // are free. Mostly texts of a single kind are looked up, so that the others' slots and texts should
  // not be in the same cache lines.
  private let secrets: UnsafeMutablePointer<UInt64>
  private let slots: UnsafeMutablePointer<Slot>
  private let texts: UnsafeMutablePointer<UInt8>
  private let mask: Int
  private static var kinds: Int { @_noAllocation get { 4 } }

  // Two words for each 16 bytes but the last, two for the last, two for the length. The slots
  // begin at a cache line.
  private static var pairs: Int { @_noAllocation get { 14 } }
  private static var secretBytes: Int { @_noAllocation get { 256 } }

  /// The bytes of the table.
  package let byteCount: Int
  private let slotCount: Int

  /// Copies `texts`.
  ///
  /// - Precondition: no two texts of one kind are equal; together they have fewer than 2³² bytes.
  package init(_ texts: [Text]) {
    var capacity = 4
    let texts = texts.sorted { $0.kind < $1.kind }
    let counts = (0..<Self.kinds).map { kind in texts.count { $0.kind == kind } }
    while 2 * capacity < 3 * counts.max()! { capacity *= 2 }
    mask = capacity - 1
    let slotCount = (texts.last.map { $0.kind + 1 } ?? 1) * capacity
    // A text crosses no more cache lines than it must.
    var total = 0
    let starts = texts.map { text in
      let count = text.bytes.count
      if total % 64 + count > 64 { total = (total + 63) / 64 * 64 }
      total += count
      return total - count
    }
    precondition(total < 1 << 32, "the table's texts are below 4 GiB")
    let length = Self.secretBytes + slotCount * MemoryLayout<Slot>.stride
    (byteCount, self.slotCount) = (length + total, slotCount)
    // SAFETY: this value alone owns the block, which is sized for exactly these parts, initialises
    // all of it and frees it once, in deinit.
    let block = unsafe UnsafeMutableRawPointer.allocateApart(byteCount)
    unsafe secrets = block.bindMemory(to: UInt64.self, capacity: 2 * Self.pairs)
    unsafe slots = (block + Self.secretBytes).bindMemory(to: Slot.self, capacity: slotCount)
    unsafe self.texts = (block + length).bindMemory(to: UInt8.self, capacity: total)
    for index in 0..<2 * Self.pairs {
      unsafe (secrets + index).initialize(to: .random(in: .min ... .max))
    }
    unsafe slots.initialize(repeating: Slot(), count: slotCount)
    unsafe self.texts.initialize(repeating: 0, count: total)
    for (text, start) in zip(texts, starts) {
      let count = text.bytes.count
      precondition(1...Self.longest ~= count && text.kind >= 0)
      for (index, byte) in text.bytes.enumerated() { unsafe self.texts[start + index] = byte }
      let hash = unsafe hash(self.texts + start, count)
      let first = text.kind * capacity
      var slot = Int(truncatingIfNeeded: hash) & mask
      while unsafe slots[first + slot].length > 0 { slot = (slot + 1) & mask }
      unsafe slots[first + slot] = Slot(
        tag: UInt32(truncatingIfNeeded: hash >> 32), number: UInt32(text.number),
        start: UInt32(start), length: UInt32(count))
    }
  }

  deinit {
    // SAFETY: the secrets are the start of the block; plain words need no deinitialising.
    unsafe secrets.deallocate()
  }

  /// Returns the number of the text of this kind that equals `text[range]`, or nil.
  ///
  /// - Precondition: `range` lies inside the span; `kind` is 0 to 3.
  /// - Complexity: O(``longest``) for any range; no allocation.
  @_noAllocation
  package borrowing func number(
    of text: Span<UInt8>, in range: Range<Int>, kind: Int
  ) -> Int? {
    let (start, count) = (range.lowerBound, range.count)
    guard start >= 0, range.upperBound <= text.count else {
      preconditionFailure("the range lies inside")
    }
    let first = kind * (mask + 1)
    guard count > 0, count <= Self.longest, first >= 0, first < slotCount else { return nil }
    // SAFETY: the range lies inside and is not empty, so there is an address.
    return unsafe text.withUnsafeBufferPointer {
      unsafe number($0.baseAddress! + start, count, slots + first)
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func number(
    _ text: UnsafePointer<UInt8>, _ count: Int, _ slots: UnsafePointer<Slot>
  ) -> Int? {
    // SAFETY: `mask` keeps the slot inside those of the kind, and each slot's text lies inside the
    // block. At least a third of the slots are free, so the probe ends.
    let hash = unsafe hash(text, count)
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = unsafe slots[index]
      if slot.length == 0 { return nil }
      if slot.tag == tag, slot.length == UInt32(truncatingIfNeeded: count),
        unsafe jot_equal(texts + Int(slot.start), text, count) != 0
      {
        return Int(slot.number)
      }
      index = (index + 1) & mask
    }
  }

  /// The hash of `count` bytes, at least 1.
  @_noAllocation @inline(__always)
  private borrowing func hash(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    // SAFETY: at most 11 words' pairs precede the last, because a text has at most `longest` bytes;
    // every load lies inside the text.
    let last = 2 * (Self.pairs - 2)
    let length = UInt64(truncatingIfNeeded: count)
    var sum = product(length, length, last + 2)
    if count >= 16 {
      var (offset, pair) = (0, 0)
      while offset < count - 16 {
        unsafe sum ^= product(word(text, offset), word(text, offset + 8), pair)
        (offset, pair) = (offset + 16, pair + 2)
      }
      unsafe sum ^= product(word(text, count - 16), word(text, count - 8), last)
    } else if count >= 8 {
      unsafe sum ^= product(word(text, 0), word(text, count - 8), last)
    } else {
      var word: UInt64 = 0
      for offset in 0..<count { unsafe word = word << 8 | UInt64(text[offset]) }
      sum ^= product(word, word, last)
    }
    return sum
  }

  /// The folded product of two words, masked with the secrets of this pair.
  @_noAllocation @inline(__always)
  private borrowing func product(_ left: UInt64, _ right: UInt64, _ pair: Int) -> UInt64 {
    // SAFETY: `pair` is below twice `pairs`.
    let (one, other) = unsafe (left ^ secrets[pair], right ^ secrets[pair + 1])
    let (high, low) = one.multipliedFullWidth(by: other)
    return high ^ low
  }

  @_noAllocation @inline(__always)
  private borrowing func word(_ text: UnsafePointer<UInt8>, _ offset: Int) -> UInt64 {
    // SAFETY: the callers keep all 8 bytes inside the text.
    unsafe UnsafeRawPointer(text).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }
}
