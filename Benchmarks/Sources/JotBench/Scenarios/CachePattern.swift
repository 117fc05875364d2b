// How often tokens repeat, and so how often a cache has them.
import BenchKit

/// Which token comes next.
public enum CachePattern: Sendable, Hashable {
  /// So many of a hundred operations take a token that the cache has.
  case percent(Int)
  /// Zipf with s = 1: the nth token comes 1/n as often as the first. There are sixteen times as many
  /// tokens as in other pools, and the cache holds an eighth of them.
  case zipf

  var name: String {
    switch self {
    case .percent(100): "access-token"
    case .percent(let share): "\(share)-percent"
    case .zipf: "zipf"
    }
  }

  var words: String {
    switch self {
    case .percent(100): "all of them"
    case .percent(0): "none of them"
    case .percent(let share): "\(share) % of them"
    case .zipf: "an eighth of them, which come by Zipf's law"
    }
  }
}
