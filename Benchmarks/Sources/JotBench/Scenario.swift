// What is measured: a question, its input and its answer.

/// An operation on one algorithm's access tokens.
///
/// Input: a FastAPI Users access token of a user's UUID, the default audience and an expiry, 204
/// characters with HS256. To sign is to make it from the user's id and the expiry; to verify is to
/// check all of it and get at its claims.
public struct Scenario: Sendable, Hashable {
  public enum Operation: String, Sendable { case sign, verify }
  public enum Algorithm: String, Sendable {
    case hs256 = "HS256"
    case rs256 = "RS256"
  }

  public let operation: Operation
  public let algorithm: Algorithm

  public init(_ operation: Operation, _ algorithm: Algorithm) {
    (self.operation, self.algorithm) = (operation, algorithm)
  }

  /// Like `verify/HS256/access-token`.
  public var name: String { "\(operation.rawValue)/\(algorithm.rawValue)/access-token" }

  /// All scenarios, in the order of the table.
  public static let all: [Scenario] = [
    Scenario(.sign, .hs256), Scenario(.verify, .hs256), Scenario(.sign, .rs256),
    Scenario(.verify, .rs256),
  ]

  /// Returns the scenarios whose name `glob` matches.
  public static func matching(_ glob: String) throws(BenchError) -> [Scenario] {
    let found = all.filter { Glob(glob).matches($0.name) }
    guard !found.isEmpty else {
      throw .usage(
        "--scenario \(glob) matches none of: \(all.map(\.name).joined(separator: ", "))")
    }
    return found
  }
}

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

/// Why a run can't be: one line for people.
public enum BenchError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The command line is wrong.
  case usage(String)
  /// A file, a key or an engine that can't be used.
  case unusable(String)

  public var description: String {
    switch self {
    case .usage(let line), .unusable(let line): line
    }
  }
}
