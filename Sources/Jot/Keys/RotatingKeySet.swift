// Fence: replaces a key set while threads verify.
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
/// Epoch-based reclamation (`ReaderEpochs`): readers share no written cache line and retain nothing.
/// `replace` publishes the new set and keeps the old one until every thread that loaded it has
/// finished. A token is verified with the old set or the new one, never a mixture. At most
/// ``supersededLimit`` sets wait; with more, `replace` waits too.
///
/// Sets are numbered, because a token verified with one must not count as verified with the next:
/// see `generation`.
@safe public final class RotatingKeySet: @unchecked Sendable {
  /// The most superseded sets that may wait for their readers.
  public static let supersededLimit = 256

  // The address of the current set.
  private let current: Atomic<UInt>
  private let generationBits: Atomic<UInt64>
  private let epochs = ReaderEpochs()

  // The epochs' lock protects the following.
  private var inForce: KeySet
  private var superseded: [(epoch: UInt64, keys: KeySet)] = []

  /// The empty set, for verifiers with one key.
  static let none = RotatingKeySet(.none)

  /// Makes a holder whose current set is `keys`.
  public init(_ keys: KeySet) {
    inForce = keys
    current = Atomic(Self.address(of: keys))
    generationBits = Atomic(KeyGeneration(number: 0, isSecret: keys.isSecret).bits)
  }

  /// Makes a holder without keys: until the first ``replace(with:)`` every token that passes the
  /// checks of its form and header is refused with `keysUnavailable`.
  public convenience init() { self.init(.none) }

  /// Removes all keys: every verification that begins from now on is refused with
  /// `keysUnavailable`, also of tokens in a cache.
  ///
  /// - Complexity: As for ``replace(with:)``.
  public func removeAll() { replace(with: .none) }

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
      epochs.lock()
      free += reclaim()
      if superseded.count < Self.supersededLimit { break }
      // Release the lock: a fork waits for it, and the readers that we wait for wait for the fork.
      epochs.unlock()
      jot_yield()
    }
    superseded.append((epochs.current, inForce))
    inForce = keys
    current.store(Self.address(of: keys), ordering: .sequentiallyConsistent)
    generationBits.store(generation.next(isSecret: keys.isSecret).bits, ordering: .releasing)
    free += reclaim()
    epochs.unlock()
    // Outside our lock: a deinit may take the fork list's lock, which a fork takes before ours.
    free.removeAll()
  }

  /// Returns sets that no thread can be reading, to be released.
  private func reclaim() -> [KeySet] {
    let now = epochs.advance()
    let free = superseded.filter { $0.epoch + 2 <= now }.map(\.keys)
    superseded.removeAll { $0.epoch + 2 <= now }
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
    let counter = epochs.readers.enter()
    defer { epochs.readers.leave(counter) }
    // SAFETY: see `ReaderEpochs`: the set is released after this reader has left.
    let address = current.load(ordering: .sequentiallyConsistent)
    return try unsafe Unmanaged<KeySet>.fromOpaque(UnsafeRawPointer(bitPattern: address)!)
      ._withUnsafeGuaranteedRef { keys in
        Swift.Result { () throws(Failure) in try body(keys) }
      }.get()
  }
}
