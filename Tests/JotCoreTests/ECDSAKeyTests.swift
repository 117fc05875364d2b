import JotCore
import TestSupport
import Testing

/// Keys, coordinates and places in a batch: what random signatures never meet.
@Suite("ECDSAKey and ECDSABatch: keys and places")
struct ECDSAKeyTests {
  #if DEBUG
    private static let isDebug = true
  #else
    private static let isDebug = false
  #endif

  @Test(
    "a sum whose coordinate is r + n, and one whose coordinate is below",
    arguments: ECDSACurve.allCases)
  func coordinates(curve: ECDSACurve) throws {
    // R is chosen, and the key is Q = (s R - z G) / r.
    var generator = Seeded(seed: 35)
    let reference = ECReference(curve)
    let difference = reference.calculate(
      reference.prime, "-", reference.order, isScalar: false)
    var cases = ECDSACases(reference)
    var candidates = (1...30).map { reference.small($0) }
    candidates += (1...30).map { reference.sum(difference, -$0)! }
    for r in candidates {
      for isGreater in [false, true] {
        guard let x = isGreater ? reference.plain(r, reference.order) : r,
          let point = reference.lift(x)
        else { continue }
        let (s, inverse) = (reference.random(&generator), reference.calculate(r, "/"))
        let digest = Array(reference.random(&generator).suffix(32))
        let z = digest.reversed().enumerated().reduce(into: reference.small(0)) {
          $0[reference.length - 1 - $1.offset] = $1.element
        }
        // Of a longer number the first bytes would count.
        let u = reference.calculate(
          reference.small(0), "-", reference.calculate(z, "*", inverse))
        let q = try #require(
          reference.point(u, reference.calculate(s, "*", inverse), of: point))
        let key = try ECTestKey(reference, q)
        cases.add(key, r + s, of: digest)
        cases.add(key, reference.sum(r, 1)! + s, of: digest)
        // x itself is not below n.
        if isGreater { cases.add(key, x + s, of: digest) }
      }
      if cases.validCount >= (Self.isDebug ? 12 : 60) { break }
    }
    #expect(cases.validCount >= 12)
    cases.check()
  }

  @Test("one invalid signature in each place of a batch, of each size")
  func places() throws {
    var generator = Seeded(seed: 36)
    let reference = ECReference(.p256)
    // A key of which additions fail, and a usual one.
    let keys = [
      try ECTestKey(reference, scalar: reference.small(1)),
      try ECTestKey(reference, scalar: reference.random(&generator)),
    ]
    let digest = [UInt8](repeating: 7, count: 32)
    let good = (0..<32).map { _ in keys[1].sign(digest) }
    var special = ECDSACases(reference)
    special.add(keys[0], u: reference.power(144), v: reference.power(144))
    let exception = try #require(special.cases.first)
    #expect(exception.isValid)
    for kernel in reference.kernels {
      for size in Self.isDebug ? [1, 2, 7, 31, 32] : Array(1...32) {
        for place in 0..<size {
          // Out of range, wrong, and valid by the slow way.
          for kind in 0..<3 {
            var bytes = good[0..<size].flatMap { $0 }
            let range = 64 * place..<64 * (place + 1)
            switch kind {
            case 0: bytes.replaceSubrange(range, with: [UInt8](repeating: 0, count: 64))
            case 1: bytes[64 * place + 40] ^= 4
            default: bytes.replaceSubrange(range, with: exception.signature)
            }
            var batch = ECDSABatch()
            for index in 0..<size {
              let isSpecial = kind == 2 && index == place
              keys[isSpecial ? 0 : 1].add(
                to: &batch, at: 64 * index, of: isSpecial ? exception.digest : digest, by: kernel)
            }
            let span = bytes.mutableSpan
            let all = UInt32.max >> UInt32(32 - size)
            #expect(batch.verify(in: span) == (kind == 2 ? all : all & ~(1 << UInt32(place))))
          }
        }
      }
    }
  }

  @Test("no signature is valid of an empty digest", arguments: ECDSACurve.allCases)
  func empty(curve: ECDSACurve) throws {
    // As a number it is 0: then r = x of v Q and s = r / v would do for any v.
    let reference = ECReference(curve)
    let key = try ECTestKey(reference, scalar: reference.small(5))
    var cases = ECDSACases(reference)
    cases.add(key, u: reference.small(0), v: reference.small(3))
    var signature = try #require(cases.cases.first).signature
    for kernel in reference.kernels {
      #expect(key.isValid(&signature, at: 0, of: [0], by: kernel))
      #expect(!key.isValid(&signature, at: 0, of: [], by: kernel))
      var batch = ECDSABatch()
      key.add(to: &batch, at: 0, of: [], by: kernel)
      key.add(to: &batch, at: 0, of: [0], by: kernel)
      let span = signature.mutableSpan
      #expect(batch.verify(in: span) == 2)
    }
  }

  @Test("a key is a point on its curve, with coordinates below the prime")
  func points() throws {
    for curve in ECDSACurve.allCases {
      let reference = ECReference(curve)
      let point = try #require(reference.point(reference.small(7)))
      let zero = reference.small(0)
      for kernel in reference.kernels {
        func prepares(_ x: [UInt8], _ y: [UInt8]) -> Bool {
          ECDSAKey(curve: curve, x: x.span, y: y.span, kernel: kernel) != nil
        }
        #expect(prepares(point.x, point.y))
        #expect(!prepares(point.x, reference.sum(point.y, 1)!))
        #expect(!prepares(reference.sum(point.x, 1)!, point.y))
        #expect(!prepares(zero, zero))
        #expect(!prepares([0] + point.x, point.y) && !prepares(point.x, [0] + point.y))
        #expect(!prepares(Array(point.x.dropLast()), point.y) && !prepares([], []))
        // A small coordinate, and the same with the prime added.
        for small in 0..<20 {
          guard let low = reference.lift(reference.small(UInt64(small))),
            let high = reference.plain(low.x, reference.prime)
          else { continue }
          #expect(prepares(low.x, low.y) && !prepares(high, low.y))
        }
      }
    }
  }
}
