// Fence: replaces a key set while threads verify: epoch-based reclamation.
internal import CJotKernels
import Synchronization

/// The current key set of verifiers; it can be replaced atomically.
///
/// ```swift
/// let keys = RotatingKeySet(try KeySet(jwks: text))
/// let verifier = try Verifier(keys: keys, algorithms: [.rs256, .es256], audience: ["api"])
/// keys.replace(with: try KeySet(jwks: newText))   // from any thread, at any time
/// ```
///
/// Epoch-based reclamation: each reader increments a counter of its CPU and decrements it when
/// done, so readers share no written cache line and retain nothing. `replace` publishes the new set
/// and keeps the old one until both counters of every CPU were seen at zero, so every thread that
/// loaded it has finished. A token is verified with the old set or the new one, never a mixture. At
/// most ``supersededLimit`` sets wait; with more, `replace` waits too.
///
/// A forked child has none of its parent's readers: the fork handler sets its counters to zero.
///
/// Sets are numbered, because a token verified with one must not count as verified with the next:
/// see `generation`.
@safe public final class RotatingKeySet: @unchecked Sendable {
  /// The most superseded sets that may wait for their readers.
  public static let supersededLimit = 256

  // The address of the current set.
  private let current: Atomic<UInt>
  // New readers use counter `epoch & 1`; the other one only goes down.
  private let epoch = Atomic<Int>(0)
  private let generationBits: Atomic<UInt64>
  // Two counters for each CPU number modulo 64, in a pair of cache lines; behind them the lock.
  private let counters: UnsafeMutablePointer<Atomic<UInt64>>
  // Describes these words to the fork handlers.
  private let part: UnsafeMutablePointer<jot_fork_part>

  // The lock protects the following.
  private var inForce: KeySet
  private var superseded: [(epoch: Int, keys: KeySet)] = []

  private static let lanes = 64
  // Each pair of counters has two cache lines: CPUs prefetch lines in pairs.
  private static let stride = 16
  private static let lock = lanes * stride
  private static let words = lock + stride

  /// The empty set, for verifiers with one key.
  static let none = RotatingKeySet(.none)

  /// Makes a holder whose current set is `keys`.
  public init(_ keys: KeySet) {
    inForce = keys
    current = Atomic(Self.address(of: keys))
    generationBits = Atomic(KeyGeneration(number: 0, isSecret: keys.isSecret).bits)
    // SAFETY: this object alone owns both blocks, initialises all of them and frees them once, in
    // deinit; until then the C fork handlers use them too.
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: Self.words * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128)
    unsafe counters = block.bindMemory(to: Atomic<UInt64>.self, capacity: Self.words)
    for index in 0..<Self.words { unsafe (counters + index).initialize(to: Atomic(0)) }
    let words = unsafe block.assumingMemoryBound(to: UInt64.self)
    unsafe part = .allocate(capacity: 1)
    unsafe part.initialize(
      to: jot_fork_part(
        next: nil, previous: nil, locks: words + Self.lock, lock_count: 1, lock_stride: 1,
        counters: words, counter_count: Self.lock))
    unsafe jot_fork_add(part)
  }

  deinit {
    // SAFETY: no reference is left, so no thread reads; the C side removes the block first.
    unsafe jot_fork_remove(part)
    unsafe part.deallocate()
    unsafe counters.deinitialize(count: Self.words)
    unsafe counters.deallocate()
  }

  /// Makes `keys` the current set: every verification that begins from now on uses it.
  ///
  /// The old set is released as soon as no thread uses it; if one does, at a later call. Calls from
  /// several threads are serialised.
  ///
  /// - Complexity: O(1) for the readers; here up to four checks of all counters, and a wait while
  ///   ``supersededLimit`` sets wait for their readers.
  public func replace(with keys: KeySet) {
    var free: [KeySet] = []
    while true {
      // SAFETY: the index lies inside the block, here and below.
      while unsafe counters[Self.lock].exchange(1, ordering: .acquiring) != 0 { jot_yield() }
      free += reclaim()
      if superseded.count < Self.supersededLimit { break }
      // Release the lock: a fork waits for it, and the readers that we wait for wait for the fork.
      unsafe counters[Self.lock].store(0, ordering: .releasing)
      jot_yield()
    }
    superseded.append((epoch.load(ordering: .relaxed), inForce))
    inForce = keys
    current.store(Self.address(of: keys), ordering: .sequentiallyConsistent)
    generationBits.store(generation.next(isSecret: keys.isSecret).bits, ordering: .releasing)
    free += reclaim()
    unsafe counters[Self.lock].store(0, ordering: .releasing)
    // Outside our lock: a deinit may take the fork list's lock, which a fork takes before ours.
    free.removeAll()
  }

  /// Returns sets that no thread can be reading, to be released.
  ///
  /// A reader increments a counter before it loads the address. Both sides use sequentially
  /// consistent operations, which all threads see in one order. So a thread that loaded a
  /// superseded address is on a counter, of either parity, until it is done. An epoch ends only
  /// when all counters of the next parity are zero; after two ends both parities were zero.
  private func reclaim() -> [KeySet] {
    var free: [KeySet] = []
    for _ in 0..<2 {
      let next = epoch.load(ordering: .relaxed) + 1
      for lane in 0..<Self.lanes {
        // SAFETY: the index lies inside the block.
        let counter = unsafe counters[lane * Self.stride + (next & 1)]
          .load(ordering: .sequentiallyConsistent)
        guard counter == 0 else { return free }
      }
      epoch.store(next, ordering: .sequentiallyConsistent)
      free += superseded.filter { $0.epoch + 2 <= next }.map(\.keys)
      superseded.removeAll { $0.epoch + 2 <= next }
    }
    return free
  }

  private static func address(of keys: KeySet) -> UInt {
    // SAFETY: `inForce` and `superseded` retain the set as long as the address is used.
    unsafe UInt(bitPattern: Unmanaged.passUnretained(keys).toOpaque())
  }

  /// The current generation: TokenCache loads it before a lookup and again before an insertion.
  ///
  /// Claim: a token verified with an old set is never found once `replace` has returned.
  ///
  /// `replace` stores the address first and then, with release, the generation. Calls are
  /// serialised, so each generation belongs to one set and occurs once. An entry has the generation
  /// g that was loaded here, with acquire, before its verification began.
  /// - If g was visible, so was the address of its set, and verification loaded that set or a newer
  ///   one: an entry of generation g was never verified with a set before g's.
  /// - Once `replace` has returned, every lookup loads the new generation or a later one, and finds
  ///   only entries of that generation. By the first point, no older set made them.
  /// - While `replace` is between its two stores, a lookup may still find entries of the old
  ///   generation, or insert under it what the new set verified. Either is the answer of an
  ///   uncached verification at that moment, and both are unreachable after the second store.
  var generation: KeyGeneration {
    @_noAllocation @inline(__always) get {
      KeyGeneration(bits: generationBits.load(ordering: .acquiring))
    }
  }

  /// The current set.
  public var keySet: KeySet { read { $0 } }

  /// Calls `body` with the current set, which lives at least as long as the call.
  func read<Result, Failure: Error>(
    _ body: (KeySet) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let lane = Int(jot_current_cpu()) & (Self.lanes - 1)
    let counter = lane * Self.stride + (epoch.load(ordering: .relaxed) & 1)
    // SAFETY: see `reclaim`. The decrement uses the counter that was incremented, even if the
    // thread has moved to another CPU.
    unsafe counters[counter].wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { unsafe counters[counter].wrappingSubtract(1, ordering: .releasing) }
    let address = current.load(ordering: .sequentiallyConsistent)
    return try unsafe Unmanaged<KeySet>.fromOpaque(UnsafeRawPointer(bitPattern: address)!)
      ._withUnsafeGuaranteedRef { keys in
        Swift.Result { () throws(Failure) in try body(keys) }
      }.get()
  }
}
