import JotCore
import TestSupport
import Testing

@Suite("RSABatch")
struct RSABatchTests {
  @Test("agrees with schoolbook arithmetic, each value in each lane", arguments: [256, 384, 512])
  func agrees(length: Int) {
    var generator = Seeded(seed: UInt64(length))
    let cases = moduli(length, &generator).flatMap { modulus in
      values(below: modulus, &generator).map { Exponentiation(modulus: modulus, value: $0) }
    }
    let keys = Keys(cases.map(\.modulus))
    for kernel in RSABatch.kernels where kernel.isAvailable {
      let lanes = RSABatch(kernel).lanes
      for shift in 0..<cases.count {
        let chosen = (0..<lanes).map { (shift + $0) % cases.count }
        let results = raise(chosen.map { cases[$0].value }, chosen, keys, with: kernel)
        for (lane, index) in chosen.enumerated() where results[lane] != cases[index].result {
          Issue.record("\(kernel), \(8 * length) bits: case \(index) in lane \(lane)")
        }
      }
    }
  }

  @Test("accepts fewer signatures than lanes, and writes no byte outside the results")
  func partial() {
    var generator = Seeded(seed: 7)
    let modulus = number(below: 256, top: 0xc5, last: 0x7b, &generator)
    let value = number(below: 256, top: 0x12, last: 0x34, &generator)
    let expected = Exponentiation(modulus: modulus, value: value).result
    let key = RSABatchKey(modulus: modulus.span)!
    for kernel in RSABatch.kernels where kernel.isAvailable {
      var batch = RSABatch(kernel)
      for count in 1...batch.lanes {
        // Each result overwrites its signature; the offsets are an odd number of bytes apart.
        var bytes = [UInt8](repeating: 0xa5, count: 259 * count + 3)
        for job in 0..<count {
          bytes.replaceSubrange(259 * job + 3..<259 * (job + 1), with: value)
          // SAFETY: the key lives to the end of this function.
          unsafe batch.add(key, signature: 259 * job + 3, result: 259 * job + 3)
        }
        #expect(batch.count == count)
        var span = bytes.mutableSpan
        batch.exponentiate(in: &span)
        #expect(batch.count == 0)
        for job in 0..<count {
          #expect(Array(bytes[259 * job + 3..<259 * (job + 1)]) == expected)
          #expect(Array(bytes[259 * job..<259 * job + 3]) == [0xa5, 0xa5, 0xa5])
        }
        #expect(Array(bytes[(259 * count)...]) == [0xa5, 0xa5, 0xa5])
      }
    }
  }

  @Test("prepares no modulus that the kernels don't support")
  func refuses() {
    func prepares(_ modulus: [UInt8]) -> Bool { RSABatchKey(modulus: modulus.span) != nil }
    for length in [256, 384, 512] {
      var modulus = [UInt8](repeating: 0x81, count: length)
      #expect(prepares(modulus))
      #expect(!prepares(Array(modulus.dropLast())))
      #expect(!prepares(modulus + [0x81]))
      modulus[0] = 0x7f
      #expect(!prepares(modulus), "the top bit")
      modulus[0] = 0x80
      modulus[length - 1] = 0x80
      #expect(!prepares(modulus), "even")
    }
    #expect(!prepares([]))
  }
}

/// A list of prepared keys: an array can't hold them, as they are not copyable.
private final class Keys {
  private let first: RSABatchKey
  private let rest: Keys?

  init(_ moduli: some Collection<[UInt8]>) {
    let modulus = moduli.first!
    first = RSABatchKey(modulus: modulus.span)!
    rest = moduli.count == 1 ? nil : Keys(moduli.dropFirst())
  }

  func add(_ index: Int, to batch: inout RSABatch, signature: Int, result: Int) {
    // SAFETY: the caller keeps the keys alive until the batch is computed.
    if index == 0 { return unsafe batch.add(first, signature: signature, result: result) }
    rest!.add(index - 1, to: &batch, signature: signature, result: result)
  }
}

private func raise(
  _ values: [[UInt8]], _ keys: [Int], _ all: Keys, with kernel: CPUFeature
) -> [[UInt8]] {
  let (length, count) = (values[0].count, values.count)
  var bytes = values.flatMap { $0 } + [UInt8](repeating: 0, count: length * count)
  var batch = RSABatch(kernel)
  for (lane, key) in keys.enumerated() {
    all.add(key, to: &batch, signature: length * lane, result: length * (count + lane))
  }
  do {
    var span = bytes.mutableSpan
    batch.exponentiate(in: &span)
  }
  withExtendedLifetime(all) {}
  return (0..<count).map { Array(bytes[length * (count + $0)..<length * (count + $0 + 1)]) }
}

// MARK: - Numbers

/// The least and the greatest modulus, moduli with a 52-bit limb of all zeros or all ones, and a
/// random one.
private func moduli(_ length: Int, _ generator: inout Seeded) -> [[UInt8]] {
  var least = [UInt8](repeating: 0, count: length)
  (least[0], least[length - 1]) = (0x80, 1)
  var striped = limbs(length) { $0 % 2 == 0 }
  (striped[0], striped[length - 1]) = (striped[0] | 0x80, 0xff)
  return [
    [UInt8](repeating: 0xff, count: length), least, striped,
    number(below: length, top: 0xb1, last: 0x0f, &generator),
  ]
}

private func values(below modulus: [UInt8], _ generator: inout Seeded) -> [[UInt8]] {
  let length = modulus.count
  var one = [UInt8](repeating: 0, count: length)
  one[length - 1] = 1
  var most = modulus
  most[length - 1] -= 1
  var ones = [UInt8](repeating: 0xff, count: length)
  ones[0] = 0x7f
  var striped = limbs(length) { $0 % 3 != 0 }
  striped[0] &= 0x7f
  return [
    [UInt8](repeating: 0, count: length), one, most, ones, striped,
    number(below: length, top: 0x7f, last: 0x55, &generator),
  ]
}

/// A number whose 52-bit limbs are each all ones or all zeros.
private func limbs(_ length: Int, _ isSet: (Int) -> Bool) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: length)
  for bit in 0..<8 * length where isSet(bit / 52) {
    bytes[length - 1 - bit / 8] |= 1 << UInt8(bit % 8)
  }
  return bytes
}

private func number(
  below length: Int, top: UInt8, last: UInt8, _ generator: inout Seeded
) -> [UInt8] {
  [top] + random(length - 2, &generator) + [last]
}

// MARK: - The oracle

/// value^65537 mod modulus, by schoolbook multiplication and long division in base 2^32.
private struct Exponentiation {
  let modulus: [UInt8]
  let value: [UInt8]
  let result: [UInt8]

  init(modulus: [UInt8], value: [UInt8]) {
    (self.modulus, self.value) = (modulus, value)
    let (n, base) = (words(modulus), words(value))
    var power = base
    for _ in 0..<16 { power = remainder(product(power, power), n) }
    result = bytes(remainder(product(power, base), n))
  }
}

/// Least significant word first.
private func words(_ bytes: [UInt8]) -> [UInt32] {
  stride(from: bytes.count - 4, through: 0, by: -4).map { at in
    bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}

private func bytes(_ words: [UInt32]) -> [UInt8] {
  words.reversed().flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
}

private func product(_ x: [UInt32], _ y: [UInt32]) -> [UInt32] {
  var product = [UInt32](repeating: 0, count: x.count + y.count)
  for i in x.indices {
    var carry: UInt64 = 0
    for j in y.indices {
      carry += UInt64(x[i]) * UInt64(y[j]) + UInt64(product[i + j])
      product[i + j] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    product[i + y.count] = UInt32(carry)
  }
  return product
}

/// x mod n. The top bit of n is set, so that a digit guessed from the top words is at most two too
/// large.
private func remainder(_ x: [UInt32], _ n: [UInt32]) -> [UInt32] {
  var rest = x + [0]
  for shift in stride(from: x.count - n.count, through: 0, by: -1) {
    let top = UInt64(rest[shift + n.count]) << 32 | UInt64(rest[shift + n.count - 1])
    let digit = min(top / UInt64(n[n.count - 1]), 0xffff_ffff)
    var borrow: Int64 = 0
    var carry: UInt64 = 0
    for at in 0...n.count {
      carry += at < n.count ? digit * UInt64(n[at]) : 0
      borrow += Int64(rest[shift + at]) - Int64(carry & 0xffff_ffff)
      rest[shift + at] = UInt32(truncatingIfNeeded: borrow)
      borrow >>= 32
      carry >>= 32
    }
    while borrow < 0 {
      var sum: UInt64 = 0
      for at in 0...n.count {
        sum += UInt64(rest[shift + at]) + (at < n.count ? UInt64(n[at]) : 0)
        rest[shift + at] = UInt32(truncatingIfNeeded: sum)
        sum >>= 32
      }
      borrow += Int64(sum)
    }
  }
  return Array(rest[0..<n.count])
}
