// Fence: the process's standard error, the default for the warning about a weak secret.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

enum StandardError {
  /// Writes `text`; ignores errors.
  static func say(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      // SAFETY: the call reads `count` bytes of the buffer, which outlives it.
      _ = unsafe write(2, bytes.baseAddress, bytes.count)
    }
  }
}
