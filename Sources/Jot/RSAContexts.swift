// Fence: OpenSSL contexts that threads borrow without a lock. Each context has a duplicate of the
// key, so that two threads never meet in a reference count or a lock inside OpenSSL.
internal import CJotKernels
internal import COpenSSL
import Synchronization

/// A pool of prepared contexts: a slot for each CPU and hash; a slot is taken by one exchange.
///
/// A thread looks in its CPU's slot; where that is empty it makes a context, and puts it back into
/// any free slot near it. So there are at most as many contexts as ever ran at once, and a thread
/// that was moved costs a look further, not a wait.
@safe struct RSAContexts: ~Copyable, @unchecked Sendable {
  enum Operation { case sign, verify }

  /// A context in use, and the slots that it may go back to.
  @unsafe struct Lease {
    let context: OpaquePointer
    let row: Int
    let slot: Int
  }

  private static let slots = 64

  // Addresses of contexts, 0 where a slot is free; three rows, one for each hash.
  private let pool: UnsafeMutablePointer<Atomic<UInt>>
  private let operation: Operation

  /// Makes the first context of each hash, so that a key that can't serve is refused here.
  init(_ key: OpaquePointer, _ operation: Operation) throws(JWTError) {
    self.operation = operation
    // SAFETY: the block is this value's alone, initialised whole, and freed once, in deinit.
    unsafe pool = .allocate(capacity: 3 * Self.slots)
    for index in 0..<3 * Self.slots { unsafe (pool + index).initialize(to: Atomic(0)) }
    for hash in [SHA2.sha256, .sha384, .sha512] {
      guard let lease = unsafe lease(key, hash) else { throw .cryptographyFailed }
      unsafe giveBack(lease)
    }
  }

  deinit {
    // SAFETY: no call is under way when the owner goes, so every context is in its slot.
    for index in 0..<3 * Self.slots {
      let address = unsafe pool[index].load(ordering: .acquiring)
      unsafe EVP_PKEY_CTX_free(OpaquePointer(bitPattern: address))
    }
    unsafe pool.deinitialize(count: 3 * Self.slots)
    unsafe pool.deallocate()
  }

  /// Takes a context out of the pool or makes one; nil where OpenSSL can't.
  borrowing func lease(_ key: OpaquePointer, _ hash: SHA2) -> Lease? {
    let row = Self.row(of: hash)
    let slot = Int(jot_current_cpu()) & (Self.slots - 1)
    // SAFETY: the index lies inside the block; an address that an exchange gave us is ours alone.
    let address = unsafe pool[row + slot].exchange(0, ordering: .acquiring)
    if let context = unsafe OpaquePointer(bitPattern: address) {
      return unsafe Lease(context: context, row: row, slot: slot)
    }
    guard let context = unsafe Self.context(key, hash, operation) else { return nil }
    return unsafe Lease(context: context, row: row, slot: slot)
  }

  /// Puts a context into its slot, or a free one after it, or frees it.
  borrowing func giveBack(_ lease: Lease) {
    let address = unsafe UInt(bitPattern: lease.context)
    for step in 0..<4 {
      let slot = unsafe (lease.slot + step) & (Self.slots - 1)
      // SAFETY: as above; the release makes the context's bytes visible to who takes it.
      let put = unsafe pool[lease.row + slot].compareExchange(
        expected: 0, desired: address, ordering: .releasing)
      if put.exchanged { return }
    }
    unsafe EVP_PKEY_CTX_free(lease.context)
  }

  private static func row(of hash: SHA2) -> Int {
    switch hash {
    case .sha256: 0
    case .sha384: slots
    case .sha512: 2 * slots
    }
  }

  private static func context(
    _ key: OpaquePointer, _ hash: SHA2, _ operation: Operation
  ) -> OpaquePointer? {
    // SAFETY: the context takes a reference to the duplicate, so ours is dropped; what fails is
    // freed. The names are constants.
    guard let copy = unsafe EVP_PKEY_dup(key) else { return nil }
    defer { unsafe EVP_PKEY_free(copy) }
    guard let context = unsafe EVP_PKEY_CTX_new(copy, nil) else { return nil }
    let digest =
      switch hash {
      case .sha256: unsafe EVP_sha256()
      case .sha384: unsafe EVP_sha384()
      case .sha512: unsafe EVP_sha512()
      }
    let begun =
      switch operation {
      case .sign: unsafe EVP_PKEY_sign_init(context)
      case .verify: unsafe EVP_PKEY_verify_init(context)
      }
    if begun == 1,
      unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
      unsafe EVP_PKEY_CTX_set_signature_md(context, digest) == 1
    {
      return unsafe context
    }
    unsafe EVP_PKEY_CTX_free(context)
    ERR_clear_error()
    return nil
  }
}
