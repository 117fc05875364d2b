// How often tokens come again, and so how often a cache has them.
import BenchKit

/// Which token comes next.
public enum CachePattern: Sendable, Hashable {
  /// Of a hundred operations so many take a token that the cache has.
  case percent(Int)
  /// Of ``zipfTokens`` tokens the nth in rank comes 1/n as often as the first (Zipf, s = 1), and the
  /// cache holds an eighth of them.
  case zipf

  static let zipfTokens = 16_384

  var name: String {
    switch self {
    case .percent(100): "access-token"
    case .percent(let share): "\(share)-percent"
    case .zipf: "zipf"
    }
  }

  var words: String {
    switch self {
    case .percent(100): "that knows them all"
    case .percent(0): "that knows none"
    case .percent(let share): "that knows \(share) of 100"
    case .zipf: "that holds an eighth, the popular ones (Zipf)"
    }
  }
}
