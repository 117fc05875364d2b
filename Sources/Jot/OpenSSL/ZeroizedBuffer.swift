// Fence: wipes arrays that held a secret temporarily.
internal import COpenSSL

/// Overwrites `bytes`, which held a secret temporarily.
func wipe(_ bytes: inout [UInt8]) {
  // SAFETY: wipes the array's own bytes only; the capacity beyond them was never written, or was
  // reserved beforehand.
  unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// A working buffer that is wiped when its last reference is released.
final class ZeroizedBuffer {
  private var bytes: [UInt8]

  var count: Int { bytes.count }

  init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  deinit { wipe(&bytes) }

  /// Calls `body` with the bytes.
  func withSpan<Result: ~Copyable, Failure: Error>(
    _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Swap the array out and back: a property of an object has no mutable span. Nothing is copied.
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    defer { swap(&taken, &bytes) }
    var span = taken.mutableSpan
    return try body(&span)
  }
}
