// Fence: OpenSSL contexts that threads borrow without a lock. Each context has a duplicate of the
// key, so that two threads never meet in a reference count or a lock inside OpenSSL.
internal import CJotKernels
internal import COpenSSL
import Synchronization

/// A pool of prepared contexts: a slot for each CPU and algorithm; a slot is taken by one exchange.
///
/// A thread looks in its CPU's slot; where that is empty it makes a context, and puts it back into
/// any free slot near it. So there are at most as many contexts as ever ran at once, and a thread
/// that was moved costs a look further, not a wait.
@safe struct KeyContexts: ~Copyable, @unchecked Sendable {
  enum Operation { case sign, verify }

  /// A context in use, and the slots that it may go back to.
  @unsafe struct Lease {
    /// An `EVP_PKEY_CTX`, or an `EVP_MD_CTX` where the key signs messages and not digests.
    let context: OpaquePointer
    let row: Int
    let slot: Int
  }

  private static let slots = 64

  // Addresses of contexts, 0 where a slot is free; a row for each algorithm that has contexts of its
  // own.
  private let pool: UnsafeMutablePointer<Atomic<UInt>>
  private let rows: Int
  private let type: KeyType
  private let operation: Operation

  /// Makes a first context, so that a key that can't serve is refused here.
  init(_ key: borrowing KeyHandle, _ operation: Operation) throws(JWTError) {
    self.operation = operation
    type = key.type
    // RSA keys have six algorithms; for the other types one context serves all names.
    rows = key.type == .rsa ? 6 : 1
    // SAFETY: the block is this value's alone, initialised whole, and freed once, in deinit.
    unsafe pool = .allocate(capacity: rows * Self.slots)
    for index in 0..<rows * Self.slots { unsafe (pool + index).initialize(to: Atomic(0)) }
    guard let lease = unsafe lease(key, key.type.algorithms[0].number) else {
      throw .cryptographyFailed
    }
    unsafe giveBack(lease)
  }

  deinit {
    // SAFETY: no call is under way when the owner goes, so every context is in its slot.
    for index in 0..<rows * Self.slots {
      let address = unsafe pool[index].load(ordering: .acquiring)
      unsafe free(OpaquePointer(bitPattern: address))
    }
    unsafe pool.deinitialize(count: rows * Self.slots)
    unsafe pool.deallocate()
  }

  /// Takes a context for the algorithm at `number` out of the pool or makes one; nil where OpenSSL
  /// can't.
  @unsafe
  borrowing func lease(_ key: borrowing KeyHandle, _ number: Int) -> Lease? {
    let row = rows == 1 ? 0 : (number - Algorithm.rs256.number) * Self.slots
    let slot = Int(jot_current_cpu()) & (Self.slots - 1)
    // SAFETY: the index lies inside the block; an address that an exchange gave us is ours alone.
    let address = unsafe pool[row + slot].exchange(0, ordering: .acquiring)
    if let context = unsafe OpaquePointer(bitPattern: address) {
      return unsafe Lease(context: context, row: row, slot: slot)
    }
    guard let context = unsafe context(key, number) else {
      ERR_clear_error()
      return nil
    }
    return unsafe Lease(context: context, row: row, slot: slot)
  }

  /// Puts a context into its slot, or a free one after it, or frees it.
  @unsafe
  borrowing func giveBack(_ lease: Lease) {
    let address = unsafe UInt(bitPattern: lease.context)
    for step in 0..<4 {
      let slot = unsafe (lease.slot + step) & (Self.slots - 1)
      // SAFETY: as above; the release makes the context's bytes visible to who takes it.
      let put = unsafe pool[lease.row + slot].compareExchange(
        expected: 0, desired: address, ordering: .releasing)
      if put.exchanged { return }
    }
    unsafe free(lease.context)
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
