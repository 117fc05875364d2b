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
/// Reclamation: a reader counts itself in and out on a counter of its CPU, so readers share nothing
/// that is written. `replace` publishes the new set, then waits until every reader that may still see
/// the old one has left, and releases it. So there is never more than one superseded set, and a token
/// is checked with the old set or the new one, never a mixture. (The method is sleepable RCU's.)
@safe public final class RotatingKeySet: @unchecked Sendable {
  // The set in force, as an address that this object holds a reference to.
  private let current: Atomic<UInt>
  // Which of two counters new readers take: so the other one empties, however busy readers are.
  private let epoch = Atomic<Int>(0)
  // Two counters for each CPU, in lines of their own.
  private let counters: UnsafeMutablePointer<Atomic<Int>>
  private let isChanging = Atomic(false)

  private static let lanes = 64
  // Counters in two cache lines: CPUs fetch lines by pairs.
  private static let stride = 16

  public init(_ keys: KeySet) {
    // SAFETY: the reference taken here is given back in `replace` or in deinit.
    current = Atomic(unsafe UInt(bitPattern: Unmanaged.passRetained(keys).toOpaque()))
    let count = Self.lanes * Self.stride
    // SAFETY: the block is this object's alone, initialised whole, and freed once, in deinit.
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<Atomic<Int>>.stride, alignment: 128)
    unsafe counters = block.bindMemory(to: Atomic<Int>.self, capacity: count)
    for index in 0..<count { unsafe (counters + index).initialize(to: Atomic(0)) }
  }

  deinit {
    // SAFETY: nobody reads an object that nobody holds.
    unsafe Unmanaged<KeySet>.fromOpaque(
      UnsafeRawPointer(bitPattern: current.load(ordering: .acquiring))!
    ).release()
    unsafe counters.deinitialize(count: Self.lanes * Self.stride)
    unsafe counters.deallocate()
  }

  /// Puts `keys` in force: from now on every verification that begins uses them.
  ///
  /// Returns when no thread uses the old set any more: after at most the longest verification that
  /// is under way. Calls from several threads take turns.
  ///
  /// - Complexity: O(1) for the readers; one look at each CPU's counter here.
  public func replace(with keys: KeySet) {
    while isChanging.exchange(true, ordering: .acquiring) { jot_yield() }
    // SAFETY: the new reference is taken before the address is seen; the old one is given back
    // after every reader that loaded it has counted itself out. A reader counts itself in before it
    // loads, and both it and this function do so in one order that all threads see
    // (sequentially consistent): whoever loaded the old address is seen below on one counter or the
    // other. Both are waited for, each while new readers take the other one.
    let old = unsafe current.exchange(
      UInt(bitPattern: Unmanaged.passRetained(keys).toOpaque()),
      ordering: .sequentiallyConsistent)
    for _ in 0..<2 {
      let leaving = epoch.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue & 1
      for lane in 0..<Self.lanes {
        let counter = lane * Self.stride + leaving
        while unsafe counters[counter].load(ordering: .sequentiallyConsistent) != 0 { jot_yield() }
      }
    }
    unsafe Unmanaged<KeySet>.fromOpaque(UnsafeRawPointer(bitPattern: old)!).release()
    isChanging.store(false, ordering: .releasing)
  }

  /// The set in force.
  public var keySet: KeySet { read { $0 } }

  /// Calls `body` with the set in force, which lives at least as long.
  func read<Result, Failure: Error>(
    _ body: (KeySet) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let lane = Int(jot_current_cpu()) & (Self.lanes - 1)
    let counter = lane * Self.stride + epoch.load(ordering: .relaxed) & 1
    // SAFETY: see `replace`; the counter is the one that was counted up, also where the thread has
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
