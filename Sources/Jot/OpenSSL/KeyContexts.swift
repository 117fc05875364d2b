// Fence: OpenSSL contexts that threads borrow without a lock. Each context has a duplicate of the
// key, so that two threads never meet in a reference count or a lock inside OpenSSL.
internal import CJotKernels
internal import COpenSSL
import Synchronization

/// A pool of prepared contexts: a slot for each CPU and algorithm; a slot is taken by one exchange.
///
/// A context is made when it is first asked for on a CPU, and then stays: most keys of a set are never
/// used, and few on every CPU. A thread whose CPU's context is out looks once in every other slot, so
/// that one that was moved finds another's. Where it finds none, since there are more threads than CPUs
/// or others just went past it, it makes its own rather than wait. Whoever comes back to a full pool
/// frees: the pool never outgrows its slots.
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

  /// What a slot holds where it holds no context's address: none was asked for on this CPU, or it is
  /// out.
  private static let (untouched, out) = (0 as UInt, 1 as UInt)
  /// Two cache lines, since CPUs fetch lines by pairs; six algorithms of RSA fit.
  private static let slotWords = 16

  // Two words: the address of the slots, 0 until a context is asked for; and how many forks there had
  // been when what the slots hold was made.
  private let pool: UnsafeMutablePointer<Atomic<UInt>>
  private static let forks = 1
  private let slots: Int
  private let type: KeyType
  private let operation: Operation

  /// Makes an empty pool for a key that can serve; one that can't is refused here.
  ///
  /// - Parameter slots: Contexts that each algorithm keeps at most.
  init(
    _ key: borrowing KeyHandle, _ operation: Operation, slots: Int = Int(jot_cpus())
  ) throws(JWTError) {
    precondition(slots > 0, "a pool has a slot")
    (type, self.operation, self.slots) = (key.type, operation, slots)
    // SAFETY: the words are this value's alone, initialised here, and freed once, in deinit.
    unsafe pool = .allocate(capacity: 2)
    unsafe pool.initialize(to: Atomic(0))
    unsafe (pool + Self.forks).initialize(to: Atomic(UInt(jot_forks())))
    try check(key, type.algorithms[0].number)
  }

  deinit {
    // SAFETY: no call is under way when the owner goes, so every context is in its slot.
    let lane = jot_enter()
    removeAll()
    jot_leave(lane)
    if let words = unsafe words {
      unsafe words.deinitialize(count: slots * Self.slotWords)
      unsafe UnsafeMutableRawPointer(words).deallocate()
    }
    unsafe pool.deinitialize(count: 2)
    unsafe pool.deallocate()
  }

  /// Frees all contexts that wait.
  private borrowing func removeAll() {
    guard let words = unsafe words else { return }
    for index in 0..<slots * Self.slotWords {
      // SAFETY: the index lies inside the block; an address that an exchange gave us is ours alone.
      let state = unsafe words[index].exchange(Self.untouched, ordering: .acquiring)
      if state > Self.out { unsafe free(OpaquePointer(bitPattern: state)) }
    }
  }

  /// Frees what waits from before a fork, in the child: the parent goes on with the same blinding.
  ///
  /// None is on lease at a fork, so none is lost. Threads that come here together free what
  /// they find, be it new; the number is stored when no old one is left.
  @inline(never)
  private borrowing func removeInherited() {
    removeAll()
    // SAFETY: there are two words.
    unsafe pool[Self.forks].store(UInt(jot_forks()), ordering: .releasing)
  }

  /// Checks that OpenSSL, as it is configured here, has a context for the algorithm at `number`.
  borrowing func check(_ key: borrowing KeyHandle, _ number: Int) throws(JWTError) {
    let lane = jot_enter()
    defer { jot_leave(lane) }
    guard let context = unsafe context(key, number) else {
      ERR_clear_error()
      throw .cryptographyFailed
    }
    unsafe free(context)
  }

  /// Contexts that wait in the pool.
  var count: Int {
    guard let words = unsafe words else { return 0 }
    // SAFETY: the index lies inside the block.
    return (0..<slots * Self.slotWords).count {
      unsafe words[$0].load(ordering: .relaxed) > Self.out
    }
  }

  /// The slots; nil where no context was asked for.
  @unsafe
  private var words: UnsafeMutablePointer<Atomic<UInt>>? {
    // SAFETY: the word holds 0 or the address of a block of such words, which lives as long as this.
    unsafe UnsafeMutablePointer(bitPattern: pool.pointee.load(ordering: .acquiring))
  }

  /// The slots, made where there are none.
  @unsafe
  private borrowing func madeWords() -> UnsafeMutablePointer<Atomic<UInt>> {
    if let words = unsafe words { return unsafe words }
    // SAFETY: the block is initialised whole before its address is seen; of two threads' blocks one is
    // published, and the other freed here. The published one is freed in deinit.
    let count = slots * Self.slotWords
    let made = unsafe UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<UInt>.size, alignment: 128
    ).bindMemory(to: Atomic<UInt>.self, capacity: count)
    for index in 0..<count { unsafe (made + index).initialize(to: Atomic(Self.untouched)) }
    let published = unsafe pool.pointee.compareExchange(
      expected: 0, desired: UInt(bitPattern: made), ordering: .acquiringAndReleasing)
    if published.exchanged { return unsafe made }
    unsafe made.deinitialize(count: count)
    unsafe made.deallocate()
    return unsafe UnsafeMutablePointer(bitPattern: published.original)!
  }

  /// Takes a context for the algorithm at `number` out of the pool or makes one; nil where OpenSSL
  /// can't.
  @unsafe
  borrowing func lease(_ key: borrowing KeyHandle, _ number: Int) -> Lease? {
    let lane = jot_enter()
    // SAFETY: there are two words.
    if unsafe pool[Self.forks].load(ordering: .acquiring) != UInt(jot_forks()) {
      removeInherited()
    }
    let row = row(number)
    let words = unsafe madeWords()
    let own = Int(jot_current_cpu()) % slots
    var slot = own
    repeat {
      // SAFETY: the index lies inside the block; an address that an exchange gave us is ours alone.
      // A slot without one is only read: whoever uses it has its line.
      let word = unsafe words + (slot * Self.slotWords + row)
      let state = unsafe word.pointee.load(ordering: .relaxed)
      if state > Self.out {
        let taken = unsafe word.pointee.exchange(Self.out, ordering: .acquiring)
        if taken > Self.out, let context = unsafe OpaquePointer(bitPattern: taken) {
          return unsafe Lease(context: context, row: row, slot: slot, lane: lane)
        }
      } else if state == Self.untouched, slot == own {
        break
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
    guard let words = unsafe words else { return unsafe free(lease.context) }
    let address = unsafe UInt(bitPattern: lease.context)
    var slot = unsafe lease.slot
    repeat {
      // SAFETY: as above; the release makes the context's bytes visible to who takes it.
      let word = unsafe words + (slot * Self.slotWords + lease.row)
      let state = unsafe word.pointee.load(ordering: .relaxed)
      if state <= Self.out,
        unsafe word.pointee.compareExchange(
          expected: state, desired: address, ordering: .releasing
        ).exchanged
      {
        return
      }
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
