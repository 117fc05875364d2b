import CProbe
import JotCore
import TestSupport
import Testing

/// Compares the kernels for one RSA signature with OpenSSL.
@Suite("RSAPublicKey")
struct RSAPublicKeyTests {
  @Test(
    "raise to the power of 65537 as OpenSSL does, for edge cases and random numbers",
    arguments: RSAPublicKey.kernels, [2048, 3072, 4096])
  func powers(kernel: CPUFeature, bits: Int) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let count = bits / 8
    var random = Seeded(seed: UInt64(bits))
    func bytes() -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }
    let ones = [UInt8](repeating: 0xff, count: count)
    let zeros = [UInt8](repeating: 0, count: count)
    // Random, greatest and least moduli, and runs of ones and zeros.
    var moduli = [ones, [0x80] + zeros.dropFirst(), bytes(), bytes(), bytes()]
    moduli.append([UInt8](ones.prefix(count / 2)) + zeros.prefix(count / 2))
    moduli.append([0x80] + zeros.prefix(count / 2) + ones.prefix(count / 2 - 1))
    for var modulus in moduli {
      modulus[0] |= 0x80
      modulus[count - 1] |= 1
      let key = try #require(Prepared(modulus, kernel))
      var numbers = [zeros, ones, Array(zeros.dropLast()) + [1], Array(zeros.dropLast()) + [2]]
      numbers += (-2...2).compactMap { sum(modulus, $0) }
      // A limb of ones at each offset, 52 or 64 bits wide, alone and with all bits below it.
      for start in stride(from: 0, to: count - 8, by: 13) {
        numbers.append(Array(zeros[..<start]) + ones[start..<start + 8] + zeros[(start + 8)...])
        numbers.append(Array(zeros[..<start]) + ones[start...])
      }
      numbers += (0..<40).map { _ in bytes() }
      for number in numbers {
        let isBelow = number.lexicographicallyPrecedes(modulus)
        #expect(key.power(number) == (isBelow ? try reference(number, modulus) : nil))
      }
    }
  }

  @Test("support odd moduli of three sizes only", arguments: RSAPublicKey.kernels)
  func moduli(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    for (count, first, last, fits) in [
      (256, 0x80, 1, true), (384, 0xff, 0xff, true), (512, 0x80, 3, true), (256, 0x7f, 1, false),
      (256, 0x80, 2, false), (255, 0x80, 1, false), (257, 0x80, 1, false), (320, 0x80, 1, false),
      (128, 0x80, 1, false), (1024, 0x80, 1, false), (0, 0, 0, false),
    ] as [(Int, UInt8, UInt8, Bool)] {
      var modulus = [UInt8](repeating: 0x55, count: count)
      if count > 0 { (modulus[0], modulus[count - 1]) = (first, last) }
      #expect((Prepared(modulus, kernel) != nil) == fits, "\(count) bytes")
    }
    #expect(Prepared([UInt8](repeating: 0xff, count: 256), .portable) == nil)
  }
}

/// signature^65537 mod modulus, with OpenSSL's big numbers.
private func reference(_ signature: [UInt8], _ modulus: [UInt8]) throws -> [UInt8] {
  var power = [UInt8](repeating: 0, count: modulus.count)
  try #require(unsafe reference_rsa_power(&power, signature, modulus, modulus.count) == 1)
  return power
}

/// A number plus a small one; nil if the sum needs more bytes.
private func sum(_ number: [UInt8], _ small: Int) -> [UInt8]? {
  var (number, carry) = (number, small)
  for index in number.indices.reversed() {
    carry += Int(number[index])
    number[index] = UInt8(carry & 0xff)
    carry >>= 8
  }
  return carry == 0 ? number : nil
}

/// A class around a prepared key, so that tests can use optionals.
private final class Prepared {
  private let key: RSAPublicKey

  init?(_ modulus: [UInt8], _ kernel: CPUFeature) {
    guard let key = RSAPublicKey(modulus: modulus.span, kernel: kernel) else { return nil }
    self.key = key
  }

  func power(_ number: [UInt8]) -> [UInt8]? {
    var number = number
    let signature = number.mutableSpan
    var encoded = [UInt8](repeating: 0xaa, count: key.byteCount + 8)
    var span = encoded.mutableSpan
    let isDone = key.apply(to: signature, count: key.byteCount, into: &span)
    guard Array(encoded[key.byteCount...]) == [UInt8](repeating: 0xaa, count: 8) else {
      return []
    }
    return isDone ? Array(encoded[..<key.byteCount]) : nil
  }
}
