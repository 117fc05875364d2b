// Fence: the single memory block of a TokenCache: its counters, and the shards' tables, links and
// blocks.
internal import CJotKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory of `Atomic` words, allocated once, within both limits of the cache.
///
/// Every word that two threads may access at once is atomic. Almost all accesses are relaxed: plain
/// loads and stores on usual CPUs. A `memcpy` concurrent with a writer would be undefined.
///
/// ```
/// lanes of counters │ shard │ shard │ …
///                       └ lock │ writer's numbers │ table: hash → block │ links │ blocks of 256 bytes
/// ```
@safe struct CacheMemory: ~Copyable, @unchecked Sendable {
  /// The counters; each CPU has its own lane.
  enum Counter: Int { case hit, miss, eviction, stale, dropped }

  private let block: UnsafeMutableRawPointer
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  // Describes the shards' locks to the fork handlers.
  private let part: UnsafeMutablePointer<jot_fork_part>
  private let shardMask: UInt64
  private let shape: CacheShard.Shape
  /// The number of bytes allocated.
  let byteCount: Int

  private static let lanes = 64
  /// Two cache lines: CPUs prefetch lines in pairs.
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
    // SAFETY: the system zeroes pages on first touch; zero is a valid value of these words, and
    // they need no deinitialising. This value alone owns the block and frees it once, in deinit.
    guard let block = unsafe calloc(1, byteCount) else { fatalError("no memory for a token cache") }
    unsafe self.block = unsafe block
    let aligned = unsafe block.alignedUp(toMultipleOf: Self.alignment)
    let capacity = Self.lanes * Self.laneWords + shards * shape.words
    unsafe words = aligned.bindMemory(to: Atomic<UInt64>.self, capacity: capacity)
    // SAFETY: this value owns the block until deinit; the locks are the shards' first words.
    unsafe self.part = .allocate(capacity: 1)
    unsafe self.part.initialize(
      to: jot_fork_part(
        next: nil, previous: nil,
        locks: aligned.assumingMemoryBound(to: UInt64.self) + Self.lanes * Self.laneWords,
        lock_count: shards, lock_stride: shape.words, counters: nil, counter_count: 0))
    unsafe jot_fork_add(self.part)
  }

  deinit {
    // SAFETY: this value alone owns both; the C side removes them first.
    unsafe jot_fork_remove(part)
    unsafe part.deallocate()
    unsafe free(block)
  }

  /// The shard for entries with this hash.
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
  // An atomic addition costs 4 ns on an uncontended line. A load and a store cost 1 ns, but count
  // wrong if the thread moves to another CPU in between.
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

  /// A copy of the whole memory.
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
