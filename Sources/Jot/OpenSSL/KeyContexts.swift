// Fence: a lock-free pool of OpenSSL contexts. Each context has a duplicate of the key, so that two
// threads never contend for a reference count or a lock inside OpenSSL.
internal import CJotKernels
internal import COpenSSL
import Synchronization

/// A lock-free pool of contexts: one slot per CPU and algorithm, taken by an atomic exchange.
///
/// A context is made on the first request on a CPU and then kept: most keys of a set are never
/// used, and few are used on every CPU. If the current CPU's context is in use, the thread tries
/// every other slot once; so a thread that moved to another CPU finds a context there. If it finds
/// none, because there are more threads than CPUs or others were faster, it makes its own instead
/// of waiting. A context released to a full pool is freed: the pool never outgrows its slots.
///
/// ```
/// CPU 0: RS256 RS384 … PS512 │ CPU 1: RS256 RS384 … PS512 │ …      128 bytes a CPU
/// ```
@safe struct KeyContexts: ~Copyable, @unchecked Sendable {
  enum Operation { case sign, verify }

  /// A context in use, and the slot that it came from or belongs to.
  @unsafe struct Acquired {
    /// An `EVP_PKEY_CTX`, or an `EVP_MD_CTX` if the key signs messages, not digests.
    let context: OpaquePointer
    let row: Int
    let slot: Int
    /// Blocks forks until it is passed to jot_leave: see jot_enter.
    let ticket: Int32
  }

  /// The states of a slot that holds no address: never requested on this CPU, or in use.
  private static let (untouched, out) = (0 as UInt, 1 as UInt)
  /// Two cache lines, since CPUs prefetch lines in pairs; the six RSA algorithms fit.
  private static let slotWords = 16

  // Two words: the address of the slots, 0 until the first request; and the fork count at the time
  // when the contexts in the slots were made.
  private let pool: UnsafeMutablePointer<Atomic<UInt>>
  private static let forks = 1
  private let slots: Int
  private let type: KeyType
  private let operation: Operation

  /// Makes an empty pool for a key that the operation supports; throws for any other key.
  ///
  /// - Parameter slots: The most contexts to keep for each algorithm.
  init(
    _ key: borrowing KeyHandle, _ operation: Operation, slots: Int = Int(jot_cpus())
  ) throws(JWTError) {
    precondition(slots > 0, "a pool has a slot")
    (type, self.operation, self.slots) = (key.type, operation, slots)
    // SAFETY: this value alone owns the words, initialised here and freed once, in deinit.
    unsafe pool = .allocate(capacity: 2)
    unsafe pool.initialize(to: Atomic(0))
    unsafe (pool + Self.forks).initialize(to: Atomic(UInt(jot_forks())))
    try check(key, type.algorithms[0].id)
  }

  deinit {
    // SAFETY: no call is in progress when the owner is released, so every context is in its slot.
    let ticket = jot_enter()
    removeAll()
    jot_leave(ticket)
    if let words = unsafe words {
      unsafe words.deinitialize(count: slots * Self.slotWords)
      unsafe UnsafeMutableRawPointer(words).deallocate()
    }
    unsafe pool.deinitialize(count: 2)
    unsafe pool.deallocate()
  }

  /// Frees all idle contexts.
  private borrowing func removeAll() {
    guard let words = unsafe words else { return }
    for index in 0..<slots * Self.slotWords {
      // SAFETY: the index lies inside the block; an exchanged address belongs to this thread alone.
      let state = unsafe words[index].exchange(Self.untouched, ordering: .acquiring)
      if state > Self.out { unsafe free(OpaquePointer(bitPattern: state)) }
    }
  }

  /// Frees contexts from before a fork, in the child: the parent continues with the same blinding.
  ///
  /// No context is in use at a fork, so none leaks. Threads that run this together free whatever
  /// they find, even new contexts; the count is stored when no old context is left.
  @inline(never)
  private borrowing func removeInherited() {
    removeAll()
    // SAFETY: `pool` has two words.
    unsafe pool[Self.forks].store(UInt(jot_forks()), ordering: .releasing)
  }

  /// Checks that OpenSSL, as configured here, can make a context for the algorithm.
  borrowing func check(
    _ key: borrowing KeyHandle, _ algorithm: AlgorithmID
  ) throws(JWTError) {
    let ticket = jot_enter()
    defer { jot_leave(ticket) }
    guard let context = unsafe context(key, algorithm) else {
      ERR_clear_error()
      throw .cryptographyFailed.orProviderMissing
    }
    unsafe free(context)
  }

  /// The number of idle contexts in the pool.
  var count: Int {
    guard let words = unsafe words else { return 0 }
    // SAFETY: the index lies inside the block.
    return (0..<slots * Self.slotWords).count {
      unsafe words[$0].load(ordering: .relaxed) > Self.out
    }
  }

  /// The slots; nil before the first request.
  @unsafe
  private var words: UnsafeMutablePointer<Atomic<UInt>>? {
    // SAFETY: the word is 0 or the address of a block of such words, alive as long as this value.
    unsafe UnsafeMutablePointer(bitPattern: pool.pointee.load(ordering: .acquiring))
  }

  /// The slots, allocated on the first request.
  @unsafe
  private borrowing func madeWords() -> UnsafeMutablePointer<Atomic<UInt>> {
    if let words = unsafe words { return unsafe words }
    // SAFETY: the block is fully initialised before its address is published. If two threads
    // allocate, one block is published and the other freed here. The published one is freed in
    // deinit.
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

  /// Takes a context for the algorithm from the pool or makes one; nil if OpenSSL fails.
  @unsafe
  borrowing func acquire(
    _ key: borrowing KeyHandle, _ algorithm: AlgorithmID
  ) -> Acquired? {
    let ticket = jot_enter()
    // SAFETY: `pool` has two words.
    if unsafe pool[Self.forks].load(ordering: .acquiring) != UInt(jot_forks()) {
      removeInherited()
    }
    let row = row(algorithm)
    let words = unsafe madeWords()
    let own = Int(jot_current_cpu()) % slots
    var slot = own
    repeat {
      // SAFETY: the index lies inside the block; the thread that exchanged an address out owns it
      // alone. A slot without an address is only read: its cache line stays with the CPU that uses
      // it.
      let word = unsafe words + (slot * Self.slotWords + row)
      let state = unsafe word.pointee.load(ordering: .relaxed)
      if state > Self.out {
        let taken = unsafe word.pointee.exchange(Self.out, ordering: .acquiring)
        if taken > Self.out, let context = unsafe OpaquePointer(bitPattern: taken) {
          return unsafe Acquired(context: context, row: row, slot: slot, ticket: ticket)
        }
      } else if state == Self.untouched, slot == own {
        break
      }
      slot = slot + 1 == slots ? 0 : slot + 1
    } while slot != own
    guard let context = unsafe context(key, algorithm) else {
      jot_leave(ticket)
      ERR_clear_error()
      return nil
    }
    return unsafe Acquired(context: context, row: row, slot: own, ticket: ticket)
  }

  /// Puts a context into its slot or any free one; frees it if there is no free slot.
  @unsafe
  borrowing func release(_ acquired: Acquired) {
    defer { unsafe jot_leave(acquired.ticket) }
    guard let words = unsafe words else { return unsafe free(acquired.context) }
    let address = unsafe UInt(bitPattern: acquired.context)
    var slot = unsafe acquired.slot
    repeat {
      // SAFETY: as above; the release ordering makes the context's bytes visible to the next owner.
      let word = unsafe words + (slot * Self.slotWords + acquired.row)
      let state = unsafe word.pointee.load(ordering: .relaxed)
      if state <= Self.out,
        unsafe word.pointee.compareExchange(
          expected: state, desired: address, ordering: .releasing
        ).exchanged
      {
        return
      }
      slot = slot + 1 == slots ? 0 : slot + 1
    } while unsafe slot != acquired.slot
    unsafe free(acquired.context)
  }

  /// The index in a slot: RSA has six algorithms; other types use one context for all names.
  private borrowing func row(_ algorithm: AlgorithmID) -> Int {
    type == .rsa ? algorithm.rsaIndex : 0
  }

  private borrowing func free(_ context: OpaquePointer?) {
    // SAFETY: the context has the kind for this key's type, and no other thread has it.
    switch type {
    case .ed25519, .ed448: unsafe EVP_MD_CTX_free(context)
    default: unsafe EVP_PKEY_CTX_free(context)
    }
  }

  private borrowing func context(
    _ key: borrowing KeyHandle, _ algorithm: AlgorithmID
  ) -> OpaquePointer? {
    // SAFETY: a context retains the duplicate, so ours is dropped; on failure all is freed.
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
    if begun == 1, unsafe Self.prepare(context, type, algorithm) { return unsafe context }
    unsafe EVP_PKEY_CTX_free(context)
    return nil
  }

  /// Sets the algorithm's hash and padding; for PSS, explicitly, every parameter of RFC 7518 §3.5.
  private static func prepare(
    _ context: OpaquePointer, _ type: KeyType, _ algorithm: AlgorithmID
  ) -> Bool {
    let digest =
      switch algorithm.hash {
      case .sha256: unsafe EVP_sha256()
      case .sha384: unsafe EVP_sha384()
      case .sha512: unsafe EVP_sha512()
      }
    guard type == .rsa else {
      return unsafe EVP_PKEY_CTX_set_signature_md(context, digest) == 1
    }
    guard
      unsafe EVP_PKEY_CTX_set_rsa_padding(
        context, algorithm.isPSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1,
      unsafe EVP_PKEY_CTX_set_signature_md(context, digest) == 1
    else { return false }
    guard algorithm.isPSS else { return true }
    return unsafe EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1
      && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Int32(algorithm.hash.digestLength)) == 1
  }
}
