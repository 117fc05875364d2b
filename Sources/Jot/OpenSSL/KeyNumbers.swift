// Fence: makes an OpenSSL key from its numbers.
internal import COpenSSL

/// The numbers of an RSA or EC key under OpenSSL's names, wiped on release.
@safe struct KeyNumbers: ~Copyable {
  private let algorithm: StaticString
  private var parameters: [OSSL_PARAM] = unsafe []
  private var blocks: [UnsafeMutableRawBufferPointer] = unsafe []
  private var isPrivate = false

  /// OpenSSL's names of an RSA key's numbers, in PKCS#1's order: n, e, d, p, q, dp, dq, qi.
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
      // SAFETY: this value alone owns each block, wipes it within its size and frees it once.
      unsafe OPENSSL_cleanse(blocks[index].baseAddress, blocks[index].count)
      unsafe blocks[index].deallocate()
    }
  }

  /// Adds a big-endian integer.
  mutating func add(_ name: StaticString, _ number: Span<UInt8>, isPrivate: Bool = false) {
    // OpenSSL expects the machine's byte order.
    add(name, number, UInt32(OSSL_PARAM_UNSIGNED_INTEGER), isReversed: 1.littleEndian == 1)
    if isPrivate { self.isPrivate = true }
  }

  /// Adds bytes unchanged.
  mutating func add(_ name: StaticString, octets: Span<UInt8>) {
    add(name, octets, UInt32(OSSL_PARAM_OCTET_STRING), isReversed: false)
  }

  private mutating func add(
    _ name: StaticString, _ bytes: Span<UInt8>, _ type: UInt32, isReversed: Bool
  ) {
    // SAFETY: a separate block for the bytes, freed in deinit; the names are constants.
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

  /// Makes a key that the caller must free, or nil.
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
    // SAFETY: a constant text is NUL-terminated and never freed; CChar and bytes have one layout.
    unsafe UnsafeRawPointer(constant.utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
