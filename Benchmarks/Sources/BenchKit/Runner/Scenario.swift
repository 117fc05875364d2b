// What is measured.

/// A question with a name, which every engine answers by doing the same operations.
public protocol Scenario: Sendable, Hashable {
  /// What the operations are done on.
  associatedtype Input: Workload

  /// Like `verify/HS256/access-token`.
  var name: String { get }
  /// The question that it answers, for one core.
  var question: String { get }
  /// Whether more threads tell more; otherwise the first number of threads alone is measured.
  var scales: Bool { get }
}

/// What a scenario's operations are done on: made once, and the same for all engines.
public protocol Workload: Sendable {
  /// The name of its scenario.
  var scenario: String { get }
  /// Bytes of one operation's input: the median.
  var inputBytes: Int { get }
}

/// The names of scenarios.
enum ScenarioName {
  /// Whether a text may be one: plain in a terminal, in Markdown and in a path.
  static func isValid(_ text: String) -> Bool {
    (1...100).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        $0 < 0x80
          && (Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber)
          || "._/+-".utf8.contains($0)
      }
  }
}
