// Fence: which public keys have a table, within a bound of memory.
internal import CJotKernels
import Synchronization

/// The tables of a process's public keys: which keys have one, and for how long.
///
/// A key gets its table after ``usesToPay`` valid signatures, since making one costs as much as four
/// to six verifications save; forged tokens don't count. The thread that checks the last of them
/// makes the table, one thread at a time; all others go on without it. If there is no room, the least
/// recently used table makes some, but only if it was not used since the first of those signatures:
/// with more keys in use than fit, the first ones keep their tables, instead of each table being
/// replaced before it has paid.
///
/// A reader takes no lock (`ReaderEpochs`). A table that was taken away is freed when no reader is
/// left; until then it counts.
@safe package final class KeyTables: @unchecked Sendable {
  /// The process's tables.
  package static let shared = KeyTables(limit: defaultLimit)

  package static let defaultLimit = 32 << 20
  /// The valid signatures after which a key gets its table.
  package static let usesToPay = 8

  private let epochs = ReaderEpochs()
  // Counts the keys that began to be used: a coarse clock, which a table's user only reads as long as
  // no other key begins.
  private let clock: UnsafeMutablePointer<Atomic<UInt64>>

  // The epochs' lock protects the following.
  private var mostBytes: Int
  private var bytes = 0
  private var owners: [UnsafeMutablePointer<Slot>] = unsafe []
  private var retired: [Retired] = []

  /// A table that was taken away, and the epoch of that.
  @safe private struct Retired {
    let epoch: UInt64
    let table: UnsafeMutablePointer<CurveTable>
  }

  /// A key's words.
  struct Slot: ~Copyable {
    /// The address of the key's table; 0 without one.
    let table = Atomic<UInt>(0)
    /// The time of the table's last use.
    let lastUse = Atomic<UInt64>(0)
    /// Valid signatures without a table, and the time of the first.
    let uses = Atomic<Int>(0)
    let began = Atomic<UInt64>(0)
  }

  package init(limit: Int) {
    mostBytes = limit
    // SAFETY: this object alone owns the word and frees it once, in deinit.
    unsafe clock = .allocate(capacity: 1)
    unsafe clock.initialize(to: Atomic(1))
  }

  deinit {
    // SAFETY: the owners of slots retain this object, so none is left, and no reader.
    for entry in retired { unsafe free(entry.table) }
    unsafe clock.deinitialize(count: 1)
    unsafe clock.deallocate()
  }

  /// The most bytes in tables. A lower limit takes tables away, the least recently used first.
  package var limit: Int {
    get { locked { mostBytes } }
    set {
      locked {
        mostBytes = max(0, newValue)
        _ = makeRoom(for: 0, before: .max)
        reclaim()
      }
    }
  }

  /// The number of keys with a table, and the bytes in tables.
  package var usage: (count: Int, bytes: Int) {
    locked {
      reclaim()
      return unsafe (owners.count, bytes)
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    epochs.lock()
    defer { epochs.unlock() }
    return body()
  }

  // MARK: A key's place

  /// A table in use.
  @unsafe struct Use {
    let table: UnsafePointer<CurveTable>
    fileprivate let readers: ReaderEpochs.Readers
    fileprivate let counter: Int

    @_noAllocation @inline(__always)
    func end() { unsafe readers.leave(counter) }
  }

  /// A key's place among the tables: with one, or counting what the key would gain.
  @safe struct Place: ~Copyable, @unchecked Sendable {
    private let slot: UnsafeMutablePointer<Slot>
    private let clock: UnsafeMutablePointer<Atomic<UInt64>>
    private let readers: ReaderEpochs.Readers
    private let tables: KeyTables

    init(in tables: KeyTables) {
      // SAFETY: this value alone owns the slot and frees it once, in deinit. It retains the tables,
      // and so the clock and the readers' words.
      unsafe slot = .allocate(capacity: 1)
      unsafe slot.initialize(to: Slot())
      (self.tables, readers) = (tables, tables.epochs.readers)
      unsafe clock = tables.clock
    }

    deinit {
      // SAFETY: no call is in progress when the owner is released.
      unsafe tables.remove(slot)
      unsafe slot.deinitialize(count: 1)
      unsafe slot.deallocate()
    }

    /// Whether the key has a table now.
    var hasTable: Bool {
      // SAFETY: the slot lives as long as this value.
      unsafe slot.pointee.table.load(ordering: .relaxed) != 0
    }

    /// Takes the key's table for use until `end`. Returns nil without a table.
    @unsafe @_noAllocation @inline(__always)
    borrowing func acquire() -> Use? {
      let counter = readers.enter()
      // SAFETY: see `ReaderEpochs`: the table is freed after this reader has left.
      guard
        let table = unsafe UnsafePointer<CurveTable>(
          bitPattern: slot.pointee.table.load(ordering: .sequentiallyConsistent))
      else {
        readers.leave(counter)
        return nil
      }
      let now = unsafe clock.pointee.load(ordering: .relaxed)
      if unsafe slot.pointee.lastUse.load(ordering: .relaxed) != now {
        unsafe slot.pointee.lastUse.store(now, ordering: .relaxed)
      }
      return unsafe Use(table: table, readers: readers, counter: counter)
    }

    /// Counts a valid signature that was checked without a table. Returns whether that makes the
    /// key due for one.
    borrowing func isTableDue() -> Bool {
      // SAFETY: the slot lives as long as this value.
      let uses = unsafe slot.pointee.uses.wrappingAdd(1, ordering: .relaxed).newValue
      if uses == 1 {
        let now = unsafe clock.pointee.wrappingAdd(1, ordering: .relaxed).newValue
        unsafe slot.pointee.began.store(now, ordering: .relaxed)
      }
      return uses >= KeyTables.usesToPay
    }

    /// Makes the key's table, if there is room and no other thread makes one: see `CurveTable`.
    borrowing func makeTable(_ type: KeyType, _ numbers: [[UInt8]]) {
      guard tables.epochs.tryLock() else { return }
      unsafe tables.give(slot, type, numbers)
      tables.epochs.unlock()
    }
  }

  // MARK: Changes, with the lock

  /// Gives a key its table if there is room.
  @unsafe
  private func give(
    _ slot: UnsafeMutablePointer<Slot>, _ type: KeyType, _ numbers: [[UInt8]]
  ) {
    reclaim()
    // SAFETY: the slot's owner is in this call.
    guard unsafe slot.pointee.table.load(ordering: .relaxed) == 0,
      let byteCount = CurveTable.byteCount(type)
    else { return }
    // Without success it begins again: the other tables have another chance to fall out of use, and
    // no attempt is repeated for each signature.
    unsafe slot.pointee.uses.store(0, ordering: .relaxed)
    // A table that was taken away may still be in use.
    guard makeRoom(for: byteCount, before: unsafe slot.pointee.began.load(ordering: .relaxed)),
      bytes + byteCount <= mostBytes, let table = CurveTable(type, numbers)
    else { return }
    let block = UnsafeMutablePointer<CurveTable>.allocate(capacity: 1)
    unsafe block.initialize(to: table)
    bytes += byteCount
    unsafe owners.append(slot)
    unsafe slot.pointee.lastUse.store(clock.pointee.load(ordering: .relaxed), ordering: .relaxed)
    unsafe slot.pointee.table.store(
      UInt(bitPattern: block), ordering: .sequentiallyConsistent)
  }

  /// Takes tables away until `byteCount` more bytes fit; false if those that were not used since
  /// `time` are not enough, and then takes none.
  private func makeRoom(for byteCount: Int, before time: UInt64) -> Bool {
    guard byteCount <= mostBytes else { return false }
    // SAFETY: the owners live: each removes itself, with the lock, before it is freed.
    let waiting = retired.reduce(0) { unsafe $0 + $1.table.pointee.byteCount }
    var excess = bytes - waiting + byteCount - mostBytes
    guard excess > 0 else { return true }
    var unused: [(time: UInt64, index: Int, bytes: Int)] = []
    for index in unsafe owners.indices {
      let last = unsafe owners[index].pointee.lastUse.load(ordering: .relaxed)
      if last < time {
        unused.append((last, index, unsafe Self.table(owners[index]).pointee.byteCount))
      }
    }
    guard unused.reduce(0, { $0 + $1.bytes }) >= excess else { return false }
    unused.sort { $0.time < $1.time }
    var removed: [Int] = []
    for entry in unused where excess > 0 {
      excess -= entry.bytes
      removed.append(entry.index)
    }
    for index in removed.sorted(by: >) {
      let slot = unsafe owners[index]
      unsafe retired.append(Retired(epoch: epochs.current, table: Self.table(slot)))
      unsafe slot.pointee.table.store(0, ordering: .sequentiallyConsistent)
      unsafe owners.remove(at: index)
    }
    reclaim()
    return true
  }

  /// Frees the tables that no reader can be using.
  private func reclaim() {
    guard !retired.isEmpty else { return }
    let now = epochs.advance()
    for entry in retired where entry.epoch + 2 <= now { unsafe free(entry.table) }
    retired.removeAll { $0.epoch + 2 <= now }
  }

  /// Removes a key that is being released, and its table.
  @unsafe
  private func remove(_ slot: UnsafeMutablePointer<Slot>) {
    // A key without a table is in no list, and need not wait for another one's table to be made.
    // SAFETY: the slot is freed after this call.
    guard unsafe slot.pointee.table.load(ordering: .sequentiallyConsistent) != 0 else { return }
    locked {
      guard let index = unsafe owners.firstIndex(of: slot) else { return }
      unsafe owners.swapAt(index, owners.count - 1)
      unsafe owners.removeLast()
      unsafe free(Self.table(slot))
    }
  }

  @unsafe
  private static func table(_ slot: UnsafeMutablePointer<Slot>) -> UnsafeMutablePointer<CurveTable>
  {
    // SAFETY: an owner's word is its table's address.
    unsafe UnsafeMutablePointer(bitPattern: slot.pointee.table.load(ordering: .relaxed))!
  }

  @unsafe
  private func free(_ table: UnsafeMutablePointer<CurveTable>) {
    // SAFETY: made by `give`; no reader is left, and it is freed once.
    bytes -= unsafe table.pointee.byteCount
    unsafe table.deinitialize(count: 1)
    unsafe table.deallocate()
  }
}
