// Fence: a secret written to a new file, without a copy of its bytes.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a secret was not written to a file; no file is left behind.
package struct SecretFileError: Error {
  /// Whether the file was created, and could not be written whole.
  package let isCreated: Bool
  /// The value of `errno`.
  package let code: Int32
}

extension Secret {
  /// Creates the file at `path` with these bytes, readable by its owner only.
  ///
  /// - Parameter path: A file that does not exist yet.
  /// - Throws: `EEXIST` if the file exists. A file that could not be written whole is removed.
  package borrowing func create(_ path: String) throws(SecretFileError) {
    // SAFETY: the calls read a NUL-terminated path.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SecretFileError(isCreated: false, code: errno) }
    var failure = withBytes { bytes -> Int32 in
      var written = 0
      while written < bytes.count {
        // SAFETY: the call reads from `written` to the end, all inside the bytes.
        let count = unsafe bytes.withUnsafeBufferPointer {
          unsafe write(descriptor, $0.baseAddress! + written, $0.count - written)
        }
        if count >= 0 { written += count } else if errno != EINTR { return errno }
      }
      return 0
    }
    if failure == 0, fsync(descriptor) != 0, errno != EINVAL { failure = errno }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure != 0 {
      _ = unsafe unlink(path)
      throw SecretFileError(isCreated: true, code: failure)
    }
  }
}
