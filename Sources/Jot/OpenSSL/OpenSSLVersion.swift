// Fence: the versions that libcrypto reports.
internal import COpenSSL

/// OpenSSL's versions, as text.
enum OpenSSLVersion {
  /// The version of the headers that Jot was built with.
  static var built: String { OPENSSL_VERSION_STR }

  /// The version of the loaded library.
  static var running: String {
    // SAFETY: the call returns a constant, NUL-terminated text.
    unsafe String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))
  }
}
