// Fence: validates a key before use (RFC 7518 §3.3 and §6, RFC 8725 §3.4 and §3.5).
internal import COpenSSL

extension UncheckedKey {
  /// Checks the key and returns its type.
  borrowing func checkedType() throws(JWTError) -> KeyType {
    defer { ERR_clear_error() }
    // SAFETY: all calls here only read the key, which is borrowed.
    switch unsafe EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_RSA:
      try unsafe Self.checkRSA(key)
      guard pss?.algorithms.isEmpty != true else { throw .keyUnsupported(.otherPSS) }
      return .rsa
    case EVP_PKEY_EC: return try unsafe Self.checkCurve(key)
    case EVP_PKEY_ED25519:
      try checkEdwards(.ed25519)
      try checkStatedPublicKey()
      return .ed25519
    case EVP_PKEY_ED448:
      try checkEdwards(.ed448)
      try checkStatedPublicKey()
      return .ed448
    default: throw .keyUnsupported(.otherAlgorithm)
    }
  }

  /// Checks the size, the modulus and the exponent, and that private primes match the modulus.
  @unsafe
  private static func checkRSA(_ key: OpaquePointer) throws(JWTError) {
    guard let modulus = unsafe BigNumber(OSSL_PKEY_PARAM_RSA_N, of: key),
      let exponent = unsafe BigNumber(OSSL_PKEY_PARAM_RSA_E, of: key)
    else { throw .keyMalformed(wanted: .publicKey, found: .otherAlgorithm) }
    let bits = modulus.bitCount
    guard bits >= 2048 else { throw .keyTooSmall(bits: bits) }
    guard bits <= 8192 else { throw .keyTooLarge(bits: bits) }
    guard modulus.isOdd else { throw .keyNumber(.n) }
    guard exponent.isOdd, !exponent.isOne, exponent.bitCount <= 33 else { throw .keyBadExponent }
    guard !isROCA(modulus) else { throw .keyWeakModulus }
    guard unsafe BigNumber("rsa-factor3", of: key) == nil else {
      throw .keyUnsupported(.manyPrimes)
    }
    if let p = unsafe BigNumber("rsa-factor1", of: key),
      let q = unsafe BigNumber("rsa-factor2", of: key)
    {
      guard modulus.isProduct(of: p, q) else { throw .keyNumber(.p) }
      // With p and q OpenSSL does not use d, so a test signature would not detect a wrong d.
      guard let d = unsafe BigNumber(OSSL_PKEY_PARAM_RSA_D, of: key),
        d.isInverse(of: exponent, modulo: p), d.isInverse(of: exponent, modulo: q)
      else { throw .keyNumber(.d) }
    }
  }

  /// Checks that a private key's public half is the one that is written beside it.
  private borrowing func checkStatedPublicKey() throws(JWTError) {
    guard statedPublicKey == nil || statedPublicKey == rawPublicKey else {
      throw .keyMalformed(wanted: .privateKey, found: .brokenKey)
    }
  }

  /// Whether a modulus has the fingerprint of CVE-2017-15361: the faulty generator's primes are
  /// powers of 65537 modulo many small primes, and so is their product.
  private static func isROCA(_ modulus: borrowing BigNumber) -> Bool {
    for prime: UInt in [
      11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ] {
      let remainder = modulus.remainder(by: prime)
      var power: UInt = 1
      repeat {
        if power == remainder { break }
        power = power * 65537 % prime
      } while power != 1
      // If the loop ends at 1, it has tried every power of 65537.
      if power != remainder { return false }
    }
    return true
  }

  /// Returns the named curve of the key's point.
  @unsafe
  private static func checkCurve(_ key: OpaquePointer) throws(JWTError) -> KeyType {
    var isExplicit: Int32 = 0
    var name = [CChar](repeating: 0, count: 80)
    var count = 0
    // SAFETY: the calls write within the buffers that they get; the context is freed here.
    let capacity = name.count
    let named = unsafe name.withUnsafeMutableBufferPointer {
      unsafe EVP_PKEY_get_group_name(key, $0.baseAddress, capacity, &count)
    }
    // A curve given by its parameters, not its name, may be any curve (CVE-2020-0601).
    _ = unsafe EVP_PKEY_get_int_param(
      key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &isExplicit)
    let group = name.prefix(count).map { UInt8(bitPattern: $0) }
    guard named == 1, isExplicit == 0,
      let type = KeyType.allCases.first(where: { type in
        type.group.map { $0.description.utf8.elementsEqual(group) } ?? false
      })
    else { throw .keyUnsupported(.otherAlgorithm) }
    guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { throw .cryptographyFailed }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    // These curves have cofactor 1, so every point on the curve has the full order. The full check,
    // which multiplies by the order, would add nothing for 20 to 500 µs.
    guard unsafe EVP_PKEY_public_check_quick(context) == 1 else { throw .keyInvalidPoint }
    return type
  }

  /// Checks that the public key is a canonical point of the curve and not of small order. OpenSSL
  /// accepts any bytes, and with a point of small order one signature fits many messages.
  private borrowing func checkEdwards(_ type: KeyType) throws(JWTError) {
    guard var bytes = rawPublicKey, bytes.count == type.width else { throw .cryptographyFailed }
    // RFC 8032 §5.1.2, §5.2.2: y is little-endian, with the sign of x in the highest bit.
    bytes.reverse()
    bytes[0] &= 0x7f
    let field =
      type == .ed25519
      ? PrimeField(exponent: 255, minus: [], 19) : PrimeField(exponent: 448, minus: [224], 1)
    guard let field, let y = BigNumber(bytes.span), let one = BigNumber(1),
      let zero = BigNumber(0), let square = field.product(y, y),
      let minusOne = field.difference(zero, one)
    else { throw .cryptographyFailed }
    guard field.contains(y) else { throw .keyInvalidPoint }
    // y = 1, -1 and 0 have order 1, 2 and 4.
    for small in [y.bytes(), field.sum(y, one)?.bytes(), field.difference(y, one)?.bytes()] {
      guard let small else { throw .cryptographyFailed }
      if small.isEmpty { throw .keyInvalidPoint }
    }
    let isPoint: Bool?
    if type == .ed25519 {
      // x² = 121666 (y² - 1) / (121666 - 121665 y²); a quotient is a square if the product is.
      guard let a = BigNumber(121_666), let b = BigNumber(121_665),
        let part = field.product(b, square), let divisor = field.difference(a, part),
        let shifted = field.sum(square, minusOne), let dividend = field.product(a, shifted),
        let product = field.product(dividend, divisor)
      else { throw .cryptographyFailed }
      isPoint = field.isSquare(product)
      // A point of order 8 doubles to y = 0: 121665 y⁴ - 2·121666 y² + 121666 = 0.
      guard let fourth = field.product(part, square), let double = field.sum(a, a),
        let middle = field.product(double, square), let rest = field.sum(fourth, a),
        let sum = field.difference(rest, middle)
      else { throw .cryptographyFailed }
      if sum.isZero { throw .keyInvalidPoint }
    } else {
      // x² = (1 - y²) / (1 + 39081 y²).
      guard let d = BigNumber(39081), let part = field.product(d, square),
        let divisor = field.sum(one, part), let dividend = field.difference(one, square),
        let product = field.product(dividend, divisor)
      else { throw .cryptographyFailed }
      isPoint = field.isSquare(product)
    }
    guard let isPoint else { throw .cryptographyFailed }
    guard isPoint else { throw .keyInvalidPoint }
  }
}
