// What wrk prints at its end.

/// The figures of one run of wrk, with `--latency`.
struct WrkOutput: Equatable {
  var requests = 0
  /// Connections and answers that failed, and answers other than 2xx and 3xx.
  var errors = 0
  /// Microseconds.
  var p50 = 0.0
  var p99 = 0.0

  /// Reads the output.
  ///
  /// - Throws: What is missing.
  init(_ text: String) throws(BenchError) {
    var found: Set<String> = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split { $0 == " " || $0 == "," || $0 == "\t" }.map(String.init)
      switch words.first {
      case "50%" where words.count == 2:
        if let time = Self.microseconds(words[1]) { (p50, _) = (time, found.insert("50 %")) }
      case "99%" where words.count == 2:
        if let time = Self.microseconds(words[1]) { (p99, _) = (time, found.insert("99 %")) }
      case "Socket":
        // Socket errors: connect 0, read 0, write 0, timeout 0
        errors += words.compactMap { Int($0) }.reduce(0, +)
      case "Non-2xx":
        errors += words.last.flatMap { Int($0) } ?? 1
      default:
        if words.count > 2, words[1] == "requests", words[2] == "in", let count = Int(words[0]) {
          (requests, _) = (count, found.insert("requests"))
        }
      }
    }
    for part in ["50 %", "99 %", "requests"] where !found.contains(part) {
      let last = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "nothing"
      throw .unusable("wrk did not print its \(part); its last line is: \(last.short)")
    }
  }

  /// A time like `6.11ms`.
  static func microseconds(_ text: String) -> Double? {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let units = ["us": 1, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6]
    guard let value = Double(digits), let unit = units[String(text.dropFirst(digits.count))] else {
      return nil
    }
    return value * unit
  }
}
