// Fence: a checked OpenSSL key, and its public numbers.
internal import CJotKernels
internal import COpenSSL

/// A checked OpenSSL key of a known type; for the checks see `UncheckedKey+Validation.swift`.
@safe struct KeyHandle: ~Copyable, @unchecked Sendable {
  private let owner: UncheckedKey
  let type: KeyType

  /// The algorithms that the key's own text allows: fewer than its type's for an RSA-PSS key.
  var algorithms: [Algorithm] { owner.pss?.algorithms ?? type.algorithms }

  /// Takes ownership of `key` after checking it.
  ///
  /// - Throws: `keyUnsupported`, `keyTooSmall`, `keyTooLarge`, `keyBadExponent`,
  ///   `keyInvalidPoint`, `keyWeakModulus`, `keyMalformed`.
  init(_ key: consuming UncheckedKey) throws(JWTError) {
    type = try key.checkedType()
    owner = key
  }

  @unsafe var key: OpaquePointer { unsafe owner.key }
  var pss: PSSParameters? { owner.pss }

  /// Returns a handle to the public half only.
  borrowing func publicHalf() throws(JWTError) -> KeyHandle {
    // SAFETY: i2d allocates a block for us, freed here; it holds public numbers only. d2i reads
    // that block and makes a key that is ours.
    var block: UnsafeMutablePointer<UInt8>?
    let count = unsafe i2d_PUBKEY(key, &block)
    defer { unsafe CRYPTO_free(block, "", 0) }
    var next = unsafe UnsafePointer(block)
    guard count > 0,
      var key = unsafe UncheckedKey(adopting: d2i_PUBKEY(nil, &next, Int(count)))
    else {
      ERR_clear_error()
      throw .cryptographyFailed
    }
    key.pss = owner.pss
    return try KeyHandle(key)
  }

  /// Bytes in a signature.
  var signatureLength: Int {
    switch type {
    case .secret: 0
    // SAFETY: the call reads the key.
    case .rsa: unsafe Int(EVP_PKEY_get_size(key))
    case .p256, .p384, .p521, .secp256k1, .ed25519, .ed448: 2 * type.width
    }
  }

  /// Bits in the modulus, or in the curve's field.
  var bitCount: Int {
    // SAFETY: the call reads the key.
    unsafe Int(EVP_PKEY_get_bits(key))
  }

  /// The modulus of an RSA key with exponent 65537; nil for any other key.
  var usualModulus: [UInt8]? {
    guard type == .rsa, let members = publicMembers, members.count == 2,
      members[1].bytes == [1, 0, 1]
    else { return nil }
    return members[0].bytes
  }

  /// The public numbers by their JWK names (RFC 7518 §6, RFC 8037 §2); nil if OpenSSL fails.
  var publicMembers: [(name: String, bytes: [UInt8])]? {
    let ticket = jot_enter()
    defer { jot_leave(ticket) }
    switch type {
    case .secret: return nil
    case .rsa:
      guard let n = unsafe BigNumber(OSSL_PKEY_PARAM_RSA_N, of: key)?.bytes(),
        let e = unsafe BigNumber(OSSL_PKEY_PARAM_RSA_E, of: key)?.bytes()
      else { return nil }
      return [("n", n), ("e", e)]
    case .p256, .p384, .p521, .secp256k1:
      let width = type.width
      guard let x = unsafe BigNumber(OSSL_PKEY_PARAM_EC_PUB_X, of: key)?.bytes(count: width),
        let y = unsafe BigNumber(OSSL_PKEY_PARAM_EC_PUB_Y, of: key)?.bytes(count: width)
      else { return nil }
      return [("x", x), ("y", y)]
    case .ed25519, .ed448:
      guard let x = owner.rawPublicKey else { return nil }
      return [("x", x)]
    }
  }

  /// Whether both keys have the same public numbers.
  borrowing func hasSamePublicHalf(as other: borrowing KeyHandle) -> Bool {
    guard type == other.type, let numbers = publicMembers, let others = other.publicMembers else {
      return false
    }
    return zip(numbers, others).allSatisfy { $0.bytes == $1.bytes }
  }

  /// The private numbers by their JWK names; nil if OpenSSL fails.
  var privateMembers: [(name: String, bytes: ZeroizedBuffer)]? {
    let ticket = jot_enter()
    defer { jot_leave(ticket) }
    let parameters: [(name: String, parameter: String)]
    switch type {
    case .secret: return nil
    case .rsa:
      parameters = Array(
        zip(["d", "p", "q", "dp", "dq", "qi"], KeyNumbers.rsaNames[2...].map(\.description)))
    case .p256, .p384, .p521, .secp256k1: parameters = [("d", OSSL_PKEY_PARAM_PRIV_KEY)]
    case .ed25519, .ed448:
      guard let bytes = owner.rawPrivateKey(count: type.width) else { return nil }
      return [("d", bytes)]
    }
    var members: [(name: String, bytes: ZeroizedBuffer)] = []
    let width = type == .rsa ? nil : type.width
    for (name, parameter) in parameters {
      guard let bytes = unsafe BigNumber(parameter, of: key)?.secretBytes(count: width) else {
        ERR_clear_error()
        return nil
      }
      members.append((name, bytes))
    }
    return members
  }
}
