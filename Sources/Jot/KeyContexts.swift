// Fence: OpenSSL contexts that threads borrow without a lock. Each context has a duplicate of the
// key, so that two threads never meet in a reference count or a lock inside OpenSSL.
internal import CJotKernels
internal import COpenSSL
import Synchronization

/// A pool of prepared contexts: a slot for each CPU and algorithm; a slot is taken by one exchange.
///
/// The contexts of an algorithm in use are made beforehand, one for each CPU. A thread looks in its
/// CPU's slot, then once in every other, so that one that was moved finds another's. Where it finds
/// none, since there are more threads than CPUs or others just went past it, it makes its own rather
/// than wait. Whoever comes back to a full pool frees: the pool never outgrows its slots.
///
/// ```
/// CPU 0: RS256 RS384 … PS512 │ CPU 1: RS256 RS384 … PS512 │ …      128 bytes a CPU
/// ```
@safe struct KeyContexts: ~Copyable, @unchecked Sendable {
  enum Operation { case sign, verify }

  /// A context in use, and the place that it came from or belongs to.
  @unsafe struct Lease {
    /// An `EVP_PKEY_CTX`, or an `EVP_MD_CTX` where the key signs messages and not digests.
    let context: OpaquePointer
    let row: Int
    let slot: Int
    /// While it lasts, no fork takes place: see jot_enter.
    let lane: Int32
  }

  /// Two cache lines, since CPUs fetch lines by pairs; six algorithms of RSA fit.
  private static let slotWords = 16
  /// The word, behind the first slot's contexts, that has the number of forks when they were made.
  private static let forks = 15

  // Addresses of contexts, 0 where there is none.
  private let pool: UnsafeMutablePointer<Atomic<UInt>>
  private let slots: Int
  private let type: KeyType
  private let operation: Operation

  /// Makes a pool, and in it one context, so that a key that can't serve is refused here.
  ///
  /// - Parameter slots: Contexts that each algorithm keeps at most.
  init(
    _ key: borrowing KeyHandle, _ operation: Operation, slots: Int = Int(jot_cpus())
  ) throws(JWTError) {
    precondition(slots > 0, "a pool has a slot")
    self.operation = operation
    self.slots = slots
    type = key.type
    // SAFETY: the block is this value's alone, initialised whole, and freed once, in deinit.
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: slots * Self.slotWords * MemoryLayout<UInt>.size, alignment: 128)
    unsafe pool = unsafe block.bindMemory(
      to: Atomic<UInt>.self, capacity: slots * Self.slotWords)
    for index in 0..<slots * Self.slotWords {
      unsafe (pool + index).initialize(to: Atomic(0))
    }
    unsafe pool[Self.forks].store(UInt(jot_forks()), ordering: .relaxed)
    guard let lease = unsafe lease(key, key.type.algorithms[0].number) else {
      throw .cryptographyFailed
    }
    unsafe giveBack(lease)
  }

  deinit {
    // SAFETY: no call is under way when the owner goes, so every context is in its slot.
    let lane = jot_enter()
    removeAll()
    jot_leave(lane)
    unsafe pool.deinitialize(count: slots * Self.slotWords)
    unsafe UnsafeMutableRawPointer(pool).deallocate()
  }

  /// Frees all contexts that wait.
  private borrowing func removeAll() {
    for index in 0..<slots * Self.slotWords where index != Self.forks {
      // SAFETY: the index lies inside the block; an address that an exchange gave us is ours alone.
      let address = unsafe pool[index].exchange(0, ordering: .acquiring)
      if address != 0 { unsafe free(OpaquePointer(bitPattern: address)) }
    }
  }

  /// Frees what waits from before a fork, in the child: the parent goes on with the same blinding.
  ///
  /// None is on lease at a fork, so none is lost. Threads that come here together free what
  /// they find, be it new; the number is stored when no old one is left.
  @inline(never)
  private borrowing func removeInherited() {
    removeAll()
    // SAFETY: the index lies inside the block.
    unsafe pool[Self.forks].store(UInt(jot_forks()), ordering: .releasing)
  }

  /// Makes what the algorithm at `number` lacks: a context for each CPU.
  borrowing func prepare(_ key: borrowing KeyHandle, for number: Int) throws(JWTError) {
    let row = row(number)
    for slot in 0..<slots {
      // SAFETY: the index lies inside the block; a context that is in use just now is made once more,
      // and freed by who comes back last.
      guard unsafe pool[slot * Self.slotWords + row].load(ordering: .relaxed) == 0 else { continue }
      let lane = jot_enter()
      guard let context = unsafe context(key, number) else {
        jot_leave(lane)
        ERR_clear_error()
        throw .cryptographyFailed
      }
      unsafe giveBack(Lease(context: context, row: row, slot: slot, lane: lane))
    }
  }

  /// Contexts that wait in the pool.
  var count: Int {
    // SAFETY: the index lies inside the block.
    (0..<slots * Self.slotWords).count {
      unsafe $0 != Self.forks && pool[$0].load(ordering: .relaxed) != 0
    }
  }

  /// Takes a context for the algorithm at `number` out of the pool or makes one; nil where OpenSSL
  /// can't.
  @unsafe
  borrowing func lease(_ key: borrowing KeyHandle, _ number: Int) -> Lease? {
    let lane = jot_enter()
    // SAFETY: the index lies inside the block.
    if unsafe pool[Self.forks].load(ordering: .acquiring) != UInt(jot_forks()) {
      removeInherited()
    }
    let row = row(number)
    let own = Int(jot_current_cpu()) % slots
    var slot = own
    repeat {
      // SAFETY: the index lies inside the block; an address that an exchange gave us is ours alone.
      // An empty slot is only read: whoever uses it has its line.
      let word = slot * Self.slotWords + row
      if unsafe pool[word].load(ordering: .relaxed) != 0,
        let context = unsafe OpaquePointer(
          bitPattern: pool[word].exchange(0, ordering: .acquiring))
      {
        return unsafe Lease(context: context, row: row, slot: slot, lane: lane)
      }
      slot = slot + 1 == slots ? 0 : slot + 1
    } while slot != own
    guard let context = unsafe context(key, number) else {
      jot_leave(lane)
      ERR_clear_error()
      return nil
    }
    return unsafe Lease(context: context, row: row, slot: own, lane: lane)
  }

  /// Puts a context into its slot or any free one; frees it where there is none.
  @unsafe
  borrowing func giveBack(_ lease: Lease) {
    defer { unsafe jot_leave(lease.lane) }
    let address = unsafe UInt(bitPattern: lease.context)
    var slot = unsafe lease.slot
    repeat {
      // SAFETY: as above; the release makes the context's bytes visible to who takes it.
      let word = unsafe slot * Self.slotWords + lease.row
      let put = unsafe pool[word].compareExchange(
        expected: 0, desired: address, ordering: .releasing)
      if put.exchanged { return }
      slot = slot + 1 == slots ? 0 : slot + 1
    } while unsafe slot != lease.slot
    unsafe free(lease.context)
  }

  /// RSA keys have six algorithms; for the other types one context serves all names.
  private borrowing func row(_ number: Int) -> Int {
    type == .rsa ? number - Algorithm.rs256.number : 0
  }

  private borrowing func free(_ context: OpaquePointer?) {
    // SAFETY: the context is of the kind that this key's type has, and nobody else's any more.
    switch type {
    case .ed25519, .ed448: unsafe EVP_MD_CTX_free(context)
    default: unsafe EVP_PKEY_CTX_free(context)
    }
  }

  private borrowing func context(_ key: borrowing KeyHandle, _ number: Int) -> OpaquePointer? {
    // SAFETY: a context takes a reference to the duplicate, so ours is dropped; what fails is freed.
    guard let copy = unsafe EVP_PKEY_dup(key.key) else { return nil }
    defer { unsafe EVP_PKEY_free(copy) }
    if type == .ed25519 || type == .ed448 {
      guard let context = unsafe EVP_MD_CTX_new() else { return nil }
      let begun =
        switch operation {
        case .sign: unsafe EVP_DigestSignInit(context, nil, nil, nil, copy)
        case .verify: unsafe EVP_DigestVerifyInit(context, nil, nil, nil, copy)
        }
      if begun == 1 { return unsafe context }
      unsafe EVP_MD_CTX_free(context)
      return nil
    }
    guard let context = unsafe EVP_PKEY_CTX_new(copy, nil) else { return nil }
    let begun =
      switch operation {
      case .sign: unsafe EVP_PKEY_sign_init(context)
      case .verify: unsafe EVP_PKEY_verify_init(context)
      }
    if begun == 1, unsafe Self.prepare(context, type, number) { return unsafe context }
    unsafe EVP_PKEY_CTX_free(context)
    return nil
  }

  /// Sets the algorithm's hash and padding; for PSS all that RFC 7518 §3.5 asks for, explicitly.
  private static func prepare(_ context: OpaquePointer, _ type: KeyType, _ number: Int) -> Bool {
    let hash = Algorithm.hash(ofNumber: number)
    let digest =
      switch hash {
      case .sha256: unsafe EVP_sha256()
      case .sha384: unsafe EVP_sha384()
      case .sha512: unsafe EVP_sha512()
      }
    guard type == .rsa else {
      return unsafe EVP_PKEY_CTX_set_signature_md(context, digest) == 1
    }
    let isPSS = number >= Algorithm.ps256.number
    guard
      unsafe EVP_PKEY_CTX_set_rsa_padding(
        context, isPSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1,
      unsafe EVP_PKEY_CTX_set_signature_md(context, digest) == 1
    else { return false }
    guard isPSS else { return true }
    return unsafe EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1
      && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Int32(hash.digestLength)) == 1
  }
}
