// Fence: a shard of a TokenCache: its layout, and lookup by seqlock without a lock.
import Synchronization

/// A view of a shard's memory: a hash table, and entries in chained blocks.
///
/// **Readers** take no lock: each entry has a seqlock. A block's first word is its version, odd
/// while the block is the first of a complete entry. A reader loads the version, copies, fences and
/// reloads the version; it discards the copy if the version changed. Before the recheck copied
/// words may be torn or stale, so lengths and offsets are checked before use, and nothing else is
/// trusted.
///
/// **Writers** hold the lock. Before a block's words change, its version becomes even, followed by
/// a fence. When the entry is complete, the version becomes odd again, higher by two. Continuation
/// blocks have no seqlock of their own: the first block's covers them. They change after its
/// version did, so a reader that saw a word of the next entry finds its own version changed.
///
/// **Eviction** is SIEVE: entries are in insertion order. A hand moves from the oldest to the
/// newest and starts over; it clears the visited bit of entries with a hit and evicts
/// the first without one. Entries never move, so a hit writes at most that bit.
@safe struct CacheShard {
  /// The layout, in words.
  struct Shape {
    /// The most entries.
    let entries: Int
    /// Slots in the table: a power of two, at least twice the entries.
    let slots: Int
    let blocks: Int
    /// The length of the whole shard.
    let words: Int

    /// Where the links begin, one word per block, and where the blocks begin.
    let links: Int
    let firstBlock: Int

    init(entries: Int, words: Int) {
      // An entry takes at least a block, a link and up to four slots.
      let wanted = min(
        entries, (words - CacheShard.controlWords - 32) / (CacheShard.blockWords + 5))
      var slots = 8
      while slots < 2 * wanted { slots *= 2 }
      let free = words - CacheShard.controlWords - slots - 32
      blocks = min(
        wanted * CacheShard.blocks(forPayload: CacheShard.maximumPayload),
        free / (CacheShard.blockWords + 1))
      self.entries = min(wanted, blocks)
      self.slots = slots
      links = CacheShard.controlWords + slots
      firstBlock = (links + blocks + 15) / 16 * 16
      self.words = firstBlock + blocks * CacheShard.blockWords
    }
  }

  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  let shape: Shape

  /// - Parameter words: The shard's memory; it must outlive this view.
  @unsafe @_noAllocation @inline(__always)
  init(_ words: UnsafeMutablePointer<Atomic<UInt64>>, _ shape: Shape) {
    unsafe self.words = unsafe words
    self.shape = shape
  }

  // MARK: Finding

  /// The offset of an entry and its version when it was found.
  struct Found {
    fileprivate let head: Int
    fileprivate let version: UInt64
  }

  /// Finds the entry of `key`'s token and verifier, in any generation; nil if there is none, or if
  /// a writer is moving its table slot or replacing it.
  @_noAllocation @inline(__always)
  func find(_ key: CacheKey) -> Found? {
    let tag = key.hash >> 32
    var slot = Int(tag) & (shape.slots - 1)
    // Half of the slots are free, but a reader concurrent with writers must not rely on it.
    for _ in 0..<shape.slots {
      let word = loadAcquire(Self.controlWords + slot)
      if word == 0 { return nil }
      if word >> 32 == tag, let head = blockOffset(word & 0xffff_ffff) {
        let version = loadAcquire(head)
        if version & 1 == 1, isEntry(head, of: key) {
          return Found(head: head, version: version)
        }
      }
      slot = (slot + 1) & (shape.slots - 1)
    }
    return nil
  }

  /// The result of reading an entry.
  enum Reading {
    case entry
    /// The entry belongs to another generation.
    case stale
    /// The entry changed meanwhile: it counts as missing.
    case changed
  }

  /// Copies the payload to the start of `scratch` and its claims to `claims`; both are unspecified
  /// unless the result is `entry`.
  @_noAllocation @inline(__always)
  func read(
    _ found: Found, _ key: CacheKey, into scratch: inout MutableSpan<UInt8>,
    _ claims: inout ClaimIndex
  ) -> Reading {
    let head = found.head
    let isCopied = copy(head, into: &scratch, &claims)
    let generation = load(head + Field.generation)
    atomicMemoryFence(ordering: .acquiring)
    guard load(head) == found.version else { return .changed }
    guard generation == key.generation else { return .stale }
    guard isCopied else { return .changed }
    // Usually the visited bit is set already, and nothing is written.
    if load(head + Field.isVisited) == 0 { store(1, head + Field.isVisited) }
    return .entry
  }

  /// Whether the entry at `head` belongs to this token and verifier, in any generation.
  @_noAllocation @inline(__always)
  func isEntry(_ head: Int, of key: CacheKey) -> Bool {
    let words = (
      load(head + Field.fingerprint), load(head + Field.fingerprint + 1),
      load(head + Field.fingerprint + 2), load(head + Field.fingerprint + 3)
    )
    return key.isSame(words, load(head + Field.verifier))
  }

  /// Copies an entry out; false if the words can't be one.
  @_noAllocation @inline(__always)
  private func copy(
    _ head: Int, into scratch: inout MutableSpan<UInt8>, _ claims: inout ClaimIndex
  ) -> Bool {
    let extent = load(head + Field.extent)
    let length = Int(extent & 0xffff_ffff)
    // Copies whole words, so up to seven bytes behind the payload.
    guard length <= Self.maximumPayload, length <= scratch.count - 8 else { return false }
    claims.payloadLength = length
    for index in 0..<RegisteredMembers.count {
      claims.members[index] = JSONValue(bits: load(head + Field.claims + index))
    }
    for index in 0..<RegisteredMembers.timeCount {
      let seconds = Int64(bitPattern: load(head + Field.times + index))
      claims.members.setSeconds(seconds, at: RegisteredMembers.firstTime + index)
    }
    var (next, at, free) = (extent >> 32, head + Field.payload, Self.blockWords - Field.payload)
    var (copied, left) = (0, (length + 7) / 8)
    while true {
      let count = min(left, free)
      copy(at, count, to: 8 * copied, of: &scratch)
      (copied, left) = (copied + count, left - count)
      if left == 0 { return true }
      guard let block = blockOffset(next) else { return false }
      next = load(block + Field.next)
      (at, free) = (block + Field.rest, Self.blockWords - Field.rest)
    }
  }

  /// Copies `count` words from `start` on to the bytes from `target` on.
  @_noAllocation @inline(__always)
  private func copy(
    _ start: Int, _ count: Int, to target: Int, of scratch: inout MutableSpan<UInt8>
  ) {
    guard target + 8 * count <= scratch.count else { preconditionFailure("a long scratch") }
    // SAFETY: the words lie inside a block, and their bytes inside the scratch, as checked.
    unsafe scratch.withUnsafeMutableBufferPointer { bytes in
      let from = unsafe words + start
      let to = unsafe UnsafeMutableRawPointer(bytes.baseAddress!) + target
      for index in 0..<count {
        unsafe to.storeBytes(
          of: from[index].load(ordering: .relaxed).littleEndian, toByteOffset: 8 * index,
          as: UInt64.self)
      }
    }
  }

  // MARK: Words

  /// The offsets of a block's words. Later blocks of an entry have a version, the next block's
  /// number and payload. The visited bit is the same word in every block: a delayed reader may set
  /// it when the block already belongs to another entry, in any position.
  enum Field {
    static var version: Int { @_noAllocation get { 0 } }
    static var isVisited: Int { @_noAllocation get { 1 } }
    static var fingerprint: Int { @_noAllocation get { 2 } }
    static var verifier: Int { @_noAllocation get { 6 } }
    static var generation: Int { @_noAllocation get { 7 } }
    /// The payload's length, and in the upper half the next block's number.
    static var extent: Int { @_noAllocation get { 8 } }
    static var claims: Int { @_noAllocation get { 9 } }
    static var times: Int { @_noAllocation get { 16 } }
    static var payload: Int { @_noAllocation get { 19 } }

    static var next: Int { @_noAllocation get { 2 } }
    static var rest: Int { @_noAllocation get { 3 } }
  }

  /// Words of a block: four cache lines.
  static var blockWords: Int { @_noAllocation get { 32 } }
  /// Words before the table: the lock, and the writers' numbers, in cache lines of their own.
  static var controlWords: Int { @_noAllocation get { 32 } }
  /// The longest payload of an entry, in bytes.
  static var maximumPayload: Int { @_noAllocation get { 4096 } }

  /// Returns the number of blocks of an entry with `length` bytes of payload.
  @_noAllocation
  static func blocks(forPayload length: Int) -> Int {
    let first = 8 * (blockWords - Field.payload)
    let others = 8 * (blockWords - Field.rest)
    return length <= first ? 1 : 1 + (length - first + others - 1) / others
  }

  /// Returns the offset of the block with this number; nil for an invalid number.
  @_noAllocation @inline(__always)
  func blockOffset(_ number: UInt64) -> Int? {
    guard number &- 1 < UInt64(shape.blocks) else { return nil }
    return shape.firstBlock + (Int(number) - 1) * Self.blockWords
  }

  // Each offset is a control word's or in the table, or in a block whose number was checked, or
  // comes from a writer's number, which only the lock's holder writes.
  @_noAllocation @inline(__always)
  func load(_ offset: Int) -> UInt64 {
    // SAFETY: inside the shard, see above.
    unsafe words[offset].load(ordering: .relaxed)
  }

  @_noAllocation @inline(__always)
  func store(_ word: UInt64, _ offset: Int) {
    // SAFETY: as above.
    unsafe words[offset].store(word, ordering: .relaxed)
  }

  @_noAllocation @inline(__always)
  private func loadAcquire(_ offset: Int) -> UInt64 {
    // SAFETY: as above.
    unsafe words[offset].load(ordering: .acquiring)
  }

  /// Stores `word` with release ordering: after all earlier stores.
  @_noAllocation @inline(__always)
  func storeRelease(_ word: UInt64, _ offset: Int) {
    // SAFETY: as above.
    unsafe words[offset].store(word, ordering: .releasing)
  }

  /// Takes the lock, unless a thread holds it.
  @_noAllocation @inline(__always)
  func tryLock() -> Bool {
    // SAFETY: as above.
    unsafe load(0) == 0 && words[0].exchange(1, ordering: .acquiring) == 0
  }

  @_noAllocation @inline(__always)
  func unlock() { storeRelease(0, 0) }
}
