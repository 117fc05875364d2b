// What ends a command early.

/// Why a command ends: one line for people.
public enum BenchError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The command line is wrong.
  case usage(String)
  /// A file, a key or an engine that can't be used.
  case unusable(String)
  /// Ctrl-C came before there was anything to keep.
  case interrupted(String)

  public var description: String {
    switch self {
    case .usage(let line), .unusable(let line), .interrupted(let line): line
    }
  }
}
