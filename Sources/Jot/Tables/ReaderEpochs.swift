// Fence: epoch-based reclamation: when does no reader use what was replaced?
internal import CJotKernels
import Synchronization

/// Counts the readers of something that a writer replaces, so that the writer knows when no reader
/// can still use the old one; and the writers' lock.
///
/// Epoch-based reclamation: each reader increments a counter of its CPU and decrements it when
/// done, so readers share no written cache line and retain nothing. What was replaced in epoch e is
/// unused from epoch e + 2 on; an epoch ends when no reader of the one before it is left.
///
/// A forked child has none of its parent's readers: the fork handler sets its counters to zero, and
/// takes the lock for the time of the fork.
@safe struct ReaderEpochs: ~Copyable, @unchecked Sendable {
  // Two counters for each CPU number modulo 64, in a pair of cache lines; behind them the lock and
  // the epoch. New readers use counter `epoch & 1`; the other one only goes down.
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  // Describes these words to the fork handlers.
  private let part: UnsafeMutablePointer<jot_fork_part>

  private static let lanes = 64
  // Each pair of counters has two cache lines: CPUs prefetch lines in pairs.
  private static let stride = 16
  private static let lockWord = lanes * stride
  private static let epochWord = lockWord + stride
  private static let wordCount = epochWord + stride

  init() {
    // SAFETY: this value alone owns both blocks, initialises all of them and frees them once, in
    // deinit; until then the C fork handlers use them too.
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: Self.wordCount * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128)
    unsafe words = block.bindMemory(to: Atomic<UInt64>.self, capacity: Self.wordCount)
    for index in 0..<Self.wordCount { unsafe (words + index).initialize(to: Atomic(0)) }
    let plain = unsafe block.assumingMemoryBound(to: UInt64.self)
    unsafe part = .allocate(capacity: 1)
    unsafe part.initialize(
      to: jot_fork_part(
        next: nil, previous: nil, locks: plain + Self.lockWord, lock_count: 1, lock_stride: 1,
        counters: plain, counter_count: Self.lockWord))
    unsafe jot_fork_add(part)
  }

  deinit {
    // SAFETY: no reader is left when the owner is released; the C side removes the block first.
    unsafe jot_fork_remove(part)
    unsafe part.deallocate()
    unsafe words.deinitialize(count: Self.wordCount)
    unsafe words.deallocate()
  }

  /// What a reader needs; it may be copied, and lives as long as this value.
  var readers: Readers {
    // SAFETY: the copy is used while the owner of this value lives.
    unsafe Readers(words: words)
  }

  @safe struct Readers: @unchecked Sendable {
    fileprivate let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// Begins to read; the result is the argument of `leave`.
    @_noAllocation @inline(__always)
    func enter() -> Int {
      let lane = Int(jot_current_cpu()) & (ReaderEpochs.lanes - 1)
      // SAFETY: the indices lie inside the block, here and below.
      let epoch = unsafe words[ReaderEpochs.epochWord].load(ordering: .relaxed)
      let counter = lane * ReaderEpochs.stride + Int(epoch & 1)
      unsafe words[counter].wrappingAdd(1, ordering: .sequentiallyConsistent)
      return counter
    }

    /// Ends what `enter` began, on any CPU.
    @_noAllocation @inline(__always)
    func leave(_ counter: Int) {
      // SAFETY: `counter` is a result of `enter`.
      unsafe words[counter].wrappingSubtract(1, ordering: .releasing)
    }
  }

  /// Takes the lock, waiting for it; no other lock of a fork part may be held.
  borrowing func lock() {
    while !tryLock() { jot_yield() }
  }

  /// Takes the lock if it is free.
  borrowing func tryLock() -> Bool {
    // SAFETY: as above.
    unsafe words[Self.lockWord].exchange(1, ordering: .acquiring) == 0
  }

  borrowing func unlock() {
    // SAFETY: as above.
    unsafe words[Self.lockWord].store(0, ordering: .releasing)
  }

  /// The current epoch, for what is replaced now. The caller holds the lock.
  var current: UInt64 {
    // SAFETY: as above.
    unsafe words[Self.epochWord].load(ordering: .relaxed)
  }

  /// Ends up to two epochs and returns the current one. The caller holds the lock.
  ///
  /// A reader increments a counter before it loads the address of what it reads. Both sides use
  /// sequentially consistent operations, which all threads see in one order. So a thread that
  /// loaded a replaced address is on a counter, of either parity, until it is done. An epoch ends
  /// only when all counters of the next parity are zero; after two ends both parities were zero.
  borrowing func advance() -> UInt64 {
    for _ in 0..<2 {
      let next = current + 1
      for lane in 0..<Self.lanes {
        // SAFETY: as above.
        let counter = unsafe words[lane * Self.stride + Int(next & 1)]
          .load(ordering: .sequentiallyConsistent)
        guard counter == 0 else { return current }
      }
      unsafe words[Self.epochWord].store(next, ordering: .sequentiallyConsistent)
    }
    return current
  }
}
