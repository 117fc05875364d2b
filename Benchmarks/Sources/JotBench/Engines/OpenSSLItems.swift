// Fence: a pool's tokens for the loops in C.
import BenchKit
internal import CBench

/// Inputs, signatures and answers in memory that C reads.
@safe final class OpenSSLItems: @unchecked Sendable {
  private let count: Int
  private let items: UnsafeMutablePointer<bench_item>
  private let bytes: UnsafeMutablePointer<UInt8>
  private let workers: [OpenSSLWorker]

  /// - Parameter workers: One for each key of the pool.
  init(_ tokens: [PoolToken], _ workers: [OpenSSLWorker]) {
    (count, self.workers) = (tokens.count, workers)
    let signatures = tokens.map { workers[$0.key].own($0.signature) }
    let size = zip(tokens, signatures).reduce(0) { $0 + $1.0.signingInput.count + $1.1.count }
    // SAFETY: one block for all bytes, one for the items that point into it; both are ours, sized
    // for exactly these tokens, initialised whole and freed once. The workers live as long.
    unsafe bytes = .allocate(capacity: size)
    unsafe items = .allocate(capacity: tokens.count)
    var end = 0
    for (index, token) in tokens.enumerated() {
      let input = unsafe bytes + end
      unsafe input.initialize(from: token.signingInput, count: token.signingInput.count)
      end += token.signingInput.count
      let signature = unsafe bytes + end
      unsafe signature.initialize(from: signatures[index], count: signatures[index].count)
      end += signatures[index].count
      unsafe (items + index).initialize(
        to: bench_item(
          worker: workers[token.key].handle, input: input, signature: signature,
          input_count: UInt32(token.signingInput.count),
          signature_count: UInt32(signatures[index].count), answer: token.claimsAnswer))
    }
  }

  /// Runs operations over the tokens, in C.
  func run(signs: Bool, _ cursor: inout Int, _ count: Int) -> UInt64 {
    // SAFETY: the items' pointers live as long as `self`, which this call borrows.
    signs
      ? unsafe bench_run_sign(items, self.count, &cursor, count)
      : unsafe bench_run_verify(items, self.count, &cursor, count)
  }

  deinit {
    // SAFETY: allocated in init; plain values need no deinitialising.
    unsafe items.deallocate()
    unsafe bytes.deallocate()
  }
}
