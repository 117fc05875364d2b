import CJotKernels
import JotCore
import TestSupport
import Testing

/// Compares the arithmetic below ECDSA with OpenSSL's numbers.
@Suite("Arithmetic of curves")
struct ECFieldTests {
  private static let operations: [(Int, Character, isScalar: Bool)] = [
    (JOT_EC_PRODUCT, "*", false), (JOT_EC_SQUARE, "*", false), (JOT_EC_SUM, "+", false),
    (JOT_EC_DIFFERENCE, "-", false), (JOT_EC_INVERSE, "/", false),
    (JOT_EC_SCALAR_PRODUCT, "*", true), (JOT_EC_SCALAR_INVERSE, "/", true),
  ]

  @Test(
    "agrees with OpenSSL for edge cases and random numbers", arguments: ECDSACurve.allCases,
    [CPUFeature.adx, .portable])
  func arithmetic(curve: ECDSACurve, kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let reference = ECReference(curve)
    var generator = Seeded(seed: UInt64(curve.rawValue))
    for (operation, symbol, isScalar) in Self.operations {
      let modulus = isScalar ? reference.order : reference.prime
      let numbers = edges(reference, below: modulus, &generator)
      for (index, x) in numbers.enumerated() {
        for y in index < 24 ? numbers : [numbers[(7 * index) % numbers.count]] {
          let right = operation == JOT_EC_SQUARE ? x : y
          let expected = reference.calculate(x, symbol, right, isScalar: isScalar)
          var result = x
          unsafe jot_ecdsa_calculate(
            Int32(curve.rawValue), kernel == .adx ? UInt32(JOT_ADX) : 0, Int32(operation), &result,
            x, right)
          if result != expected { Issue.record("\(operation): \(x), \(right): \(result)") }
          if symbol == "/" { break }
        }
      }
    }
  }

  /// Numbers around 0 and the modulus, with words of ones and zeros, and random ones.
  private func edges(
    _ reference: ECReference, below modulus: [UInt8], _ generator: inout Seeded
  ) -> [[UInt8]] {
    var numbers = (0...3).map { reference.small($0) }
    numbers += (1...3).map { reference.sum(modulus, -$0)! }
    #if DEBUG
      let count = 40
    #else
      let count = 600
    #endif
    for index in 0..<count {
      let words = (0..<9).map { _ in Int.random(in: 0...3, using: &generator) }
      numbers.append(
        (0..<reference.length).map { at in
          let byte = UInt8.random(in: 0...255, using: &generator)
          let fromEnd = reference.length - 1 - at
          switch index % 3 == 0 ? 3 : words[fromEnd / 8] {
          case 0: return 0
          case 1: return 0xff
          case 2: return fromEnd % 8 == 0 ? 1 : 0
          default: return byte
          }
        })
    }
    return numbers.map { number in
      number.lexicographicallyPrecedes(modulus)
        ? number
        : reference.calculate(
          number, "+", reference.small(0), isScalar: modulus == reference.order)
    }
  }
}
