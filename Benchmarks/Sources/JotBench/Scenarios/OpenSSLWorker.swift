// Fence: OpenSSL's contexts of one thread.
import BenchKit
internal import CBench

/// Signs or verifies on one thread. Signatures are in the format of JWS.
@safe final class OpenSSLWorker: @unchecked Sendable {
  let handle: OpaquePointer

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
    var own = [UInt8](repeating: 0, count: Int(BENCH_SIGNATURE_CAPACITY))
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

  /// A signature in libcrypto's format; empty if it can't be one.
  func own(_ signature: [UInt8]) -> [UInt8] {
    var own = [UInt8](repeating: 0, count: Int(BENCH_SIGNATURE_CAPACITY))
    // SAFETY: the call reads the signature and writes one.
    let count = unsafe bench_own_signature(handle, signature, signature.count, &own)
    return Array(own[..<count])
  }
}
