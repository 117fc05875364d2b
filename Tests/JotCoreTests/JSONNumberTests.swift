import JotCore
import TestSupport
import Testing

@Suite("JSONValue.integer")
struct JSONNumberTests {
  @Test(
    "truncates toward zero by the digits, and reports what does not fit",
    arguments: [
      ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("1.9", 1), ("-1.9", -1), ("0.9", 0),
      ("1e9", 1_000_000_000), ("12345e-2", 123), ("1.5e3", 1500), ("-1.2345e2", -123),
      ("1767225600", 1_767_225_600), ("1767225600.999", 1_767_225_600),
      ("12345678", 12_345_678), ("123456789012345678", 123_456_789_012_345_678),
      ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("9223372036854775807.999", .max), ("9223372036854775808", nil),
      ("-9223372036854775809", nil), ("18446744073709552616", nil), ("1e400", nil),
      ("1e18", 1_000_000_000_000_000_000), ("1e19", nil), ("0e99999999999999999999", 0),
      ("1e-99999999999999999999", 0), ("0.00000000000000000001e20", 1),
      ("1e99999999999999999999", nil),
      ("0.1e1", 1), ("10e-1", 1), ("100000000000000000000e-20", 1),
    ] as [(String, Int64?)])
  func truncates(text: String, expected: Int64?) throws {
    #expect(try integer(text) == expected)
  }

  @Test("agrees with the oracle on random numbers")
  func differential() throws {
    var generator = Seeded(seed: 5)
    for _ in 0..<5000 {
      let whole = digits(1...25, &generator, leading: false)
      let fraction = Bool.random(using: &generator) ? digits(1...25, &generator, leading: true) : ""
      let exponent = Int.random(in: -30...30, using: &generator)
      let sign = Bool.random(using: &generator) ? "-" : ""
      let text = sign + whole + (fraction.isEmpty ? "" : ".\(fraction)") + "e\(exponent)"
      #expect(try integer(text) == oracle(sign, whole, fraction, exponent), "\(text)")
      let plain = sign + whole + (fraction.isEmpty ? "" : ".\(fraction)")
      #expect(try integer(plain) == oracle(sign, whole, fraction, 0), "\(plain)")
    }
  }

  /// Shifts the decimal point in a string of digits and reads the part before it.
  private func oracle(_ sign: String, _ whole: String, _ fraction: String, _ exponent: Int)
    -> Int64?
  {
    let digits = whole + fraction
    let point = whole.count + exponent
    let kept =
      point <= 0
      ? "0" : digits.prefix(point) + String(repeating: "0", count: max(0, point - digits.count))
    return Int64(sign + kept)
  }

  private func digits(
    _ count: ClosedRange<Int>, _ generator: inout Seeded, leading: Bool
  ) -> String {
    let count = Int.random(in: count, using: &generator)
    let digits = (0..<count).map { index in
      String(Int.random(in: (leading || index > 0 || count == 1 ? 0 : 1)...9, using: &generator))
    }
    return digits.joined()
  }

  private func integer(_ text: String) throws -> Int64? {
    try withFirstMember(of: "{\"a\":\(text)}") { value, span in value.integer(span) }
  }
}
