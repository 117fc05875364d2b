// Insertion and eviction, always by one thread at a time: the one that holds the shard's lock.
internal import CJotKernels
import Synchronization

extension CacheShard {
  /// The result of an insertion.
  enum Kept {
    /// The claims are in the cache, or were before; this many entries were evicted for them.
    case kept(evicted: Int)
    /// Another thread had the lock, or the claims are too long.
    case dropped
  }

  /// Inserts what was verified for `key`, replacing an entry of another generation; never waits.
  ///
  /// - Parameter scratch: The payload is at its start.
  /// - Complexity: O(n) in the payload, plus the visited bits that hits have set.
  @_noAllocation
  func insert(
    _ key: CacheKey, _ claims: borrowing ClaimIndex, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Kept {
    let blocks = Self.blocks(forPayload: claims.payloadLength)
    guard claims.payloadLength <= Self.maximumPayload, blocks <= shape.blocks, tryLock() else {
      return .dropped
    }
    let there = entry(of: key)
    if there != 0 {
      if load(offset(there) + Field.generation) == key.generation {
        unlock()
        return .kept(evicted: 0)
      }
      remove(there)
    }
    var evicted = 0
    while load(Control.count) >= UInt64(shape.entries) || freeCount < blocks {
      evict()
      evicted += 1
    }
    let number = write(key, claims, scratch)
    enqueue(number)
    addToTable(number, key.hash >> 32)
    unlock()
    return .kept(evicted: evicted)
  }

  /// Removes all entries.
  func removeAll() {
    while !tryLock() { jot_yield() }
    while load(Control.oldest) != 0 { remove(load(Control.oldest)) }
    unlock()
  }

  /// The current number of entries.
  var count: Int { Int(load(Control.count)) }

  /// Words that only writers use; the block number 0 means none.
  private enum Control {
    /// SIEVE's hand; 0 means the oldest.
    static var hand: Int { @_noAllocation get { 16 } }
    static var oldest: Int { @_noAllocation get { 17 } }
    static var newest: Int { @_noAllocation get { 18 } }
    static var count: Int { @_noAllocation get { 19 } }
    /// The first freed block; the others follow by their links.
    static var freed: Int { @_noAllocation get { 20 } }
    static var freedCount: Int { @_noAllocation get { 21 } }
    /// Blocks that were ever used: the others are free, and their memory is untouched.
    static var used: Int { @_noAllocation get { 22 } }
  }

  // MARK: Entries

  /// Writes an entry into free blocks, which must suffice, and returns its first block's number.
  @_noAllocation
  private func write(
    _ key: CacheKey, _ claims: borrowing ClaimIndex, _ scratch: borrowing MutableSpan<UInt8>
  ) -> UInt64 {
    // Another thread may have removed the last entry of these blocks: readers that see a store from
    // here on also see that the entry's version changed.
    atomicMemoryFence(ordering: .releasing)
    let number = takeBlock()
    let head = offset(number)
    let words = key.fingerprint.words
    store(0, head + Field.isVisited)
    store(words.0, head + Field.fingerprint)
    store(words.1, head + Field.fingerprint + 1)
    store(words.2, head + Field.fingerprint + 2)
    store(words.3, head + Field.fingerprint + 3)
    store(key.verifier, head + Field.verifier)
    store(key.generation, head + Field.generation)
    for index in 0..<RegisteredMembers.count {
      store(claims.members[index].bits, head + Field.claims + index)
    }
    for index in 0..<RegisteredMembers.timeCount {
      let seconds = claims.members.seconds(at: RegisteredMembers.firstTime + index)
      store(UInt64(bitPattern: seconds), head + Field.times + index)
    }
    let length = claims.payloadLength
    var (next, at, end) = (Field.extent + head, head + Field.payload, head + Self.blockWords)
    var isFirst = true
    var copied = 0
    while copied < length {
      if at == end {
        let block = takeBlock()
        store(isFirst ? UInt64(length) | block << 32 : block, next)
        isFirst = false
        let start = offset(block)
        (next, at, end) = (start + Field.next, start + Field.rest, start + Self.blockWords)
      }
      var word = scratch.word(at: copied)
      // Behind the payload the scratch held a signature: mask it out.
      if length - copied < 8 { word &= 1 << (8 * UInt64(length - copied)) &- 1 }
      store(word, at)
      (at, copied) = (at + 1, copied + 8)
    }
    store(isFirst ? UInt64(length) : 0, next)
    storeRelease(load(head) + 1, head)
    return number
  }

  /// Removes an entry and frees its blocks.
  @_noAllocation
  private func remove(_ number: UInt64) {
    let head = offset(number)
    store(load(head) + 1, head)
    // Readers that see any later store see this one.
    atomicMemoryFence(ordering: .releasing)
    removeFromTable(
      number, CacheKey.hash(load(head + Field.fingerprint), load(head + Field.verifier)) >> 32)
    dequeue(number)
    let extent = load(head + Field.extent)
    var left = Self.blocks(forPayload: Int(extent & 0xffff_ffff)) - 1
    var next = extent >> 32
    while left > 0 {
      let following = load(offset(next) + Field.next)
      free(next)
      (next, left) = (following, left - 1)
    }
    // Last, so that it is reused first: most first blocks stay first blocks.
    free(number)
  }

  /// Removes the entry that SIEVE's hand selects.
  @_noAllocation
  private func evict() {
    var number = load(Control.hand)
    if number == 0 { number = load(Control.oldest) }
    // Readers may set visited bits as fast as they are cleared; stop after one round.
    var left = load(Control.count)
    while left > 0, load(offset(number) + Field.isVisited) != 0 {
      store(0, offset(number) + Field.isVisited)
      number = newer(number)
      if number == 0 { number = load(Control.oldest) }
      left -= 1
    }
    store(number, Control.hand)
    // `remove` moves the hand to the next entry.
    remove(number)
  }

  // MARK: Blocks

  private var freeCount: Int {
    @_noAllocation get { Int(load(Control.freedCount)) + shape.blocks - Int(load(Control.used)) }
  }

  /// Takes the free block that was freed last: it is most likely in the CPU's cache.
  @_noAllocation
  private func takeBlock() -> UInt64 {
    let number = load(Control.freed)
    if number != 0 {
      store(load(link(number)), Control.freed)
      store(load(Control.freedCount) - 1, Control.freedCount)
      return number
    }
    let used = load(Control.used) + 1
    store(used, Control.used)
    return used
  }

  @_noAllocation
  private func free(_ number: UInt64) {
    store(load(Control.freed), link(number))
    store(number, Control.freed)
    store(load(Control.freedCount) + 1, Control.freedCount)
  }

  /// The offset of a block.
  @_noAllocation @inline(__always)
  private func offset(_ number: UInt64) -> Int {
    guard let offset = blockOffset(number) else { preconditionFailure("the number of a block") }
    return offset
  }

  /// The offset of a block's link. For an entry's first block: the newer entry and, in the lower
  /// half, the older one. For a free block: the next free one.
  @_noAllocation @inline(__always)
  private func link(_ number: UInt64) -> Int {
    guard number &- 1 < UInt64(shape.blocks) else { preconditionFailure("the number of a block") }
    return shape.links + Int(number) - 1
  }

  // MARK: The order

  @_noAllocation
  private func newer(_ number: UInt64) -> UInt64 { load(link(number)) >> 32 }

  @_noAllocation
  private func enqueue(_ number: UInt64) {
    let newest = load(Control.newest)
    store(newest, link(number))
    if newest != 0 {
      store(load(link(newest)) | number << 32, link(newest))
    } else {
      store(number, Control.oldest)
    }
    store(number, Control.newest)
    store(load(Control.count) + 1, Control.count)
  }

  @_noAllocation
  private func dequeue(_ number: UInt64) {
    let (newer, older) = (newer(number), load(link(number)) & 0xffff_ffff)
    if newer != 0 {
      store((load(link(newer)) >> 32) << 32 | older, link(newer))
    } else {
      store(older, Control.newest)
    }
    if older != 0 {
      store(load(link(older)) & 0xffff_ffff | newer << 32, link(older))
    } else {
      store(newer, Control.oldest)
    }
    if load(Control.hand) == number { store(newer, Control.hand) }
    store(load(Control.count) - 1, Control.count)
  }

  // MARK: The table

  /// Returns the first block of the entry of this token and verifier, in any generation; 0 if
  /// absent.
  @_noAllocation
  private func entry(of key: CacheKey) -> UInt64 {
    let tag = key.hash >> 32
    var slot = Int(tag) & (shape.slots - 1)
    while true {
      let word = load(Self.controlWords + slot)
      if word == 0 { return 0 }
      let number = word & 0xffff_ffff
      if word >> 32 == tag, isEntry(offset(number), of: key) { return number }
      slot = (slot + 1) & (shape.slots - 1)
    }
  }

  @_noAllocation
  private func addToTable(_ number: UInt64, _ tag: UInt64) {
    var slot = Int(tag) & (shape.slots - 1)
    while load(Self.controlWords + slot) != 0 { slot = (slot + 1) & (shape.slots - 1) }
    storeRelease(tag << 32 | number, Self.controlWords + slot)
  }

  /// Removes an entry from the table and closes the gap (backward-shift deletion), so that probes
  /// stay short.
  @_noAllocation
  private func removeFromTable(_ number: UInt64, _ tag: UInt64) {
    let mask = shape.slots - 1
    var gap = Int(tag) & mask
    var left = shape.slots
    while load(Self.controlWords + gap) != tag << 32 | number {
      left -= 1
      guard left > 0 else { preconditionFailure("an entry is in the table") }
      gap = (gap + 1) & mask
    }
    var slot = gap
    while true {
      slot = (slot + 1) & mask
      let word = load(Self.controlWords + slot)
      if word == 0 { break }
      // An entry may move back no further than the start of its probe.
      let start = Int(word >> 32) & mask
      if (slot - start) & mask >= (slot - gap) & mask {
        storeRelease(word, Self.controlWords + gap)
        gap = slot
      }
    }
    store(0, Self.controlWords + gap)
  }
}
