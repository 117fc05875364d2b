// Fence: a secret written to a file.
public import Foundation
public import Jot

extension Secret {
  /// Creates a file with these bytes, such as a private key's PEM, that only its owner can read.
  ///
  /// ```swift
  /// try key.pemRepresentation?.write(to: URL(filePath: "private.pem"))
  /// ```
  ///
  /// - Parameter file: A file that does not exist yet.
  /// - Throws: A `POSIXError`: `EEXIST` if the file exists. A file that could not be written whole
  ///   is removed.
  public borrowing func write(to file: URL) throws {
    let path = file.path(percentEncoded: false)
    // SAFETY: the calls read a NUL-terminated path.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    var failure: Int32 = 0
    withBytes { bytes in
      var written = 0
      while written < bytes.count, failure == 0 {
        // SAFETY: the call reads from `written` to the end, all inside the bytes.
        let count = unsafe bytes.withUnsafeBufferPointer {
          unsafe Foundation.write(descriptor, $0.baseAddress! + written, $0.count - written)
        }
        if count >= 0 { written += count } else if errno != EINTR { failure = errno }
      }
    }
    if failure == 0, fsync(descriptor) != 0, errno != EINVAL { failure = errno }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    guard failure == 0 else {
      _ = unsafe unlink(path)
      throw POSIXError(.init(rawValue: failure) ?? .EIO)
    }
  }
}
