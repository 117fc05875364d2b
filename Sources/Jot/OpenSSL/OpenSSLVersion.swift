// Fence: the versions of libcrypto, from its own mouth.
internal import COpenSSL

/// OpenSSL's versions, as text.
enum OpenSSLVersion {
  /// The version whose headers Jot was built with.
  static var built: String { OPENSSL_VERSION_STR }

  /// The version that is loaded.
  static var running: String {
    // SAFETY: the call returns a constant, NUL-terminated text.
    unsafe String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))
  }
}
