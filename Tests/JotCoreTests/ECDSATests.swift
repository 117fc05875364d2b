import JotCore
import TestSupport
import Testing

/// Compares ECDSAKey and ECDSABatch with OpenSSL, every kernel.
@Suite("ECDSAKey and ECDSABatch")
struct ECDSATests {
  // An emulated CPU is as slow as a debug build.
  #if DEBUG
    private static let isDebug = true
  #else
    private static let isDebug = KernelTests.expected != nil
  #endif

  /// Bits of the digits of a key's table.
  private static func width(of curve: ECDSACurve) -> Int {
    curve == .p384 || curve == .p521 ? 5 : 6
  }

  @Test("random signatures, and signatures changed somewhere", arguments: ECDSACurve.allCases)
  func random(curve: ECDSACurve) throws {
    var generator = Seeded(seed: 31)
    let reference = ECReference(curve)
    let keys = try (0..<4).map { _ in
      try ECTestKey(reference, scalar: reference.random(&generator))
    }
    var cases = ECDSACases(reference)
    for index in 0..<(Self.isDebug ? 96 : 10_000) { cases.add(index, keys, &generator) }
    #expect(cases.validCount > cases.cases.count / 4)
    #expect(cases.validCount < cases.cases.count * 3 / 4)
    cases.check()
  }

  @Test("r and s at the ends of their range", arguments: ECDSACurve.allCases)
  func edges(curve: ECDSACurve) throws {
    var generator = Seeded(seed: 32)
    let reference = ECReference(curve)
    let key = try ECTestKey(reference, scalar: reference.random(&generator))
    var cases = ECDSACases(reference)
    let digest = [UInt8](repeating: 0x5a, count: 32)
    let signature = key.sign(digest)
    let good = [signature.prefix(reference.length), signature.suffix(reference.length)]
    let numbers =
      [
        reference.small(0), reference.small(1), reference.order, reference.prime,
        [UInt8](repeating: 0xff, count: reference.length),
      ] + [-1, 1].map { reference.sum(reference.order, $0)! }
      + [reference.sum(reference.prime, -1)!] + good.map { Array($0) }
    for r in numbers {
      for s in numbers { cases.add(key, r + s, of: digest) }
    }
    // r + n and s + n, if they fit, name the same numbers modulo n.
    for (index, half) in good.enumerated() {
      guard let more = reference.plain(Array(half), reference.order) else { continue }
      cases.add(
        key, index == 0 ? more + good[1] : Array(good[0]) + more, of: digest)
    }
    #expect(cases.validCount == 1)
    cases.check()
  }

  @Test("additions that meet a point and itself, or its opposite", arguments: ECDSACurve.allCases)
  func exceptions(curve: ECDSACurve) throws {
    var generator = Seeded(seed: 33)
    let reference = ECReference(curve)
    let bits = 8 * reference.length - (curve == .p521 ? 8 : 1)
    let one = reference.small(1)
    var cases = ECDSACases(reference)
    for exponent in [0, 1, 5, 6, 8, 48, bits - 1] {
      for isNegative in [false, true] {
        var scalar = reference.power(exponent)
        if isNegative { scalar = reference.calculate(reference.small(0), "-", scalar) }
        let key = try ECTestKey(reference, scalar: scalar)
        let inverse = reference.calculate(scalar, "/")
        // 2^i G and 2^i G again, by Q; or the opposite, which is infinity.
        for place in stride(from: 0, to: bits, by: Self.isDebug ? 37 : 3) {
          let u = reference.power(place)
          cases.add(key, u: u, v: reference.calculate(u, "*", inverse))
          let opposite = reference.calculate(reference.small(0), "-", u)
          cases.add(key, u: u, v: reference.calculate(opposite, "*", inverse))
        }
        // The same with all digits: u G = v Q, and u G = -v Q.
        for _ in 0..<(Self.isDebug ? 2 : 20) {
          let v = reference.random(&generator)
          let u = reference.calculate(v, "*", scalar)
          cases.add(key, u: u, v: v)
          cases.add(key, u: reference.calculate(reference.small(0), "-", u), v: v)
        }
        // Small scalars, and u = 0: of a digest that is 0.
        for _ in 0..<(Self.isDebug ? 4 : 40) {
          let u = reference.small(UInt64.random(in: 0...40, using: &generator))
          let v = reference.small(UInt64.random(in: 1...40, using: &generator))
          cases.add(key, u: u, v: v)
          cases.add(key, u: reference.calculate(reference.small(0), "-", u), v: v)
          cases.add(key, u: reference.small(0), v: v)
        }
        cases.add(key, u: one, v: one)
      }
    }
    // P-521's digests are shorter than its scalars: few of these cases exist.
    #expect(cases.validCount > 30)
    cases.check()
  }

  @Test("a digit of G's that meets the same point in Q's", arguments: ECDSACurve.allCases)
  func windows(curve: ECDSACurve) throws {
    // All digits are 1, so that digit j of G's, 2^(8 j) G, is added to digit i of Q's, 2^(w i) Q, of
    // a key 2^(8 j - w i) G. The digits of one signature are added in pairs, half of all apart.
    let reference = ECReference(curve)
    let bits = curve == .p521 ? 521 : 8 * reference.length
    let width = Self.width(of: curve)
    let (shared, own) = ((bits + 7) / 8, (bits + width - 1) / width)
    var u = reference.small(0)
    for place in 0..<shared - 1 { u = reference.calculate(u, "+", reference.power(8 * place)) }
    var v = reference.small(0)
    for place in 0..<own - 1 { v = reference.calculate(v, "+", reference.power(width * place)) }
    var cases = ECDSACases(reference)
    for place in stride(from: 0, to: shared - 1, by: Self.isDebug ? 7 : 1) {
      let other = place + (shared + own + 1) / 2 - (shared - 1)
      guard other >= 0, other < own - 1 else { continue }
      let exponent = 8 * place - width * other
      var scalar = reference.power(abs(exponent))
      if exponent < 0 { scalar = reference.calculate(scalar, "/") }
      for isNegative in [false, true] {
        if isNegative { scalar = reference.calculate(reference.small(0), "-", scalar) }
        let key = try ECTestKey(reference, scalar: scalar)
        cases.add(key, u: u, v: v)
        // So that there is a case for P-521, too.
        cases.add(key, u: reference.small(0), v: v)
      }
    }
    // As many digits as lanes, or twice as many: the first of Q's is added to the first of G's.
    for count in [4, 8] {
      for isNegative in [false, true] {
        let one = reference.small(1)
        let scalar = isNegative ? reference.calculate(reference.small(0), "-", one) : one
        let key = try ECTestKey(reference, scalar: scalar)
        let sums = [8, width].map { width in
          (0..<count).reduce(into: reference.small(0)) {
            $0 = reference.calculate($0, "+", reference.power(width * $1))
          }
        }
        cases.add(key, u: sums[0], v: sums[1])
      }
    }
    #expect(cases.validCount >= 8)
    cases.check()
  }

  @Test("scalars at the ends of windows, and of the half order", arguments: ECDSACurve.allCases)
  func digits(curve: ECDSACurve) throws {
    var generator = Seeded(seed: 34)
    let reference = ECReference(curve)
    let key = try ECTestKey(reference, scalar: reference.random(&generator))
    let two = reference.calculate(reference.small(2), "/")
    var numbers = [two] + [1, 2].map { reference.calculate(two, "-", reference.small($0)) }
    numbers += [1, 2].map { reference.sum(reference.order, -$0)! }
    // Each digit is the greatest without a carry, or the least with one; or all are ones.
    let width = Self.width(of: curve)
    let half = 1 << (width - 1)
    for (width, digit) in [
      (width, half), (width, half + 1), (width, half - 1), (width, 2 * half - 1), (8, 128),
      (8, 129), (8, 255),
    ] {
      var sum = reference.small(0)
      for place in 0..<(8 * reference.length - 16) / width {
        let term = reference.power(width * place, times: UInt64(digit))
        sum = reference.calculate(sum, "+", term)
      }
      numbers.append(sum)
    }
    var cases = ECDSACases(reference)
    for u in numbers + [reference.small(0)] {
      for v in numbers { cases.add(key, u: u, v: v) }
    }
    #expect(cases.validCount >= numbers.count)
    cases.check()
  }
}
