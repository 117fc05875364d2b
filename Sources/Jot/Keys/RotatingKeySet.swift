// Fence: one key set after another, changed in one step while threads verify.
// Before it: KeySet. After it: Verifier.
internal import CJotKernels
import Synchronization

/// A place for the key set in force: verifiers read it, and a new one takes its place at once.
///
/// ```swift
/// let keys = RotatingKeySet(try KeySet(jwks: text))
/// let verifier = try Verifier(keys: keys, algorithms: [.rs256, .es256], audience: ["api"])
/// keys.replace(with: try KeySet(jwks: newText))   // from any thread, at any time
/// ```
///
/// Reclamation is by epochs: a reader counts itself in and out on a counter of its CPU, so readers
/// share nothing that is written, and retain nothing. `replace` publishes the new set and keeps the
/// old one until both counters of every CPU were seen at zero, so that whoever loaded it has left. A
/// token is checked with the old set or the new one, never a mixture. At most ``supersededLimit``
/// sets wait; `replace` waits too, once there are more.
///
/// A child by fork has none of its parent's readers, and its counters at zero.
///
/// Sets are counted, for what was verified with one must not be taken for verified with the next: see
/// `generation`.
@safe public final class RotatingKeySet: @unchecked Sendable {
  /// Superseded sets that may wait for their readers.
  public static let supersededLimit = 256

  // The address of the set in force.
  private let current: Atomic<UInt>
  // Its parity is which of two counters new readers take, so the other one empties however busy
  // readers are.
  private let epoch = Atomic<Int>(0)
  private let generationBits: Atomic<UInt64>
  // Two counters for each CPU, in lines of their own; behind them the lock.
  private let counters: UnsafeMutablePointer<Atomic<UInt64>>
  // What fork must know of these words.
  private let part: UnsafeMutablePointer<jot_fork_part>

  // What follows belongs to whoever has the lock.
  private var inForce: KeySet
  private var superseded: [(epoch: Int, keys: KeySet)] = []

  private static let lanes = 64
  // Counters in two cache lines: CPUs fetch lines by pairs.
  private static let stride = 16
  private static let lock = lanes * stride
  private static let words = lock + stride

  /// The set of no keys, for verifiers that have one key.
  static let none = RotatingKeySet(.none)

  public init(_ keys: KeySet) {
    inForce = keys
    current = Atomic(Self.address(of: keys))
    generationBits = Atomic(KeyGeneration(number: 0, isSecret: keys.isSecret).bits)
    // SAFETY: both blocks are this object's alone, initialised whole, and freed once, in deinit; C
    // knows of them in between.
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
    // SAFETY: nobody reads an object that nobody holds; C forgets it first.
    unsafe jot_fork_remove(part)
    unsafe part.deallocate()
    unsafe counters.deinitialize(count: Self.words)
    unsafe counters.deallocate()
  }

  /// Puts `keys` in force: from now on every verification that begins uses them.
  ///
  /// The old set is released as soon as no thread uses it; where one does, at a later call. Calls from
  /// several threads take turns.
  ///
  /// - Complexity: O(1) for the readers; one look at each CPU's counters here.
  public func replace(with keys: KeySet) {
    var free: [KeySet] = []
    while true {
      // SAFETY: the index lies inside the block, here and below.
      while unsafe counters[Self.lock].exchange(1, ordering: .acquiring) != 0 { jot_yield() }
      free += reclaim()
      if superseded.count < Self.supersededLimit { break }
      // Without the lock: a fork waits for that, and the readers waited for here for the fork.
      unsafe counters[Self.lock].store(0, ordering: .releasing)
      jot_yield()
    }
    superseded.append((epoch.load(ordering: .relaxed), inForce))
    inForce = keys
    current.store(Self.address(of: keys), ordering: .sequentiallyConsistent)
    generationBits.store(generation.next(isSecret: keys.isSecret).bits, ordering: .releasing)
    free += reclaim()
    unsafe counters[Self.lock].store(0, ordering: .releasing)
    // Only now: what a set holds may be known to fork, which has the lock of that before it takes ours.
    free.removeAll()
  }

  /// Returns what nobody can be reading, to be released.
  ///
  /// A reader counts itself in before it loads the address, and both sides do so in one order that
  /// all threads see (sequentially consistent). So who loaded a superseded address is on a counter,
  /// of whichever parity, until it is done; an epoch ends only when the counters that it will hand
  /// out next are all at zero, and after two ends both parities were.
  private func reclaim() -> [KeySet] {
    var free: [KeySet] = []
    for _ in 0..<2 {
      let next = epoch.load(ordering: .relaxed) + 1
      for lane in 0..<Self.lanes {
        // SAFETY: the index lies inside the block.
        let counter = unsafe counters[lane * Self.stride + next & 1]
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
    // SAFETY: `inForce` and `superseded` hold the set for as long as the address is of use.
    unsafe UInt(bitPattern: Unmanaged.passUnretained(keys).toOpaque())
  }

  /// The generation in force: what TokenCache asks before it looks, and again before it keeps.
  ///
  /// The claim: what was verified with a set is never found once `replace` has returned.
  ///
  /// `replace` stores the address first and then the generation, with release; it takes turns, so each
  /// generation is one set's, and none comes twice. An entry has the generation g that was loaded here,
  /// with acquire, before its verification began.
  /// - If g was there, so was the address of its set, and verification loaded that one or a newer one:
  ///   an entry of generation g was never verified with a set before g's.
  /// - Once `replace` has returned, every look loads the new generation or a later one, and finds only
  ///   entries of that generation: by the first point, none that an older set made.
  /// - While `replace` is between its two stores, a look may still find entries of the old generation,
  ///   or put in under it what the new set verified. Either is the answer of an uncached verification
  ///   in that moment, and both are out of reach after the second store.
  var generation: KeyGeneration {
    @_noAllocation @inline(__always) get {
      KeyGeneration(bits: generationBits.load(ordering: .acquiring))
    }
  }

  /// The set in force.
  public var keySet: KeySet { read { $0 } }

  /// Calls `body` with the set in force, which lives at least as long.
  func read<Result, Failure: Error>(
    _ body: (KeySet) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let lane = Int(jot_current_cpu()) & (Self.lanes - 1)
    let counter = lane * Self.stride + epoch.load(ordering: .relaxed) & 1
    // SAFETY: see `reclaim`; the counter is the one that was counted up, also where the thread has
    // moved to another CPU meanwhile.
    unsafe counters[counter].wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { unsafe counters[counter].wrappingSubtract(1, ordering: .releasing) }
    let address = current.load(ordering: .sequentiallyConsistent)
    return try unsafe Unmanaged<KeySet>.fromOpaque(UnsafeRawPointer(bitPattern: address)!)
      ._withUnsafeGuaranteedRef { keys in
        Swift.Result { () throws(Failure) in try body(keys) }
      }.get()
  }
}
