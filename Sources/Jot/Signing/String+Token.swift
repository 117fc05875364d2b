// Fence: a string's own memory, which a token is written to: no buffer in between, and no zeros first.

extension String {
  /// Makes the string of the ASCII bytes that `write` puts into the front of a buffer.
  ///
  /// - Parameters:
  ///   - length: Bytes in the buffer.
  ///   - write: Returns the number of bytes that it has written.
  init<Failure>(
    tokenLength length: Int, _ write: (inout MutableSpan<UInt8>) throws(Failure) -> Int
  ) throws(Failure) {
    var failure: Failure?
    unsafe self.init(unsafeUninitializedCapacity: length) { memory in
      // SAFETY: the span covers the string's own bytes, and dies before they do; no byte is read
      // before it is written.
      var token = unsafe MutableSpan(_unsafeElements: memory)
      do throws(Failure) { return try write(&token) } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
  }
}
