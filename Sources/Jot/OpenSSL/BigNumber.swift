// Fence: OpenSSL's big numbers, as far as key validation needs them.
internal import COpenSSL

/// An integer of any size, wiped on release. Not used while a token is verified.
@safe struct BigNumber: ~Copyable {
  fileprivate let value: OpaquePointer

  /// The number with these big-endian bytes; nil if out of memory.
  init?(_ bytes: Span<UInt8>) {
    // SAFETY: the call reads `count` bytes; this value alone owns the result.
    let made = unsafe bytes.withUnsafeBufferPointer {
      unsafe BN_bin2bn($0.baseAddress, Int32($0.count), nil)
    }
    guard let made = unsafe made else { return nil }
    unsafe value = made
  }

  /// The number `word`; nil if out of memory.
  init?(_ word: UInt) {
    // SAFETY: this value alone owns the result, or frees it here.
    let made = unsafe BN_new()
    guard let made = unsafe made, unsafe BN_set_word(made, word) == 1 else {
      unsafe BN_free(made)
      return nil
    }
    unsafe value = made
  }

  /// A number of a key, by OpenSSL's name for it; nil if the key lacks it.
  init?(_ name: String, of key: OpaquePointer) {
    var made: OpaquePointer?
    // SAFETY: this value alone owns the number that the call makes.
    guard unsafe EVP_PKEY_get_bn_param(key, name, &made) == 1, let made = unsafe made else {
      return nil
    }
    unsafe value = made
  }

  deinit {
    // SAFETY: freed once, here.
    unsafe BN_clear_free(value)
  }

  var bitCount: Int { unsafe Int(BN_num_bits(value)) }
  var isOdd: Bool { unsafe BN_is_odd(value) == 1 }
  var isOne: Bool { unsafe BN_is_one(value) == 1 }
  var isZero: Bool { unsafe BN_is_zero(value) == 1 }

  /// The big-endian bytes, zero-padded to `count`; nil if the number needs more.
  func bytes(count: Int? = nil) -> [UInt8]? {
    let count = count ?? (bitCount + 7) / 8
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: the call writes exactly `count` bytes.
    let written = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe BN_bn2binpad(value, $0.baseAddress, Int32(count))
    }
    return written == count ? bytes : nil
  }

  /// As `bytes(count:)`, for a private number.
  func secretBytes(count: Int? = nil) -> ZeroizedBuffer? {
    let buffer = ZeroizedBuffer(count: count ?? (bitCount + 7) / 8)
    // SAFETY: the call writes exactly as many bytes as the buffer has.
    let written = buffer.withSpan { bytes in
      unsafe bytes.withUnsafeMutableBufferPointer {
        unsafe BN_bn2binpad(value, $0.baseAddress, Int32($0.count))
      }
    }
    return written == buffer.count ? buffer : nil
  }

  /// The remainder of division by `divisor`.
  func remainder(by divisor: UInt) -> UInt { unsafe UInt(BN_mod_word(value, divisor)) }

  /// Whether this exponent is the inverse of `other`: their product is 1 modulo `prime` - 1.
  func isInverse(of other: borrowing BigNumber, modulo prime: borrowing BigNumber) -> Bool {
    // SAFETY: the calls read these numbers and write to numbers that are freed here.
    guard let order = BigNumber(0), let product = BigNumber(0),
      let context = unsafe BN_CTX_secure_new()
    else { return false }
    defer { unsafe BN_CTX_free(context) }
    return unsafe BN_copy(order.value, prime.value) != nil && BN_sub_word(order.value, 1) == 1
      && BN_mod_mul(product.value, value, other.value, order.value, context) == 1
      && BN_is_one(product.value) == 1
  }

  /// The remainder of this private number modulo `prime` - 1; nil if OpenSSL fails.
  func reduced(moduloOneLessThan prime: borrowing BigNumber) -> BigNumber? {
    // SAFETY: the calls read these numbers and write to numbers that are freed here, or handed on.
    guard let order = BigNumber(0), let result = BigNumber(0),
      let context = unsafe BN_CTX_secure_new()
    else { return nil }
    defer { unsafe BN_CTX_free(context) }
    unsafe BN_set_flags(value, Int32(BN_FLG_CONSTTIME))
    guard unsafe BN_copy(order.value, prime.value) != nil, unsafe BN_sub_word(order.value, 1) == 1,
      unsafe BN_div(nil, result.value, value, order.value, context) == 1
    else { return nil }
    return result
  }

  /// Whether this number is the product of the other two.
  func isProduct(of left: borrowing BigNumber, _ right: borrowing BigNumber) -> Bool {
    // SAFETY: the calls read these numbers and write to one that is freed here.
    guard let product = BigNumber(0), let context = unsafe BN_CTX_new() else { return false }
    defer { unsafe BN_CTX_free(context) }
    return unsafe BN_mul(product.value, left.value, right.value, context) == 1
      && BN_cmp(product.value, value) == 0
  }
}

/// Arithmetic modulo a prime, to check the curves' equations. If OpenSSL fails, the answer is nil.
@safe struct PrimeField: ~Copyable {
  private let prime: BigNumber
  private let context: OpaquePointer

  /// The field of 2^`exponent` minus the powers of two in `powers` and minus `word`.
  init?(exponent: Int32, minus powers: [Int32], _ word: UInt) {
    // SAFETY: this value owns the numbers.
    guard let prime = BigNumber(0), unsafe BN_set_bit(prime.value, exponent) == 1 else {
      return nil
    }
    for power in powers {
      guard let part = BigNumber(0), unsafe BN_set_bit(part.value, power) == 1,
        unsafe BN_sub(prime.value, prime.value, part.value) == 1
      else { return nil }
    }
    guard unsafe BN_sub_word(prime.value, word) == 1, let context = unsafe BN_CTX_new() else {
      return nil
    }
    unsafe self.context = context
    self.prime = prime
  }

  deinit {
    // SAFETY: freed once, here.
    unsafe BN_CTX_free(context)
  }

  /// Whether `number` is an element of the field, so below the prime.
  func contains(_ number: borrowing BigNumber) -> Bool {
    // SAFETY: the call reads both.
    unsafe BN_cmp(number.value, prime.value) < 0
  }

  func product(_ left: borrowing BigNumber, _ right: borrowing BigNumber) -> BigNumber? {
    guard let result = BigNumber(0),
      // SAFETY: the calls read these numbers and write to the new one; the same below.
      unsafe BN_mod_mul(result.value, left.value, right.value, prime.value, context) == 1
    else { return nil }
    return result
  }

  func sum(_ left: borrowing BigNumber, _ right: borrowing BigNumber) -> BigNumber? {
    guard let result = BigNumber(0),
      unsafe BN_mod_add(result.value, left.value, right.value, prime.value, context) == 1
    else { return nil }
    return result
  }

  func difference(_ left: borrowing BigNumber, _ right: borrowing BigNumber) -> BigNumber? {
    guard let result = BigNumber(0),
      unsafe BN_mod_sub(result.value, left.value, right.value, prime.value, context) == 1
    else { return nil }
    return result
  }

  /// Whether `number` has a square root; nil if OpenSSL fails.
  func isSquare(_ number: borrowing BigNumber) -> Bool? {
    // SAFETY: the call reads both; -2 means failure.
    let symbol = unsafe BN_kronecker(number.value, prime.value, context)
    return symbol == -2 ? nil : symbol >= 0
  }
}
