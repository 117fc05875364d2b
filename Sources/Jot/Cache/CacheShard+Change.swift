// How entries come and go, always by one thread at a time: whoever has the shard's lock.
internal import CJotKernels
import Synchronization

extension CacheShard {
  /// What became of claims that were to be kept.
  enum Kept {
    /// They are, or were already, and so many others were evicted for them.
    case kept(evicted: Int)
    /// Another thread had the lock, or they are too long.
    case dropped
  }

  /// Puts in what was verified for `key`, in place of what another generation left; waits for nobody.
  ///
  /// - Parameter scratch: The payload at its front.
  /// - Complexity: O(n) in the payload, beyond marks that hits have set.
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

  /// Takes all entries out.
  func removeAll() {
    while !tryLock() { jot_yield() }
    while load(Control.oldest) != 0 { remove(load(Control.oldest)) }
    unlock()
  }

  /// Entries at this moment.
  var count: Int { Int(load(Control.count)) }

  /// Words that only writers use; numbers of blocks are 0 where there is none.
  private enum Control {
    /// Where the hand stands; 0 for the oldest.
    static var hand: Int { @_noAllocation get { 16 } }
    static var oldest: Int { @_noAllocation get { 17 } }
    static var newest: Int { @_noAllocation get { 18 } }
    static var count: Int { @_noAllocation get { 19 } }
    /// The first of the blocks that were freed; the others follow by their links.
    static var freed: Int { @_noAllocation get { 20 } }
    static var freedCount: Int { @_noAllocation get { 21 } }
    /// Blocks that were ever used: those behind are free, and their memory was never touched.
    static var used: Int { @_noAllocation get { 22 } }
  }

  // MARK: Entries

  /// Writes an entry into free blocks, of which there are enough, and returns its front's number.
  @_noAllocation
  private func write(
    _ key: CacheKey, _ claims: borrowing ClaimIndex, _ scratch: borrowing MutableSpan<UInt8>
  ) -> UInt64 {
    // Whoever took these blocks' last entry out may have been another thread: readers that see a store
    // from here on see also that entry's version changed.
    atomicMemoryFence(ordering: .releasing)
    let number = takeBlock()
    let front = offset(number)
    let words = key.fingerprint.words
    store(0, front + Field.isVisited)
    store(words.0, front + Field.fingerprint)
    store(words.1, front + Field.fingerprint + 1)
    store(words.2, front + Field.fingerprint + 2)
    store(words.3, front + Field.fingerprint + 3)
    store(key.verifier, front + Field.verifier)
    store(key.generation, front + Field.generation)
    store(claims.values.iss.bits, front + Field.claims)
    store(claims.values.sub.bits, front + Field.claims + 1)
    store(claims.values.aud.bits, front + Field.claims + 2)
    store(claims.values.jti.bits, front + Field.claims + 3)
    store(claims.values.exp.bits, front + Field.claims + 4)
    store(claims.values.nbf.bits, front + Field.claims + 5)
    store(claims.values.iat.bits, front + Field.claims + 6)
    store(UInt64(bitPattern: claims.values.expSeconds), front + Field.times)
    store(UInt64(bitPattern: claims.values.nbfSeconds), front + Field.times + 1)
    store(UInt64(bitPattern: claims.values.iatSeconds), front + Field.times + 2)
    let length = claims.payloadLength
    var (next, at, end) = (Field.extent + front, front + Field.payload, front + Self.blockWords)
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
      // What lies behind the payload is the scratch's, where a signature was: it stays there.
      if length - copied < 8 { word &= 1 << (8 * UInt64(length - copied)) &- 1 }
      store(word, at)
      (at, copied) = (at + 1, copied + 8)
    }
    store(isFirst ? UInt64(length) : 0, next)
    storeLast(load(front) + 1, front)
    return number
  }

  /// Takes an entry out and frees its blocks.
  @_noAllocation
  private func remove(_ number: UInt64) {
    let front = offset(number)
    store(load(front) + 1, front)
    // Readers that see any later store see this one.
    atomicMemoryFence(ordering: .releasing)
    removeFromTable(
      number, CacheKey.hash(load(front + Field.fingerprint), load(front + Field.verifier)) >> 32)
    dequeue(number)
    let extent = load(front + Field.extent)
    var left = Self.blocks(forPayload: Int(extent & 0xffff_ffff)) - 1
    var next = extent >> 32
    while left > 0 {
      let following = load(offset(next) + Field.next)
      free(next)
      (next, left) = (following, left - 1)
    }
    // Last, so that it is taken first: most fronts stay fronts.
    free(number)
  }

  /// Takes out the entry that SIEVE's hand comes to.
  @_noAllocation
  private func evict() {
    var number = load(Control.hand)
    if number == 0 { number = load(Control.oldest) }
    // Readers may set marks as fast as they are taken off; after one round it is enough.
    var left = load(Control.count)
    while left > 0, load(offset(number) + Field.isVisited) != 0 {
      store(0, offset(number) + Field.isVisited)
      number = newer(number)
      if number == 0 { number = load(Control.oldest) }
      left -= 1
    }
    store(number, Control.hand)
    // Moves the hand on to the next one.
    remove(number)
  }

  // MARK: Blocks

  private var freeCount: Int {
    @_noAllocation get { Int(load(Control.freedCount)) + shape.blocks - Int(load(Control.used)) }
  }

  /// Takes a free block, the last that was freed first: it is the warmest.
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

  /// Where a block lies.
  @_noAllocation @inline(__always)
  private func offset(_ number: UInt64) -> Int {
    guard let offset = front(number) else { preconditionFailure("the number of a block") }
    return offset
  }

  /// Where a block's link lies: for an entry's front the newer one and, in the lower half, the older
  /// one; for a free block the next free one.
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

  /// Returns the front of the entry of this token and verifier, in any generation; 0 for none.
  @_noAllocation
  private func entry(of key: CacheKey) -> UInt64 {
    let tag = key.hash >> 32
    var place = Int(tag) & (shape.places - 1)
    while true {
      let word = load(Self.controlWords + place)
      if word == 0 { return 0 }
      let number = word & 0xffff_ffff
      if word >> 32 == tag, isEntry(offset(number), of: key) { return number }
      place = (place + 1) & (shape.places - 1)
    }
  }

  @_noAllocation
  private func addToTable(_ number: UInt64, _ tag: UInt64) {
    var place = Int(tag) & (shape.places - 1)
    while load(Self.controlWords + place) != 0 { place = (place + 1) & (shape.places - 1) }
    storeLast(tag << 32 | number, Self.controlWords + place)
  }

  /// Takes a front out of the table and closes the gap, so that walks stay short.
  @_noAllocation
  private func removeFromTable(_ number: UInt64, _ tag: UInt64) {
    let mask = shape.places - 1
    var gap = Int(tag) & mask
    var left = shape.places
    while load(Self.controlWords + gap) != tag << 32 | number {
      left -= 1
      guard left > 0 else { preconditionFailure("an entry stands in the table") }
      gap = (gap + 1) & mask
    }
    var place = gap
    while true {
      place = (place + 1) & mask
      let word = load(Self.controlWords + place)
      if word == 0 { break }
      // An entry may move back as far as where its walk begins.
      let start = Int(word >> 32) & mask
      if (place - start) & mask >= (place - gap) & mask {
        storeLast(word, Self.controlWords + gap)
        gap = place
      }
    }
    store(0, Self.controlWords + gap)
  }
}
