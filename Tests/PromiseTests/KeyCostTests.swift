import Foundation
import TestSupport
import Testing

/// What a JWK set costs, in a process limited to 2 CPUs, and in one with 64.
@Suite("Key costs", .serialized)
struct KeyCostTests {
  /// A line of FaultProbe's output.
  struct Cost {
    let (keys, text, calls, kept, peak, microseconds, firstUse, secondUse):
      (Int, Int, Int, Int, Int, Int, Int, Int)

    init(_ type: String, keys: Int, cpus: Int) throws {
      let line = try FaultProbe.run(["set", type, "\(keys)", "\(cpus)"])
      let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      try #require(numbers.count == 9, "\(line)")
      (self.keys, text, calls, kept) = (numbers[0], numbers[1], numbers[2], numbers[3])
      (peak, microseconds, firstUse, secondUse) = (numbers[4], numbers[5], numbers[7], numbers[8])
      try #require(keys == self.keys)
    }
  }

  @Test(
    "a key of a set costs the same on 64 CPUs as on 2, and little until it is used",
    arguments: [
      ("P-256", 3500), ("P-384", 3500), ("P-521", 3500), ("secp256k1", 3500), ("Ed25519", 2000),
      ("Ed448", 2000), ("RSA", 12_000),
    ])
  func perKey(type: String, bytes: Int) throws {
    let count = 300
    let few = try Cost(type, keys: count, cpus: 2)
    guard few.calls > 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    let many = try Cost(type, keys: count, cpus: 64)
    for cost in [few, many] {
      #expect(cost.kept < count * bytes, "\(cost.kept / count) bytes a key")
      #expect(cost.peak < count * bytes + 2 * cost.text, "\(cost.peak) bytes at a time")
      // OpenSSL's are 300 to 600 of them; without optimization the texts of an ID take 400.
      #expect(cost.calls < count * 1500, "\(cost.calls / count) calls of the allocator a key")
      // About 100 µs in debug builds, 300 to 600 for RSA; the rest allows for other load.
      #expect(cost.microseconds < count * 10_000, "\(cost.microseconds / count) µs a key")
      // Slots for each CPU, and one CPU's contexts; both are kept.
      #expect(cost.firstUse < 16_384 && cost.secondUse == 0)
    }
    #expect(abs(many.kept - few.kept) < few.kept / 20)
    #expect(abs(many.calls - few.calls) < few.calls / 20)
    print(
      "\(type): \(many.kept / count) bytes, \(many.calls / count) calls, "
        + "\(many.microseconds / count) µs a key; \(many.firstUse) bytes at its first use")
  }
}
