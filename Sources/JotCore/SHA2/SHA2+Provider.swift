// Fence: SHA-2 and HMAC by OpenSSL's providers, for when every primitive is left to them.
internal import CJotKernels
internal import COpenSSL

extension SHA2 {
  /// OpenSSL's name of the hash.
  private var name: StaticString {
    switch self {
    case .sha256: "SHA2-256"
    case .sha384: "SHA2-384"
    case .sha512: "SHA2-512"
    }
  }

  /// Hashes `bytes[range]`; an empty digest if OpenSSL fails.
  ///
  /// - Precondition: `range` lies inside the span.
  // Calls EVP, which may allocate; Design.md, "Allocation".
  @_semantics("no_performance_analysis") @inline(never)
  func hashByProvider(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Digest {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      preconditionFailure("the range lies inside")
    }
    var digest = Digest(count: digestLength)
    var count = 0
    // SAFETY: the call reads the range, which lies inside (without bytes its start is unused), and
    // the name, a constant that ends with NUL; it writes the digest, at most 64 of 72 bytes.
    let ticket = jot_enter()
    let isDone = unsafe bytes.withUnsafeBufferPointer { message in
      unsafe withUnsafeMutableBytes(of: &digest.storage) { storage in
        unsafe EVP_Q_digest(
          nil, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), nil,
          message.baseAddress.map { unsafe $0 + range.lowerBound }, range.count,
          storage.baseAddress!.assumingMemoryBound(to: UInt8.self), &count) == 1
      }
    }
    if !isDone { ERR_clear_error() }
    jot_leave(ticket)
    return isDone && count == digestLength ? digest : .empty
  }

  /// Writes the MAC of message[0..<count] under key[0..<keyCount], 32 to 64 bytes, to `tag`; returns
  /// false if OpenSSL fails.
  // As above.
  @unsafe @_semantics("no_performance_analysis") @inline(never)
  func authenticateByProvider(
    _ message: UnsafePointer<UInt8>?, _ count: Int, key: UnsafeRawPointer, _ keyCount: Int,
    into tag: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    var length = 0
    // SAFETY: the call reads the key, the message and the names, constants that end with NUL, and
    // writes at most `digestLength` bytes. OpenSSL wipes its contexts, and the next line the stack.
    let ticket = jot_enter()
    let isDone =
      unsafe EVP_Q_mac(
        nil, "HMAC", nil, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), nil,
        key, keyCount, message, count, tag, digestLength, &length) != nil
    jot_wipe_stack()
    if !isDone { ERR_clear_error() }
    jot_leave(ticket)
    return isDone && length == digestLength
  }
}
