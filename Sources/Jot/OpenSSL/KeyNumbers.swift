// Fence: the numbers of a key to an OpenSSL key, by its parameters.
// Before it: PrivateKeyDER, JWK or SSHLine. After it: UncheckedKey.
internal import COpenSSL

/// The numbers of an RSA or EC key by OpenSSL's names for them, wiped on release.
@safe struct KeyNumbers: ~Copyable {
  private let algorithm: StaticString
  private var parameters: [OSSL_PARAM] = unsafe []
  private var blocks: [UnsafeMutableRawBufferPointer] = unsafe []
  private var isPrivate = false

  /// OpenSSL's names of an RSA key's numbers, in the order of PKCS#1: n, e, d, p, q, dp, dq, qi.
  static let rsaNames: [StaticString] = [
    "n", "e", "d", "rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2",
    "rsa-coefficient1",
  ]

  /// Numbers of an RSA key.
  init() { algorithm = "RSA" }

  /// Numbers of an EC key on the curve with this group.
  init(group: StaticString) {
    algorithm = "EC"
    unsafe parameters.append(
      OSSL_PARAM(
        key: Self.text("group"), data_type: UInt32(OSSL_PARAM_UTF8_STRING),
        data: UnsafeMutableRawPointer(mutating: group.utf8Start),
        data_size: group.utf8CodeUnitCount,
        return_size: 0))
  }

  deinit {
    for index in unsafe blocks.indices {
      // SAFETY: each block is this value's alone, wiped within its size and freed once.
      unsafe OPENSSL_cleanse(blocks[index].baseAddress, blocks[index].count)
      unsafe blocks[index].deallocate()
    }
  }

  /// Adds a whole number, the highest byte first.
  mutating func add(_ name: StaticString, _ number: Span<UInt8>, isPrivate: Bool = false) {
    // OpenSSL takes the machine's byte order.
    add(name, number, UInt32(OSSL_PARAM_UNSIGNED_INTEGER), isReversed: 1.littleEndian == 1)
    if isPrivate { self.isPrivate = true }
  }

  /// Adds bytes as they are.
  mutating func add(_ name: StaticString, octets: Span<UInt8>) {
    add(name, octets, UInt32(OSSL_PARAM_OCTET_STRING), isReversed: false)
  }

  private mutating func add(
    _ name: StaticString, _ bytes: Span<UInt8>, _ type: UInt32, isReversed: Bool
  ) {
    // SAFETY: a block of its own for the bytes, freed in deinit; the names are constants.
    let count = bytes.count
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, count), alignment: 8)
    unsafe block[0] = 0
    for index in 0..<count { unsafe block[isReversed ? count - 1 - index : index] = bytes[index] }
    unsafe blocks.append(block)
    unsafe parameters.append(
      OSSL_PARAM(
        key: Self.text(name), data_type: type, data: block.baseAddress, data_size: max(1, count),
        return_size: 0))
  }

  /// Makes a key that is the caller's to free, or nil.
  @unsafe
  borrowing func makeKey() -> OpaquePointer? {
    // SAFETY: the parameters point to blocks that live as long as this value; the context is freed
    // here, and OpenSSL copies what it keeps.
    guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, Self.text(algorithm), nil) else {
      return nil
    }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    guard unsafe EVP_PKEY_fromdata_init(context) == 1 else { return nil }
    var all = unsafe parameters
    unsafe all.append(OSSL_PARAM_construct_end())
    var key: OpaquePointer?
    let made = unsafe all.withUnsafeMutableBufferPointer {
      unsafe EVP_PKEY_fromdata(
        context, &key, Int32(isPrivate ? JOT_KEY_PAIR : JOT_PUBLIC_KEY), $0.baseAddress)
    }
    if made == 1 { return unsafe key }
    unsafe EVP_PKEY_free(key)
    return nil
  }

  private static func text(_ constant: StaticString) -> UnsafePointer<CChar> {
    // SAFETY: a constant text ends with NUL and lives for ever; characters and bytes have one layout.
    unsafe UnsafeRawPointer(constant.utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
