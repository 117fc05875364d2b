// Fence: SHAKE256 (FIPS 202), the hash of Ed448 (RFC 8032 §5.2), by OpenSSL's providers.
internal import CJotKernels
internal import COpenSSL

/// SHAKE256 of a whole text.
enum SHAKE256 {
  /// Returns the first `count` bytes of the hash of `bytes`.
  ///
  /// - Throws: `cryptographyFailed`, `providerMissing`.
  /// - Complexity: O(n).
  static func hash(_ bytes: Span<UInt8>, count: Int) throws(JWTError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    let ticket = jot_enter()
    // SAFETY: the context and the algorithm are ours and freed here; freeing nil does nothing. The
    // calls read all bytes of the span (without bytes its start is unused), and write `count` bytes
    // of the array.
    let context = unsafe EVP_MD_CTX_new()
    let algorithm = unsafe EVP_MD_fetch(nil, "SHAKE256", nil)
    let isDone = unsafe bytes.withUnsafeBufferPointer { message in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe context != nil && algorithm != nil
          && EVP_DigestInit_ex(context, algorithm, nil) == 1
          && EVP_DigestUpdate(context, message.baseAddress, message.count) == 1
          && EVP_DigestFinalXOF(context, output.baseAddress, output.count) == 1
      }
    }
    unsafe EVP_MD_free(algorithm)
    unsafe EVP_MD_CTX_free(context)
    if !isDone { ERR_clear_error() }
    jot_leave(ticket)
    guard isDone else { throw .cryptographyFailed.orProviderMissing }
    return output
  }
}
