// What is known of a machine: a text or a number.

/// One fact about a machine.
public enum MachineFact: Sendable, Hashable {
  case text(String)
  case number(Double)

  /// The value of a fact that is not known.
  public static let unknown = MachineFact.text("unknown")

  package init(_ text: String?) { self = text.map { .text($0) } ?? .unknown }
  package init(_ number: Double?) { self = number.map { .number($0) } ?? .unknown }
  package init(_ number: Int?) { self.init(number.map { Double($0) }) }

  public var number: Double? {
    if case .number(let number) = self { number } else { nil }
  }
}

extension MachineFact: CustomStringConvertible {
  public var description: String {
    switch self {
    case .text(let text): text
    case .number(let number):
      number == number.rounded() ? NumberFormat.fixed(number, 0) : NumberFormat.fixed(number, 2)
    }
  }
}

extension MachineFact: Codable {
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let number = try? value.decode(Double.self) {
      guard abs(number) <= 1e15 else {
        throw DecodingError.dataCorruptedError(
          in: value, debugDescription: "a number up to 1e15 is needed")
      }
      self = .number(number)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .text(let text): try value.encode(text)
    case .number(let number): try value.encode(number)
    }
  }
}
