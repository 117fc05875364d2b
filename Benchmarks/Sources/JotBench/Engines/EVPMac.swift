// Fence: HMAC by OpenSSL's EVP_MAC.
import BenchKit
internal import CBench

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
