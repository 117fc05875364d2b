import CProbe

/// Memory of an exact size that detects accesses beyond it: on the heap by AddressSanitizer, at the
/// end or at the start of a page by a fault.
public enum Memory: Sendable {
  case heap
  case page
  case pageStart

  public static let all = [heap, page, pageStart]

  /// Calls `body` with memory of that kind that holds `bytes`.
  public func with<Result, Failure: Error>(
    _ bytes: [UInt8], _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let count = bytes.count
    let block: UnsafeMutableBufferPointer<UInt8>
    // SAFETY: the block has `count` bytes, is initialised here, and is freed when `body` and its span
    // have ended.
    if self == .heap {
      unsafe block = .allocate(capacity: count)
    } else {
      guard let start = unsafe probe_edge(count, self == .pageStart ? 1 : 0) else {
        fatalError("no memory")
      }
      unsafe block = UnsafeMutableBufferPointer(start: start, count: count)
    }
    defer {
      if self == .heap {
        unsafe block.deallocate()
      } else {
        unsafe probe_edge_free(block.baseAddress, count, self == .pageStart ? 1 : 0)
      }
    }
    _ = unsafe block.initialize(fromContentsOf: bytes)
    var span = unsafe MutableSpan(_unsafeElements: block)
    return try body(&span)
  }
}
