// The kernels that are interpreted, and their calls.
import CJotKernels
import Testing

/// Where a call's bytes are.
enum Address {
  static let (text, states, result, jobs) =
    (0x1000_0000, 0x2000_0000, 0x3000_0000, 0x4000_0000) as (UInt64, UInt64, UInt64, UInt64)
}

/// A kernel, and how it is called with lengths that reach all of its code.
enum Kernel {
  case hmac(String)
  case hash(String)
  case encode(String)
  case compare(String)
  case batch(String, digest: Int, lanes: Int, features: UInt32 = 0)

  static let isOptimized: Bool = {
    #if DEBUG
      false
    #else
      true
    #endif
  }()

  static let all: [Kernel] = [
    .hmac("jot_hmac_sha256_shani"), .hash("jot_sha256_shani"), .encode("jot_base64url_encode_vbmi"),
    .compare("jot_base64url_matches_vbmi"),
    .batch("jot_sha256_batch_shani", digest: 32, lanes: 4),
    .batch("jot_sha256_batch_shani_avx512", digest: 32, lanes: 4),
    // With and without the SHA extensions, which it calls for few messages.
    .batch("jot_sha256_batch_avx512", digest: 32, lanes: 16),
    .batch("jot_sha256_batch_avx512", digest: 32, lanes: 16, features: UInt32(JOT_SHA)),
    .batch("jot_sha512_batch_avx512", digest: 48, lanes: 8),
    .batch("jot_sha512_batch_avx512", digest: 64, lanes: 8),
  ]

  func run(on machine: inout Machine) throws {
    switch self {
    case .hmac(let name):
      for length in Self.messageLengths {
        try call(
          name, &machine, [Address.result, Address.states, Address.text, UInt64(length)],
          text: length, states: 64, result: 32)
      }
    case .hash(let name):
      for length in Self.messageLengths {
        try call(
          name, &machine, [Address.result, Address.text, UInt64(length)], text: length, result: 32)
      }
    case .encode(let name):
      for length in Self.isOptimized ? Array(0...110) : [0, 20, 32, 48, 64, 100] {
        let result = try call(
          name, &machine, [Address.result, Address.text, UInt64(length)], text: length,
          result: (4 * length + 2) / 3)
        #expect(!result.isSecret && result.bits == 1, "\(name) has encoded \(length) bytes")
      }
    case .compare(let name):
      for length in Self.isOptimized ? Array(16...110) : [16, 32, 48, 64, 100] {
        let result = try call(
          name, &machine, [Address.result, Address.text, UInt64(length)], text: length,
          result: (4 * length + 2) / 3)
        #expect(result.isSecret, "the verdict depends on the bytes, or these were lost")
      }
    case .batch(let name, let digest, let lanes, let features):
      try machine.set("jot_kernels_here", to: features)
      let counts = Set([1, 2, 3, 4, 5, lanes - 1, lanes, lanes + 1, 2 * lanes + 3]).sorted()
      for count in Self.isOptimized ? counts : [lanes + 1] {
        try callBatch(name, &machine, count, digest, isHMAC: true)
        if Self.isOptimized { try callBatch(name, &machine, count, digest, isHMAC: false) }
      }
    }
  }

  /// Around a block's end, with and without room for the padding.
  private static var messageLengths: [Int] {
    isOptimized ? Array(0...200) : [0, 1, 55, 56, 64, 127, 200]
  }

  private func callBatch(
    _ name: String, _ machine: inout Machine, _ count: Int, _ digest: Int, isHMAC: Bool
  ) throws {
    let (block, state) = digest == 32 ? (64, 32) : (128, 64)
    var jobs: [UInt8] = []
    var start = 0
    for number in 0..<count {
      // The messages end at different times, within a block and at its end.
      let length = number * 37 % (3 * block + 1)
      let outer = isHMAC ? Address.states + UInt64(state) : 0
      // Nothing secret has a prefix.
      for word in [Address.states, outer, UInt64(start), UInt64(length), 0] {
        jobs += (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
      }
      start += length
    }
    try call(
      name, &machine, [Address.result, Address.text, Address.jobs, UInt64(count), UInt64(digest)],
      text: start, states: 2 * state, result: 64 * count, jobs: jobs)
  }

  /// Calls a function that may touch exactly as many bytes. All are secret except the jobs, and what
  /// it writes.
  @discardableResult
  private func call(
    _ name: String, _ machine: inout Machine, _ arguments: [UInt64], text: Int, states: Int = 0,
    result: Int, jobs: [UInt8] = []
  ) throws -> Value {
    machine.removeAll()
    machine.add(at: Address.text, text, isSecret: true)
    machine.add(at: Address.states, states, isSecret: true)
    machine.add(at: Address.result, result)
    machine.add(at: Address.jobs, jobs.count, jobs)
    return try machine.call(name, arguments)
  }
}
