// Fence: the C side's keys and workers, each owned by one Swift object.
internal import CBench

/// A key that the pool's tokens are made with, by OpenSSL alone.
@safe public final class OpenSSLKey: @unchecked Sendable {
  let handle: OpaquePointer

  /// An HMAC key of a secret, or a fresh RSA key of 2048 bits.
  init(_ algorithm: Scenario.Algorithm, secret: [UInt8]) throws(BenchError) {
    // SAFETY: each call returns a handle that is ours, or nil, and copies what it is given.
    let handle =
      switch algorithm {
      case .hs256: unsafe bench_key_hmac(secret, secret.count)
      case .rs256: unsafe bench_key_rsa(2048)
      }
    guard let handle = unsafe handle else { throw .unusable("OpenSSL made no key") }
    unsafe self.handle = handle
  }

  deinit {
    // SAFETY: the handle is ours, and freed once.
    unsafe bench_key_free(handle)
  }

  /// The RSA key in PEM.
  func pem(isPrivate: Bool) -> String {
    var text = [CChar](repeating: 0, count: 8192)
    // SAFETY: the call writes at most the array's bytes and returns how many.
    let count = unsafe bench_key_pem(handle, isPrivate ? 1 : 0, &text, text.count)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// One thread's OpenSSL: signs and verifies.
@safe final class OpenSSLWorker: @unchecked Sendable {
  private let handle: OpaquePointer

  init(_ key: OpenSSLKey, signs: Bool) throws(BenchError) {
    // SAFETY: the call returns a handle that is ours, or nil.
    guard let handle = unsafe bench_worker_new(key.handle, signs ? 1 : 0) else {
      throw .unusable("OpenSSL made no context")
    }
    unsafe self.handle = handle
  }

  deinit {
    // SAFETY: the handle is ours, and freed once.
    unsafe bench_worker_free(handle)
  }

  func sign(_ input: [UInt8]) throws(BenchError) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: unsafe bench_signature_length(handle))
    // SAFETY: the call reads the input and writes a signature's length.
    guard unsafe bench_sign(handle, input, input.count, &signature) == 1 else {
      throw .unusable("OpenSSL did not sign")
    }
    return signature
  }

  func verify(_ input: [UInt8], _ signature: [UInt8]) -> Bool {
    // SAFETY: the call reads both arrays within their sizes.
    unsafe bench_verify(handle, input, input.count, signature, signature.count) == 1
  }

  /// Runs operations over the pool's items, in C.
  func run(
    signs: Bool, _ items: OpenSSLItems, _ cursor: inout Int, _ count: Int
  ) -> UInt64 {
    // SAFETY: the items' pointers live as long as `items`, which this call borrows.
    signs
      ? unsafe bench_run_sign(handle, items.items, items.count, &cursor, count)
      : unsafe bench_run_verify(handle, items.items, items.count, &cursor, count)
  }
}

/// The pool as C sees it: inputs, signatures and answers in memory of their own.
@safe final class OpenSSLItems: @unchecked Sendable {
  let count: Int
  fileprivate let items: UnsafeMutablePointer<bench_item>
  private let bytes: UnsafeMutablePointer<UInt8>

  init(_ tokens: [PoolToken]) {
    count = tokens.count
    let size = tokens.reduce(0) { $0 + $1.signingInput.count + $1.signature.count }
    // SAFETY: one block for all bytes, one for the items that point into it; both are ours, sized
    // for exactly these tokens, initialised whole and freed once.
    unsafe bytes = .allocate(capacity: size)
    unsafe items = .allocate(capacity: tokens.count)
    var end = 0
    for (index, token) in tokens.enumerated() {
      let input = unsafe bytes + end
      unsafe input.initialize(from: token.signingInput, count: token.signingInput.count)
      end += token.signingInput.count
      let signature = unsafe bytes + end
      unsafe signature.initialize(from: token.signature, count: token.signature.count)
      end += token.signature.count
      unsafe (items + index).initialize(
        to: bench_item(
          input: input, signature: signature, input_count: UInt32(token.signingInput.count),
          signature_count: UInt32(token.signature.count), answer: token.claimsAnswer))
    }
  }

  deinit {
    // SAFETY: allocated in init; plain values need no deinitialising.
    unsafe items.deallocate()
    unsafe bytes.deallocate()
  }
}

/// Texts of one length as C sees them, one behind the other, and room for an answer.
@safe final class OpenSSLTexts: @unchecked Sendable {
  private let texts: UnsafeMutablePointer<UInt8>
  private let room: UnsafeMutablePointer<UInt8>
  private let pool: bench_texts

  /// - Parameter answerCount: Bytes of an answer that count, ≥ 8.
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
    unsafe room = .allocate(capacity: capacity)
    unsafe room.initialize(repeating: 0, count: capacity)
    unsafe pool = bench_texts(
      texts: texts, count: all.count, size: size, room: room, answer_count: answerCount)
  }

  deinit {
    // SAFETY: allocated in init; plain values need no deinitialising.
    unsafe texts.deallocate()
    unsafe room.deallocate()
  }

  /// Runs operations over the texts, in C.
  func run(_ coding: Scenario.Coding, _ cursor: inout Int, _ count: Int) -> UInt64 {
    // SAFETY: the blocks are `self`'s, which this call borrows.
    unsafe withUnsafePointer(to: pool) { pool in
      switch coding {
      case .decode: unsafe bench_run_decode(pool, &cursor, count)
      case .encode: unsafe bench_run_encode(pool, &cursor, count)
      }
    }
  }
}

/// HMAC by EVP_MAC, re-initialised for each tag.
@safe final class EVPMac: @unchecked Sendable {
  private let handle: OpaquePointer

  init(secret: [UInt8]) throws(BenchError) {
    // SAFETY: the call copies the secret and returns a handle that is ours, or nil.
    guard let handle = unsafe bench_evp_mac_new(secret, secret.count) else {
      throw .unusable("OpenSSL made no EVP_MAC")
    }
    unsafe self.handle = handle
  }

  deinit {
    // SAFETY: the handle is ours, and freed once.
    unsafe bench_evp_mac_free(handle)
  }

  func sign(_ input: [UInt8], into tag: inout [UInt8]) -> Bool {
    // SAFETY: the call reads the input and writes 32 bytes, which the tag has.
    unsafe bench_evp_mac_sign(handle, input, input.count, &tag) == 1
  }
}

/// OpenSSL's versions.
public enum OpenSSLVersion {
  // SAFETY: both calls return constant, NUL-terminated texts.
  public static var built: String { unsafe String(cString: bench_openssl_built()) }
  public static var running: String { unsafe String(cString: bench_openssl_running()) }
}
