// A secret written to a file.
public import Foundation
public import Jot
internal import JotCore

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
    do throws(SecretFileError) {
      try create(file.path(percentEncoded: false))
    } catch {
      throw POSIXError(.init(rawValue: error.code) ?? .EIO)
    }
  }
}
