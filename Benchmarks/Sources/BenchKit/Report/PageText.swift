// Words and numbers on a page. Every text of a record passes `escaped`.
import Foundation

enum PageText {
  /// Makes a text harmless in HTML and SVG, in elements and in quoted attributes.
  static func escaped(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": safe += "&amp;"
      case "<": safe += "&lt;"
      case ">": safe += "&gt;"
      case "\"": safe += "&quot;"
      case "'": safe += "&#39;"
      // XML forbids controls, and those for the text's direction could show another text.
      case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{200e}", "\u{200f}",
        "\u{202a}"..."\u{202e}", "\u{2066}"..."\u{2069}", "\u{fffe}", "\u{ffff}":
        safe += " "
      default: safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }

  /// A time of three digits with its unit, like `4.75 µs`.
  static func time(_ nanoseconds: Double) -> String {
    var (value, unit) = (nanoseconds, "ns")
    for larger in ["µs", "ms", "s"] where value >= 999.5 { (value, unit) = (value / 1000, larger) }
    return "\(digits(value)) \(unit)"
  }

  /// A time and the interval about it, in the time's unit, like `192.2 ns [191.8, 192.5]`.
  static func time(_ nanoseconds: Double, _ low: Double?, _ high: Double?) -> (String, String?) {
    var (scale, unit) = (1.0, "ns")
    for larger in ["µs", "ms", "s"] where nanoseconds / scale >= 999.95 {
      (scale, unit) = (scale * 1000, larger)
    }
    let digits = nanoseconds / scale >= 99.95 ? 1 : nanoseconds / scale >= 9.995 ? 2 : 3
    func text(_ value: Double) -> String { NumberFormat.fixed(value / scale, digits) }
    let interval = low.flatMap { low in high.map { "[\(text(low)), \(text($0))]" } }
    return ("\(text(nanoseconds)) \(unit)", interval)
  }

  /// A count of three digits, like `4.49 M`; below 100,000 all of its digits.
  static func count(_ value: Double) -> String {
    let all = bounded(value)
    if all < 100_000 { return all < 100 ? digits(all) : NumberFormat.grouped(all) }
    var (value, unit) = (all / 1000, "k")
    for larger in ["M", "G"] where value >= 999.5 { (value, unit) = (value / 1000, larger) }
    return "\(digits(value)) \(unit)"
  }

  /// How many times, like `3.20` or `1,630`.
  static func times(_ value: Double) -> String {
    value < 100 ? digits(value) : NumberFormat.grouped(bounded(value))
  }

  /// Three digits.
  static func digits(_ value: Double) -> String {
    let value = bounded(value)
    return NumberFormat.fixed(
      value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.995 ? 2 : 3)
  }

  /// A quotient of two valid numbers may be too large.
  private static func bounded(_ value: Double) -> Double { value < 1e15 ? value : 1e15 }

  /// A time to the minute, like `2026-11-25, 00:06 UTC`.
  static func date(_ date: Date) -> String {
    let text = date.formatted(.iso8601.dateTimeSeparator(.space))
    return text.dropLast(4).replacing(" ", with: ", ") + " UTC"
  }

  /// An engine's name in its own spelling.
  static func engine(_ name: String) -> String {
    switch name {
    case "jot": "Jot"
    case "openssl": "OpenSSL"
    case "foundation": "Foundation"
    default: name
    }
  }

  /// A text shortened to a width in pixels.
  static func short(_ text: String, pixels: Double) -> String {
    if width(text) <= pixels { return text }
    var kept = Substring(text.prefix(200))
    while !kept.isEmpty, width(kept + "…") > pixels { kept = kept.dropLast() }
    return kept + "…"
  }

  /// The width of a text in pixels, in a wide font.
  static func width(_ text: some StringProtocol) -> Double {
    text.unicodeScalars.reduce(0) { width, scalar in
      let share =
        switch scalar {
        case "W", "M", "m", "@", "%": 1.0
        case "A"..."Z", "w", "&", "_", "=", "+", "<", ">", "#", "~": 0.84
        case "i", "j", "l", "t", "f", "r", " ", ".", ",", ":", ";", "/", "-", "'", "(", ")", "|":
          0.4
        case "\u{20}"..."\u{7e}", "µ", "×", "–": 0.62
        default: 1.1
        }
      return width + share * 13
    }
  }

  /// Keeps numbers and their units on one line.
  static func bound(_ text: String) -> String {
    text.replacing(#/([0-9]) (ns|µs|ms|s|k|M|G|times)\b/#) { "\($0.1)\u{a0}\($0.2)" }
      .replacing(#/([0-9]) %/#) { "\($0.1)\u{a0}%" }
  }

  /// `a`, `a and b`, `a, b and c`.
  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }

  static func threads(_ count: Int) -> String { count == 1 ? "one thread" : "\(count) threads" }

  /// The text with a capital first letter.
  static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}
