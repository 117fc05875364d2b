// Fence: the entries of a part of a TokenCache: found without a lock, put in and evicted under one.
// Before it: CacheKey, and claims that were verified. After it: the same claims, as often as asked.
import Synchronization

/// A view of a shard's memory: a table, and entries in blocks that are chained.
///
/// **Readers** take no lock. A block's first word is its version, odd while the block is the front of
/// a whole entry. A reader loads the version, all else, a fence, and the version once more; only if
/// that is the same is what it copied an entry. What it copies before is any word there ever was, so
/// lengths and places are checked before use, and nothing else is believed.
///
/// **Writers** hold the lock. Before a block's words change, its version is made even, with a fence
/// behind; the version becomes odd again, higher by two, when the entry is whole. Blocks behind an
/// entry's front keep an even version, and change only after the version of the front whose they
/// were: so a reader that met a word of the next entry finds the version of its own changed.
///
/// **Eviction** is SIEVE: entries stand in the order in which they came; a hand walks from the oldest
/// to the newest and round again, takes the mark off those that were found since, and takes out the
/// first that has none. Entries never move, so that a hit writes a mark at most.
@safe struct CacheShard {
  /// Where things lie, in words.
  struct Shape {
    /// Entries at most.
    let entries: Int
    /// Places in the table, a power of two and twice as many as entries at least.
    let places: Int
    let blocks: Int
    /// The whole shard.
    let words: Int

    /// Where the links begin, one word a block, and where the blocks do.
    let links: Int
    let firstBlock: Int

    init(entries: Int, words: Int) {
      // What an entry takes at least: a block, a link, up to four places.
      let wanted = min(
        entries, (words - CacheShard.controlWords - 32) / (CacheShard.blockWords + 5))
      var places = 8
      while places < 2 * wanted { places *= 2 }
      let room = words - CacheShard.controlWords - places - 32
      blocks = min(
        wanted * CacheShard.blocks(forPayload: CacheShard.maximumPayload),
        room / (CacheShard.blockWords + 1))
      self.entries = min(wanted, blocks)
      self.places = places
      links = CacheShard.controlWords + places
      firstBlock = (links + blocks + 15) / 16 * 16
      self.words = firstBlock + blocks * CacheShard.blockWords
    }
  }

  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  let shape: Shape

  /// - Parameter words: The shard's memory, alive as long as this view.
  @unsafe @_noAllocation @inline(__always)
  init(_ words: UnsafeMutablePointer<Atomic<UInt64>>, _ shape: Shape) {
    unsafe self.words = unsafe words
    self.shape = shape
  }

  // MARK: Finding

  /// Where an entry was seen, and its version then.
  struct Place {
    fileprivate let front: Int
    fileprivate let version: UInt64
  }

  /// Finds the entry of `key`'s token and verifier, in any generation; nil where there is none, or
  /// where it is moved or replaced just now.
  @_noAllocation @inline(__always)
  func find(_ key: CacheKey) -> Place? {
    let tag = key.hash >> 32
    var place = Int(tag) & (shape.places - 1)
    // Half of the places are free; yet who reads while others write must not rely on that.
    for _ in 0..<shape.places {
      let word = loadFirst(Self.controlWords + place)
      if word == 0 { return nil }
      if word >> 32 == tag, let front = front(word & 0xffff_ffff) {
        let version = loadFirst(front)
        if version & 1 == 1, isEntry(front, of: key) {
          return Place(front: front, version: version)
        }
      }
      place = (place + 1) & (shape.places - 1)
    }
    return nil
  }

  /// What a second look at an entry gives.
  enum Reading {
    case entry
    /// It is of another generation.
    case stale
    /// It was changed meanwhile: it counts as none.
    case changed
  }

  /// Copies the payload to the front of `scratch` and its claims to `claims`; both are unspecified
  /// where the answer is not `entry`.
  @_noAllocation @inline(__always)
  func read(
    _ place: Place, _ key: CacheKey, into scratch: inout MutableSpan<UInt8>,
    _ claims: inout ClaimIndex
  ) -> Reading {
    let front = place.front
    let isCopied = copy(front, into: &scratch, &claims)
    let generation = load(front + Field.generation)
    atomicMemoryFence(ordering: .acquiring)
    guard load(front) == place.version else { return .changed }
    guard generation == key.generation else { return .stale }
    guard isCopied else { return .changed }
    // Most often it is set, and then nothing is written.
    if load(front + Field.isVisited) == 0 { store(1, front + Field.isVisited) }
    return .entry
  }

  /// Whether the front at `front` is of this token and verifier, in any generation.
  @_noAllocation @inline(__always)
  func isEntry(_ front: Int, of key: CacheKey) -> Bool {
    let wanted = key.fingerprint.words
    let difference =
      load(front + Field.fingerprint) ^ wanted.0 | load(front + Field.fingerprint + 1) ^ wanted.1
      | load(front + Field.fingerprint + 2) ^ wanted.2
      | load(front + Field.fingerprint + 3) ^ wanted.3 | load(front + Field.verifier) ^ key.verifier
    return difference == 0
  }

  /// Copies an entry out; false where it can be none.
  @_noAllocation @inline(__always)
  private func copy(
    _ front: Int, into scratch: inout MutableSpan<UInt8>, _ claims: inout ClaimIndex
  ) -> Bool {
    let extent = load(front + Field.extent)
    let length = Int(extent & 0xffff_ffff)
    // Whole words are written, so up to seven bytes behind the payload.
    guard length <= Self.maximumPayload, length <= scratch.count - 8 else { return false }
    claims.payloadLength = length
    claims.values.iss = JSONValue(bits: load(front + Field.claims))
    claims.values.sub = JSONValue(bits: load(front + Field.claims + 1))
    claims.values.aud = JSONValue(bits: load(front + Field.claims + 2))
    claims.values.jti = JSONValue(bits: load(front + Field.claims + 3))
    claims.values.exp = JSONValue(bits: load(front + Field.claims + 4))
    claims.values.nbf = JSONValue(bits: load(front + Field.claims + 5))
    claims.values.iat = JSONValue(bits: load(front + Field.claims + 6))
    claims.values.expSeconds = Int64(bitPattern: load(front + Field.times))
    claims.values.nbfSeconds = Int64(bitPattern: load(front + Field.times + 1))
    claims.values.iatSeconds = Int64(bitPattern: load(front + Field.times + 2))
    var (next, at, room) = (extent >> 32, front + Field.payload, Self.blockWords - Field.payload)
    var (copied, left) = (0, (length + 7) / 8)
    while true {
      let count = min(left, room)
      copy(at, count, to: 8 * copied, of: &scratch)
      (copied, left) = (copied + count, left - count)
      if left == 0 { return true }
      guard let block = self.front(next) else { return false }
      next = load(block + Field.next)
      (at, room) = (block + Field.rest, Self.blockWords - Field.rest)
    }
  }

  /// Copies `count` words from `start` on to the bytes from `target` on.
  @_noAllocation @inline(__always)
  private func copy(
    _ start: Int, _ count: Int, to target: Int, of scratch: inout MutableSpan<UInt8>
  ) {
    guard target + 8 * count <= scratch.count else { preconditionFailure("room was checked") }
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

  /// A block's words by their offsets. Behind an entry's front its further blocks have a version,
  /// the number of the next one, and payload. The mark has a word of its own in every block: a reader
  /// that was held up may set it when the block is already another entry's, in whichever place.
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
  /// Words before the table: the lock, and the writer's numbers, in lines of their own.
  static var controlWords: Int { @_noAllocation get { 32 } }
  /// Bytes of payload that an entry may have.
  static var maximumPayload: Int { @_noAllocation get { 4096 } }

  /// Returns how many blocks an entry with `length` bytes of payload takes.
  @_noAllocation
  static func blocks(forPayload length: Int) -> Int {
    let first = 8 * (blockWords - Field.payload)
    let others = 8 * (blockWords - Field.rest)
    return length <= first ? 1 : 1 + (length - first + others - 1) / others
  }

  /// Returns the offset of the block with this number; nil where there is none.
  @_noAllocation @inline(__always)
  func front(_ number: UInt64) -> Int? {
    guard number &- 1 < UInt64(shape.blocks) else { return nil }
    return shape.firstBlock + (Int(number) - 1) * Self.blockWords
  }

  // Each offset is one of the control words or the table, or lies in a block whose number was checked,
  // or comes from a writer's number, which only whoever has the lock writes.
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
  private func loadFirst(_ offset: Int) -> UInt64 {
    // SAFETY: as above.
    unsafe words[offset].load(ordering: .acquiring)
  }

  /// Stores `word` after all that was stored before.
  @_noAllocation @inline(__always)
  func storeLast(_ word: UInt64, _ offset: Int) {
    // SAFETY: as above.
    unsafe words[offset].store(word, ordering: .releasing)
  }

  /// Takes the lock, unless somebody has it.
  @_noAllocation @inline(__always)
  func tryLock() -> Bool {
    // SAFETY: as above.
    unsafe load(0) == 0 && words[0].exchange(1, ordering: .acquiring) == 0
  }

  @_noAllocation @inline(__always)
  func unlock() { storeLast(0, 0) }
}
