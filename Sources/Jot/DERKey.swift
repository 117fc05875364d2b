// Fence: asks OpenSSL whether bytes are a key, and wipes arrays that held one.
internal import COpenSSL

/// Keys and certificates in DER.
enum DERKey {
  /// Returns whether `bytes` begin with a key or a certificate in DER.
  static func isKey(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count > 0, bytes[0] == 0x30 else { return false }
    defer { ERR_clear_error() }
    // SAFETY: each call reads at most `count` bytes; what it returns is ours and freed here.
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      var place = buffer.baseAddress
      let publicKey = unsafe d2i_PUBKEY(nil, &place, buffer.count)
      unsafe EVP_PKEY_free(publicKey)
      if unsafe publicKey != nil { return true }
      unsafe place = buffer.baseAddress
      let privateKey = unsafe d2i_AutoPrivateKey(nil, &place, buffer.count)
      unsafe EVP_PKEY_free(privateKey)
      if unsafe privateKey != nil { return true }
      unsafe place = buffer.baseAddress
      let rsaKey = unsafe d2i_PublicKey(EVP_PKEY_RSA, nil, &place, buffer.count)
      unsafe EVP_PKEY_free(rsaKey)
      if unsafe rsaKey != nil { return true }
      unsafe place = buffer.baseAddress
      let certificate = unsafe d2i_X509(nil, &place, buffer.count)
      unsafe X509_free(certificate)
      if unsafe certificate != nil { return true }
      unsafe place = buffer.baseAddress
      let request = unsafe d2i_X509_REQ(nil, &place, buffer.count)
      unsafe X509_REQ_free(request)
      return unsafe request != nil
    }
  }
}

/// Overwrites `bytes`, which held a secret on its way.
func wipe(_ bytes: inout [UInt8]) {
  // SAFETY: wiped within the array's own bytes; its capacity beyond them was never written, or was
  // reserved beforehand.
  unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
}
