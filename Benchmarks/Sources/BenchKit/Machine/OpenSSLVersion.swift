// Fence: OpenSSL's versions, from C.
internal import CBench

/// OpenSSL's versions.
public enum OpenSSLVersion {
  // SAFETY: both calls return constant, NUL-terminated texts.
  public static var built: String { unsafe String(cString: bench_openssl_built()) }
  public static var running: String { unsafe String(cString: bench_openssl_running()) }
}
