// Fence: OpenSSL's keys, each owned by one Swift object.
import BenchKit
internal import CBench

/// A key of a pool's tokens, which OpenSSL alone makes.
@safe public final class OpenSSLKey: @unchecked Sendable {
  public let algorithm: JotScenario.Algorithm
  /// The secret of an HMAC key.
  let secret: [UInt8]
  let handle: OpaquePointer

  /// An HMAC key from a secret, or a new pair of keys.
  init(_ algorithm: JotScenario.Algorithm, secret: [UInt8]) throws(BenchError) {
    // SAFETY: the call returns a handle that is ours, or nil, and copies what it is given.
    let handle = unsafe bench_key_new(algorithm.rawValue, secret, secret.count)
    guard let handle = unsafe handle else {
      throw .unusable("OpenSSL made no key for \(algorithm.rawValue)")
    }
    (self.algorithm, self.secret) = (algorithm, secret)
    unsafe self.handle = handle
  }

  /// Reads a private key that ``pem(isPrivate:)`` wrote.
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

  /// The key as PEM; not for HMAC.
  func pem(isPrivate: Bool) -> String {
    var text = [CChar](repeating: 0, count: 8192)
    // SAFETY: the call writes at most the array's bytes and returns how many.
    let count = unsafe bench_key_pem(handle, isPrivate ? 1 : 0, &text, text.count)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
