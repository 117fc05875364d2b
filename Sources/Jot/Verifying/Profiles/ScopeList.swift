// The value of a claim `scope` or `scp` (RFC 8693 §4.2, RFC 6749 §3.3).

/// A list of scopes, as a property of a `Codable` type of claims.
///
/// Decodes a string of scopes with single spaces between, or an array of them, as some providers
/// send; encodes the string. What is no scope by RFC 6749 §3.3, such as an empty one or one with a
/// control character, is left out. Anything else is a `DecodingError`.
public struct ScopeList: Sendable, Hashable, Codable, ExpressibleByArrayLiteral {
  /// The scopes, in the claim's order.
  public let scopes: [String]

  /// Makes a list of the elements of `scopes` that are scopes.
  public init(_ scopes: some Sequence<String>) { self.scopes = scopes.filter(Self.isScope) }

  /// Makes a list of the scopes in `text`, which spaces separate.
  public init(text: String) {
    self.init(text.utf8.split(separator: 0x20).map { String(Substring($0)) })
  }

  /// Makes a list of the elements that are scopes.
  public init(arrayLiteral scopes: String...) { self.init(scopes) }

  /// Decodes a string of scopes, or an array of strings.
  ///
  /// - Throws: `DecodingError` for any other value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self.init(text: text)
    } else {
      self.init(try container.decode([String].self))
    }
  }

  /// Encodes the scopes as one string, with spaces between.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(scopes.joined(separator: " "))
  }

  /// Whether `text` is a scope-token: printable ASCII but space, `"` and `\`, one character or more.
  static func isScope(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy(isScopeByte)
  }

  /// Whether a scope may have this byte.
  @_noAllocation
  static func isScopeByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }
}
