// Fence: the only owner of an OpenSSL key, and how a new one is generated.
internal import CJotKernels
internal import COpenSSL

/// An OpenSSL key that was read but not checked.
@safe struct UncheckedKey: ~Copyable {
  let key: OpaquePointer
  /// The parameters of an RSA-PSS key.
  var pss: PSSParameters?
  /// The public half that is written beside a private EdDSA key.
  var statedPublicKey: [UInt8]?

  /// Takes ownership of `key`; nil for nil.
  init?(adopting key: OpaquePointer?) {
    guard let key = unsafe key else { return nil }
    unsafe self.key = key
  }

  deinit {
    // SAFETY: this value alone owns the key; freeing wipes private numbers.
    let ticket = jot_enter()
    unsafe EVP_PKEY_free(key)
    jot_leave(ticket)
  }

  /// The private key's raw bytes, for types that have them.
  func rawPrivateKey(count: Int) -> ZeroizedBuffer? {
    let buffer = ZeroizedBuffer(count: count)
    var length = 0
    // SAFETY: the call writes at most as many bytes as the buffer has and returns how many. Unlike
    // EVP_PKEY_get_raw_private_key it leaves no copy in freed memory.
    let result = buffer.withSpan { bytes in
      unsafe bytes.withUnsafeMutableBufferPointer {
        unsafe EVP_PKEY_get_octet_string_param(
          key, OSSL_PKEY_PARAM_PRIV_KEY, $0.baseAddress, $0.count, &length)
      }
    }
    return result == 1 && length == count ? buffer : nil
  }

  /// The public key's raw bytes, for types that have them.
  var rawPublicKey: [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 57)
    var count = bytes.count
    // SAFETY: the call writes at most `count` bytes and returns how many.
    let result = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe EVP_PKEY_get_raw_public_key(key, $0.baseAddress, &count)
    }
    return result == 1 ? Array(bytes[..<count]) : nil
  }
}

extension UncheckedKey {
  /// Makes a new key; nil if OpenSSL fails.
  init?(generating type: KeyType, bits: Int) {
    defer { ERR_clear_error() }
    let id =
      switch type {
      case .rsa: EVP_PKEY_RSA
      case .ed25519: EVP_PKEY_ED25519
      case .ed448: EVP_PKEY_ED448
      default: EVP_PKEY_EC
      }
    // SAFETY: the context is freed here; the new key is ours.
    guard let context = unsafe EVP_PKEY_CTX_new_id(id, nil) else { return nil }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    guard unsafe EVP_PKEY_keygen_init(context) == 1 else { return nil }
    if type == .rsa, unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) != 1 {
      return nil
    }
    if let group = type.group,
      unsafe EVP_PKEY_CTX_set_group_name(context, group.description) != 1
    {
      return nil
    }
    var key: OpaquePointer?
    guard unsafe EVP_PKEY_generate(context, &key) == 1 else { return nil }
    unsafe self.init(adopting: key)
  }
}
