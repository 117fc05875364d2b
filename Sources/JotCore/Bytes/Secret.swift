// Fence: the only owner of secret bytes. Copied from the caller's bytes, wiped on release.
internal import COpenSSL

/// Secret bytes: owned on the heap once, wiped on release, never printed.
///
/// It can't be copied and is never printed. The caller must wipe the source of the bytes (a
/// `String`, a file's buffer).
@safe public struct Secret: ~Copyable, @unchecked Sendable {
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  /// Copies `bytes`.
  public init(copying bytes: Span<UInt8>) {
    // SAFETY: this value alone owns the buffer, initialises all of it and frees it once, in deinit.
    unsafe self.bytes = .allocate(capacity: bytes.count)
    for index in 0..<bytes.count {
      unsafe self.bytes.initializeElement(at: index, to: bytes[index])
    }
  }

  /// Copies the UTF-8 bytes of `text`, untrimmed.
  public init(_ text: String) {
    let utf8 = text.utf8
    // SAFETY: as above.
    unsafe bytes = .allocate(capacity: utf8.count)
    _ = unsafe bytes.initialize(fromContentsOf: utf8)
  }

  /// Makes a secret of random bytes from the operating system's generator.
  ///
  /// - Parameter count: The bytes in the secret, ≥ 0; at least the hash's length for a MAC.
  public static func random(count: Int) -> Secret {
    var generator = SystemRandomNumberGenerator()
    let secret = Secret(count: count)
    for index in 0..<count {
      unsafe secret.bytes[index] = UInt8(truncatingIfNeeded: generator.next())
    }
    return secret
  }

  /// A secret of zeros, to be overwritten.
  private init(count: Int) {
    // SAFETY: as above.
    unsafe bytes = .allocate(capacity: count)
    unsafe bytes.initialize(repeating: 0)
  }

  deinit {
    // SAFETY: the buffer is wiped within its size before it is freed; bytes need no deinitialising.
    if let base = unsafe bytes.baseAddress { unsafe OPENSSL_cleanse(base, bytes.count) }
    unsafe bytes.deallocate()
  }

  /// The number of bytes in the secret.
  public var count: Int { unsafe bytes.count }

  /// Whether all bytes are equal, in a time that depends on their number alone.
  package var isOneByteRepeated: Bool {
    withBytes { bytes in
      var difference: UInt8 = 0
      for index in 0..<bytes.count { difference |= bytes[index] ^ bytes[0] }
      return difference == 0
    }
  }

  /// Calls `body` with the bytes; copies that it makes are not protected.
  public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the span dies with the closure, during which this value is borrowed.
    try body(unsafe Span(_unsafeElements: bytes))
  }
}
