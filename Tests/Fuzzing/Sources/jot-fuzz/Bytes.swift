// Bytes with exact ends, bytes as decisions, and random choices.
import Foundation

/// Bytes on the heap of exactly this length, so that AddressSanitizer sees an access behind them.
struct ExactBytes: ~Copyable {
  let memory: UnsafeMutableBufferPointer<UInt8>

  init(count: Int, filledWith byte: UInt8 = 0x31) {
    // SAFETY: this value alone owns the block, writes all of it and frees it once, in deinit.
    let block = malloc(count)!.assumingMemoryBound(to: UInt8.self)
    memory = UnsafeMutableBufferPointer(start: block, count: count)
    memory.initialize(repeating: byte)
  }

  init(_ bytes: [UInt8]) {
    self.init(count: bytes.count)
    _ = memory.update(fromContentsOf: bytes)
  }

  deinit { free(memory.baseAddress) }

  /// A copy.
  var array: [UInt8] { Array(memory) }

  func withSpan<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the span dies with the closure, during which this value is borrowed.
    try body(Span(_unsafeElements: UnsafeBufferPointer(memory)))
  }

  func withMutableSpan<Result, Failure: Error>(
    _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: as above; a target is one thread and makes one span at a time.
    var span = MutableSpan(_unsafeElements: memory)
    return try body(&span)
  }
}

/// The front of an input as numbers; zeros behind its end.
struct ByteReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A number below `limit`, which is at most 256.
  mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

  /// A number of two bytes below `limit`.
  mutating func offset(below limit: Int) -> Int {
    let number = Int(byte()) << 8 | Int(byte())
    return limit == 0 ? 0 : number % limit
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    let front = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    return front
  }
}

extension Seeded {
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func one<Choices: RandomAccessCollection>(of choices: Choices) -> Choices.Element {
    choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
  }
}
