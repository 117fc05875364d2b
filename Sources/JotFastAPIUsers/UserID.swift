// User IDs as subjects: written like Python's str(), read like FastAPI Users' ID parsers.

extension FastAPIUsers {
  /// An ID that can be a token's subject.
  public protocol UserID: Sendable, Hashable {
    /// Reads a subject; nil if the text is not an ID.
    init?(tokenSubject subject: String)

    /// The text of the ID in a token's `sub`.
    var tokenSubject: String { get }
  }
}

extension String: FastAPIUsers.UserID {
  /// Reads any text: every string is an ID.
  public init?(tokenSubject subject: String) { self = subject }
  /// The string itself.
  public var tokenSubject: String { self }
}

extension Int: FastAPIUsers.UserID {
  /// Reads what Python's `int()` reads, up to 64 bits: whitespace around it, a sign, leading zeros,
  /// single underscores between digits, decimal digits of any script.
  public init?(tokenSubject subject: String) {
    guard let value = PythonInteger(subject, radix: 10), let id = value.int else { return nil }
    self = id
  }

  /// The integer in decimal digits.
  public var tokenSubject: String { description }
}

extension FastAPIUsers {
  /// A UUID (RFC 9562), without Foundation.
  public struct UUIDValue: UserID, CustomStringConvertible {
    /// The upper 64 bits.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64

    /// Makes a UUID from its two halves.
    public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// Reads what Python's `uuid.UUID()` reads: removes `urn:` and `uuid:` anywhere, braces around
    /// it and all hyphens; 32 characters valid for `int(text, 16)` must remain.
    public init?(tokenSubject subject: String) {
      var text = Array(subject.unicodeScalars)
      for noise in ["urn:", "uuid:"] { text.remove(every: Array(noise.unicodeScalars)) }
      text.removeFirst(text.prefix { $0 == "{" || $0 == "}" }.count)
      while let last = text.last, last == "{" || last == "}" { text.removeLast() }
      text.removeAll { $0 == "-" }
      guard text.count == 32, let value = PythonInteger(text, radix: 16) else { return nil }
      guard !value.isNegative, let halves = value.halves else { return nil }
      (high, low) = halves
    }

    /// Lower-case hexadecimal with hyphens, as Python's `str()` writes it.
    public var tokenSubject: String { description }

    /// Lower-case hexadecimal with hyphens, as Python's `str()` writes it.
    public var description: String {
      let digits = Array((hex(high) + hex(low)).utf8)
      let groups = [
        digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32],
      ]
      return groups.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }

    private func hex(_ half: UInt64) -> String {
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
  }
}

/// An integer in the syntax of Python's `int()` (its reference, "Integer literals").
struct PythonInteger {
  let isNegative: Bool
  /// Values of the digits, the highest first, leading zeros removed.
  private let digits: [UInt8]
  private let radix: UInt64

  init?(_ text: String, radix: Int) { self.init(Array(text.unicodeScalars), radix: radix) }

  init?(_ text: [Unicode.Scalar], radix: Int) {
    var rest = text[...]
    while let first = rest.first, Self.isSpace(first) { rest.removeFirst() }
    while let last = rest.last, Self.isSpace(last) { rest.removeLast() }
    let sign = rest.first == "-" || rest.first == "+" ? rest.removeFirst() : nil
    isNegative = sign == "-"
    var values: [UInt8] = []
    var wantsDigit = true
    if radix == 16, rest.count > 2, rest.first == "0",
      "xX".unicodeScalars.contains(rest[rest.startIndex + 1])
    {
      rest.removeFirst(2)
      // An underscore may follow the prefix.
      if rest.first == "_" { rest.removeFirst() }
    }
    for scalar in rest {
      if scalar == "_" {
        guard !wantsDigit else { return nil }
        wantsDigit = true
        continue
      }
      guard let value = Self.value(of: scalar), value < radix else { return nil }
      values.append(value)
      wantsDigit = false
    }
    // CPython refuses longer decimal texts, because the work grows with the square of the length.
    guard !wantsDigit, radix == 16 || values.count <= 4300 else { return nil }
    digits = Array(values.drop { $0 == 0 })
    self.radix = UInt64(radix)
  }

  /// The value, or nil if it does not fit.
  var int: Int? {
    var value = 0
    for digit in digits {
      let (shifted, over) = value.multipliedReportingOverflow(by: Int(radix))
      let (next, further) = shifted.addingReportingOverflow(isNegative ? -Int(digit) : Int(digit))
      guard !over, !further else { return nil }
      value = next
    }
    return value
  }

  /// The value's two 64-bit halves, or nil if it is larger.
  var halves: (UInt64, UInt64)? {
    guard digits.count <= 32 else { return nil }
    var (high, low): (UInt64, UInt64) = (0, 0)
    for digit in digits {
      high = high << 4 | low >> 60
      low = low << 4 | UInt64(digit)
    }
    return (high, low)
  }

  private static func value(of scalar: Unicode.Scalar) -> UInt8? {
    switch scalar {
    case "0"..."9": UInt8(scalar.value - 0x30)
    case "a"..."f": UInt8(scalar.value - 0x61 + 10)
    case "A"..."F": UInt8(scalar.value - 0x41 + 10)
    default:
      scalar.properties.numericType == .decimal
        ? scalar.properties.numericValue.map { UInt8($0) } : nil
    }
  }

  /// As `str.isspace()`: Unicode's whitespace and ASCII's four separators.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
  }
}

extension Array where Element == Unicode.Scalar {
  /// Removes each `text`, from the left, as Python's `replace` does.
  fileprivate mutating func remove(every text: [Unicode.Scalar]) {
    var kept: [Unicode.Scalar] = []
    var offset = 0
    while offset < count {
      if offset + text.count <= count, Array(self[offset..<offset + text.count]) == text {
        offset += text.count
      } else {
        kept.append(self[offset])
        offset += 1
      }
    }
    self = kept
  }
}
