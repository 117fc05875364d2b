// How scenarios are picked by name.

/// A pattern in which `*` stands for any characters.
public struct Glob: Sendable {
  private let parts: [Substring]

  public init(_ pattern: String) {
    parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
  }

  public func matches(_ text: String) -> Bool {
    guard parts.count > 1 else { return parts[0] == text[...] }
    var rest = text[...]
    guard rest.hasPrefix(parts[0]) else { return false }
    rest = rest.dropFirst(parts[0].count)
    for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
  }
}
