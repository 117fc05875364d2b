// Fence: texts for the loops in C.
import BenchKit
internal import CBench

/// Texts of one length in one block, and a buffer for an answer.
@safe final class OpenSSLTexts: @unchecked Sendable {
  private let texts: UnsafeMutablePointer<UInt8>
  private let buffer: UnsafeMutablePointer<UInt8>
  private let pool: bench_texts

  /// - Parameter answerCount: The bytes of an answer without padding, ≥ 8.
  init(_ all: [[UInt8]], answerCount: Int) {
    let size = all[0].count
    // SAFETY: both blocks are ours and freed once; `texts` is sized for exactly these texts and
    // initialised whole. An answer is at most 4/3 of a text, its padding and a NUL.
    unsafe texts = .allocate(capacity: all.count * size)
    for (index, text) in all.enumerated() {
      precondition(text.count == size && answerCount >= 8, "texts of one length, 8 bytes or more")
      unsafe (texts + index * size).initialize(from: text, count: size)
    }
    let capacity = size / 3 * 4 + 8
    unsafe buffer = .allocate(capacity: capacity)
    unsafe buffer.initialize(repeating: 0, count: capacity)
    unsafe pool = bench_texts(
      texts: texts, count: all.count, size: size, buffer: buffer, answer_count: answerCount)
  }

  deinit {
    // SAFETY: allocated in init; plain values need no deinitialising.
    unsafe texts.deallocate()
    unsafe buffer.deallocate()
  }

  /// Runs operations over the texts, in C.
  func run(_ coding: JotScenario.Coding, _ cursor: inout Int, _ count: Int) -> UInt64 {
    // SAFETY: the blocks are `self`'s, which this call borrows.
    unsafe withUnsafePointer(to: pool) { pool in
      switch coding {
      case .decode: unsafe bench_run_decode(pool, &cursor, count)
      case .encode: unsafe bench_run_encode(pool, &cursor, count)
      }
    }
  }
}
