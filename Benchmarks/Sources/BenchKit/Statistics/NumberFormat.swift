// Numbers as people and records have them.
import Foundation

/// Formats numbers with as many digits as mean something.
package enum NumberFormat {
  /// Four significant digits at least, no exponent.
  package static func text(_ value: Double?) -> String? {
    guard let value else { return nil }
    guard value.isFinite else { return fixed(value, 0) }
    let digits = value == 0 ? 0 : max(0, 3 - Int(log10Floor(abs(value))))
    return fixed(value, min(digits, 4))
  }

  package static func ratio(_ value: Double?) -> String? { value.map { fixed($0, 3) } }

  /// Rounds to `digits` decimal places. A number beyond 64 bits is written as it is.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    guard let units = Int64(exactly: (value * scale).rounded()) else { return "\(value)" }
    guard digits > 0 else { return "\(units)" }
    let (whole, rest) = (units.magnitude / UInt64(scale), units.magnitude % UInt64(scale))
    let tail = String(rest)
    return (units < 0 ? "-" : "") + "\(whole)."
      + String(repeating: "0", count: digits - tail.count) + tail
  }

  /// A share as a percentage with one decimal place; a small one with two.
  package static func percent(_ share: Double) -> String {
    "\(fixed(share * 100, abs(share) < 0.001 ? 2 : 1)) %"
  }

  /// A share in per cent with its sign, without the unit.
  package static func signed(_ share: Double, _ digits: Int) -> String {
    (share >= 0 ? "+" : "") + fixed(share * 100, digits)
  }

  /// Rounds to significant digits, as a record keeps slices.
  package static func rounded(_ value: Double, digits: Int = 6) -> Double {
    guard value != 0, value.isFinite else { return 0 }
    let scale = pow(10, Double(digits - 1) - log10Floor(abs(value)))
    return (value * scale).rounded() / scale
  }

  private static func log10Floor(_ value: Double) -> Double {
    var (rest, places) = (value, 0.0)
    while rest >= 10 { (rest, places) = (rest / 10, places + 1) }
    while rest < 1 { (rest, places) = (rest * 10, places - 1) }
    return places
  }

  /// A whole number in groups of three digits; below 10 with one decimal place.
  package static func grouped(_ value: Double?) -> String {
    guard let value else { return "-" }
    if value < 10 { return fixed(value, 1) }
    var digits = fixed(value, 0)[...]
    guard digits.allSatisfy(\.isNumber) else { return String(digits) }
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = digits.dropLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }

  /// Lines of at most 100 columns.
  package static func wrapped(_ text: String) -> [String] {
    var lines: [String] = [""]
    for word in text.split(separator: " ") {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if line.count + 1 + word.count <= 100 {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
