// Fence: the one block of memory that a TokenCache has: its counters, and the shards' tables, links
// and blocks. After it: CacheShard, a view of a part.
internal import CJotKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory of `Atomic` words, allocated once, inside both bounds of the cache.
///
/// Every word that two threads may meet at is atomic, and almost all accesses are relaxed, which on
/// the usual CPUs are plain loads and stores; a `memcpy` beside a writer would be undefined.
///
/// ```
/// lanes of counters │ shard │ shard │ …
///                       └ lock │ writer's numbers │ table: hash → block │ links │ blocks of 256 bytes
/// ```
@safe struct CacheMemory: ~Copyable, @unchecked Sendable {
  /// What is counted; each CPU has a lane of its own.
  enum Counter: Int { case hit, miss, eviction, stale, dropped }

  private let block: UnsafeMutableRawPointer
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  // What fork must know of the shards' locks.
  private let part: UnsafeMutablePointer<jot_fork_part>
  private let shardMask: UInt64
  private let shape: CacheShard.Shape
  /// Bytes allocated.
  let byteCount: Int

  private static let lanes = 64
  /// Two cache lines: CPUs fetch lines by pairs.
  private static let laneWords = 16
  private static let alignment = 128

  /// - Precondition: `entries` ≥ 1, `bytes` ≥ 64 KiB.
  init(entries: Int, bytes: Int) {
    let part = unsafe MemoryLayout<jot_fork_part>.size
    let fixed = 8 * Self.lanes * Self.laneWords + Self.alignment + part
    var shards = 16
    while shards > 1, entries / shards < 64 || (bytes - fixed) / shards < 1 << 16 { shards /= 2 }
    shape = CacheShard.Shape(entries: entries / shards, words: (bytes - fixed) / shards / 8)
    shardMask = UInt64(shards - 1)
    byteCount = fixed + 8 * shards * shape.words
    // SAFETY: zeroed by the system as it is touched, not before; for these words zero is a value, and
    // they need no deinitialising. The block is this value's alone, and freed once, in deinit.
    guard let block = unsafe calloc(1, byteCount) else { fatalError("no memory for a token cache") }
    unsafe self.block = unsafe block
    let aligned = unsafe block.alignedUp(toMultipleOf: Self.alignment)
    let capacity = Self.lanes * Self.laneWords + shards * shape.words
    unsafe words = aligned.bindMemory(to: Atomic<UInt64>.self, capacity: capacity)
    // SAFETY: a block of this value's own, freed in deinit; the locks are the shards' first words.
    unsafe self.part = .allocate(capacity: 1)
    unsafe self.part.initialize(
      to: jot_fork_part(
        next: nil, previous: nil,
        locks: aligned.assumingMemoryBound(to: UInt64.self) + Self.lanes * Self.laneWords,
        lock_count: shards, lock_stride: shape.words, counters: nil, counter_count: 0))
    unsafe jot_fork_add(self.part)
  }

  deinit {
    // SAFETY: both are this value's alone; C forgets them first.
    unsafe jot_fork_remove(part)
    unsafe part.deallocate()
    unsafe free(block)
  }

  /// The shard where an entry of this hash is, or would be.
  @_noAllocation @inline(__always)
  borrowing func shard(_ hash: UInt64) -> CacheShard {
    let offset = Self.lanes * Self.laneWords + Int(hash & shardMask) * shape.words
    // SAFETY: the mask keeps the shard inside the block.
    return unsafe CacheShard(words + offset, shape)
  }

  /// Calls `body` with each shard.
  borrowing func forEachShard(_ body: (CacheShard) -> Void) {
    for index in 0...shardMask { body(shard(index)) }
  }

  /// Adds to a counter of this thread's CPU.
  // An addition that can't be lost costs 4 ns where nobody else has the line; a load and a store, one,
  // but then a thread that is moved in between counts wrong.
  @_noAllocation @inline(__always)
  borrowing func count(_ counter: Counter, _ number: Int = 1) {
    let lane = Int(jot_current_cpu()) & (Self.lanes - 1)
    // SAFETY: the mask keeps the lane inside the block, before the shards.
    unsafe words[lane * Self.laneWords + counter.rawValue]
      .wrappingAdd(UInt64(truncatingIfNeeded: number), ordering: .relaxed)
  }

  /// The sum of a counter over all lanes.
  borrowing func sum(_ counter: Counter) -> Int {
    var sum: UInt64 = 0
    for lane in 0..<Self.lanes {
      // SAFETY: as above.
      sum &+= unsafe words[lane * Self.laneWords + counter.rawValue].load(ordering: .relaxed)
    }
    return Int(truncatingIfNeeded: sum)
  }

  /// A copy of all that stands in the memory.
  borrowing func contents() -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<Self.lanes * Self.laneWords + Int(shardMask + 1) * shape.words {
      // SAFETY: as above.
      let word = unsafe words[index].load(ordering: .relaxed)
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }
}
