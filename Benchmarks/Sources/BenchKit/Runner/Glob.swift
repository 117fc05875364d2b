// Patterns that select scenarios by name.

/// A pattern in which `*` matches any characters.
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

  /// Returns at most three names similar to a pattern without a match: those that contain it, or
  /// else those within a small edit distance.
  package static func near(_ pattern: String, among names: [String]) -> [String] {
    let word = pattern.lowercased()
    let parts = names.filter { !word.isEmpty && $0.lowercased().contains(word) }
    if !parts.isEmpty { return Array(parts.prefix(3)) }
    let distances = names.map { (name: $0, distance: distance(word, $0.lowercased())) }
    return distances.filter { $0.distance <= max(2, word.count / 4) }
      .sorted { $0.distance < $1.distance }.prefix(3).map(\.name)
  }

  /// The Levenshtein distance of two texts.
  private static func distance(_ one: String, _ other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (line, character) in one.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, candidate) in other.enumerated() {
        let change = diagonal + (character == candidate ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, diagonal + 1)
      }
    }
    return row[other.count]
  }
}
