// An axis: its range and its tics.
import Foundation

struct PlotAxis: Sendable {
  var first: Double
  var last: Double
  var isLogarithmic = false
  var tics: [(value: Double, text: String)] = []

  /// From 0 to a round number of at least `top`, with some four steps.
  static func fromZero(to top: Double, text: (Double) -> String) -> PlotAxis {
    let top = max(top, 1e-9)
    var step = 1.0
    while step * 4 < top { step *= 10 }
    while step * 4 / 10 >= top { step /= 10 }
    for smaller in [0.2, 0.5] where step * smaller * 4 >= top {
      step *= smaller
      break
    }
    let count = Int((top / step).rounded(.up))
    let tics = (0...count).map { (value: Double($0) * step, text: text(Double($0) * step)) }
    return PlotAxis(first: 0, last: Double(count) * step, tics: tics)
  }

  /// From `low` to `high`, with some `count` steps at round numbers.
  static func linear(
    _ low: Double, _ high: Double, count: Double, text: (Double) -> String
  ) -> PlotAxis {
    let span = max(high - low, 1e-9)
    let least = span / count
    var step = power(Int(floor(log10(least))))
    step *= [1, 2, 5, 10].first { step * $0 >= least * 0.999 } ?? 10
    let tics = stride(from: (low / step).rounded(.up), through: high / step, by: 1).map {
      (value: $0 * step, text: text($0 * step))
    }
    return PlotAxis(first: low, last: high, tics: tics)
  }

  /// Powers of ten, and steps between them if they fit, around `low...high`.
  ///
  /// - Parameters:
  ///   - length: The length of the axis in pixels.
  ///   - isUpright: Whether the axis is vertical.
  static func logarithmic(
    _ low: Double, _ high: Double, length: Double, isUpright: Bool, text: (Double) -> String
  ) -> PlotAxis {
    /// Pixels from one step to the next, at least.
    func gap(_ one: Double, _ other: Double) -> Double {
      isUpright ? 18 : Double(text(one).count + text(other).count) / 2 * 7.2 + 4
    }
    let (low, high) = (max(low, 1e-6) / 1.15, max(high, low, 1e-6) * 1.15)
    var tics: [Double] = []
    for digits in [[1, 2, 5], [1, 3], [1], [0.1]] as [[Double]] {
      // The last are every second power, for a very long axis.
      let exponents = digits == [0.1] ? Array(stride(from: -5, through: 15, by: 2)) : Array(-6...15)
      tics = digits.flatMap { digit in exponents.map { digit * power($0) } }
        .filter { $0 >= low && $0 <= high }.sorted()
      let pixels = length / log(high / low)
      if zip(tics, tics.dropFirst()).allSatisfy({ log($1 / $0) * pixels >= gap($0, $1) }) { break }
    }
    if tics.isEmpty { tics = [(low * high).squareRoot()] }
    return PlotAxis(
      first: low, last: high, isLogarithmic: true, tics: tics.map { ($0, text($0)) })
  }

  private static func power(_ exponent: Int) -> Double {
    let size = (0..<abs(exponent)).reduce(1.0) { size, _ in size * 10 }
    return exponent < 0 ? 1 / size : size
  }

  /// A number without trailing zeros, like `2 M` for `2.00 M`.
  static func plain(_ text: String) -> String {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard let number = parts.first, number.contains(".") else { return text }
    var digits = number[...]
    while digits.last == "0" { digits = digits.dropLast() }
    if digits.last == "." { digits = digits.dropLast() }
    return ([digits] + parts.dropFirst()).joined(separator: " ")
  }
}
