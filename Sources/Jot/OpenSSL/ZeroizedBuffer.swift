// Fence: wipes arrays that held a secret on its way.
internal import COpenSSL

/// Overwrites `bytes`, which held a secret on its way.
func wipe(_ bytes: inout [UInt8]) {
  // SAFETY: wiped within the array's own bytes; its capacity beyond them was never written, or was
  // reserved beforehand.
  unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Bytes to work on that are wiped when the last who holds them goes.
final class WipedBytes {
  private var bytes: [UInt8]

  init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  deinit { wipe(&bytes) }

  /// Calls `body` with the bytes.
  func withSpan<Result: ~Copyable, Failure: Error>(
    _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Taken out and put back: a span of an object's property can't be had, and nothing is copied.
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    defer { swap(&taken, &bytes) }
    var span = taken.mutableSpan
    return try body(&span)
  }
}
