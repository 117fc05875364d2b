// Fence: whether OpenSSL has a provider of the algorithms, and the error if it has none.
internal import COpenSSL

/// OpenSSL's default or FIPS provider. OPENSSL_CONF may name a file that activates neither.
enum OpenSSLProvider {
  /// Whether no active provider has SHA-256; then none has keys either.
  static var isMissing: Bool {
    // SAFETY: the fetched algorithm is ours and freed here; freeing nil does nothing.
    let digest = unsafe EVP_MD_fetch(nil, "SHA2-256", nil)
    unsafe EVP_MD_free(digest)
    ERR_clear_error()
    return unsafe digest == nil
  }

  /// Calls `read`, which reads a key. If OpenSSL has no provider, the error says so.
  static func orMissing<Key: ~Copyable>(
    _ read: () throws(JWTError) -> Key
  ) throws(JWTError) -> Key {
    do throws(JWTError) { return try read() } catch { throw error.orProviderMissing }
  }
}

extension JWTError {
  /// `providerMissing` if that may be the reason of this refusal, which is returned otherwise.
  ///
  /// Without a provider OpenSSL reads no key, and the key is not to blame.
  // Fetches, which may allocate; Design.md, "Allocation".
  var orProviderMissing: JWTError {
    @_semantics("no_performance_analysis") @inline(never) get {
      switch code {
      case .keyMalformed, .keyUnsupported, .keyInvalidPoint, .keyPassphraseWrong,
        .signatureInvalid, .cryptographyFailed:
        OpenSSLProvider.isMissing ? .providerMissing : self
      default: self
      }
    }
  }
}

extension KeyHandle {
  /// The digest that this key signs; empty for EdDSA, which signs the message.
  ///
  /// - Throws: `cryptographyFailed`, `providerMissing`.
  // As above.
  @_semantics("no_performance_analysis")
  borrowing func digest(
    of message: Span<UInt8>, in range: Range<Int>, by algorithm: AlgorithmID
  ) throws(JWTError) -> Digest {
    if type == .ed25519 || type == .ed448 { return .empty }
    let digest = algorithm.hash.hash(message, in: range)
    guard digest.count > 0 else { throw .cryptographyFailed.orProviderMissing }
    return digest
  }
}
