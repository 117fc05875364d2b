// Fence: the C side's keys and workers, each owned by one Swift object.
internal import CBench

/// A key that the pool's tokens are made with, by OpenSSL alone.
@safe public final class OpenSSLKey: @unchecked Sendable {
  public let algorithm: JotScenario.Algorithm
  /// What an HMAC key was made of.
  let secret: [UInt8]
  let handle: OpaquePointer

  /// An HMAC key of a secret, or a fresh pair of keys.
  init(_ algorithm: JotScenario.Algorithm, secret: [UInt8]) throws(BenchError) {
    // SAFETY: the call returns a handle that is ours, or nil, and copies what it is given.
    let handle = unsafe bench_key_new(algorithm.rawValue, secret, secret.count)
    guard let handle = unsafe handle else {
      throw .unusable("OpenSSL made no key for \(algorithm.rawValue)")
    }
    (self.algorithm, self.secret) = (algorithm, secret)
    unsafe self.handle = handle
  }

  /// A private key from the PEM that ``pem(isPrivate:)`` writes.
  init(_ algorithm: JotScenario.Algorithm, pem: String) throws(BenchError) {
    let text = Array(pem.utf8CString.dropLast())
    // SAFETY: the call reads the array within its size, and returns a handle that is ours, or nil.
    let handle = unsafe bench_key_from_pem(algorithm.rawValue, text, text.count)
    guard let handle = unsafe handle else {
      throw .unusable("OpenSSL read no key for \(algorithm.rawValue)")
    }
    (self.algorithm, secret) = (algorithm, [])
    unsafe self.handle = handle
  }

  deinit {
    // SAFETY: the handle is ours, and freed once.
    unsafe bench_key_free(handle)
  }

  /// The key in PEM, if it is no secret.
  func pem(isPrivate: Bool) -> String {
    var text = [CChar](repeating: 0, count: 8192)
    // SAFETY: the call writes at most the array's bytes and returns how many.
    let count = unsafe bench_key_pem(handle, isPrivate ? 1 : 0, &text, text.count)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// One thread's OpenSSL: signs or verifies; signatures are as a JWS has them.
@safe final class OpenSSLWorker: @unchecked Sendable {
  fileprivate let handle: OpaquePointer

  init(_ key: OpenSSLKey, signs: Bool) throws(BenchError) {
    // SAFETY: the call returns a handle that is ours, or nil.
    guard let handle = unsafe bench_worker_new(key.handle, signs ? 1 : 0) else {
      throw .unusable("OpenSSL made no context for \(key.algorithm.rawValue)")
    }
    unsafe self.handle = handle
  }

  deinit {
    // SAFETY: the handle is ours, and freed once.
    unsafe bench_worker_free(handle)
  }

  func sign(_ input: [UInt8]) throws(BenchError) -> [UInt8] {
    var own = [UInt8](repeating: 0, count: Int(BENCH_SIGNATURE_ROOM))
    var signature = own
    // SAFETY: the calls read within the sizes that they are given, and write a signature at most.
    let count = unsafe bench_sign(handle, input, input.count, &own)
    let length = unsafe bench_jws_signature(handle, own, count, &signature)
    guard count > 0, length > 0 else { throw .unusable("OpenSSL did not sign") }
    return Array(signature[..<length])
  }

  func verify(_ input: [UInt8], _ signature: [UInt8]) -> Bool {
    let own = own(signature)
    // SAFETY: the call reads both arrays within their sizes.
    return unsafe bench_verify(handle, input, input.count, own, own.count) == 1
  }

  /// A signature as libcrypto has it; empty where it can't be one.
  fileprivate func own(_ signature: [UInt8]) -> [UInt8] {
    var own = [UInt8](repeating: 0, count: Int(BENCH_SIGNATURE_ROOM))
    // SAFETY: the call reads the signature and writes one.
    let count = unsafe bench_own_signature(handle, signature, signature.count, &own)
    return Array(own[..<count])
  }
}

/// The pool as C sees it: inputs, signatures and answers in memory of their own.
@safe final class OpenSSLItems: @unchecked Sendable {
  private let count: Int
  private let items: UnsafeMutablePointer<bench_item>
  private let bytes: UnsafeMutablePointer<UInt8>
  private let workers: [OpenSSLWorker]

  /// - Parameter workers: One for each key of the tokens.
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
