// Zipf's law, and what a cache hits under it.
import BenchKit

/// Zipf's law: the index 0 is the most frequent.
enum Zipf {
  /// Returns `length` random indices below `count`, with weights 1/(index + 1).
  static func indices(_ length: Int, of count: Int, seed: UInt64) -> [Int] {
    var random = Seeded(seed)
    let sums = sums(count)
    return (0..<length).map { _ in
      let value = Double.random(in: 0..<sums[count - 1], using: &random)
      // Binary search for the first sum above the value.
      var (low, high) = (0, count - 1)
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] > value { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }

  /// The share of the first `front` of `count` indices: the hit ratio of an ideal cache.
  static func share(of front: Int, in count: Int) -> Double {
    let sums = sums(count)
    return sums[front - 1] / sums[count - 1]
  }

  /// The hit ratio of a FIFO cache with `capacity` of `count` entries.
  ///
  /// An index of probability p that stays for t units of time is cached pt / (1 + pt) of the time
  /// (Gelenbe, 1973); t is such that `capacity` are cached at once.
  static func fifoShare(of capacity: Int, in count: Int) -> Double {
    let sums = sums(count)
    let chances = (1...count).map { 1 / (Double($0) * sums[count - 1]) }
    func held(_ stay: Double) -> Double {
      chances.reduce(0) { $0 + $1 * stay / (1 + $1 * stay) }
    }
    var (short, long) = (0.0, 1.0)
    while held(long) < Double(capacity) { long *= 2 }
    for _ in 0..<40 {
      let middle = (short + long) / 2
      if held(middle) < Double(capacity) { short = middle } else { long = middle }
    }
    return chances.reduce(0) { $0 + $1 * ($1 * long / (1 + $1 * long)) }
  }

  private static func sums(_ count: Int) -> [Double] {
    var sum = 0.0
    return (1...count).map {
      sum += 1 / Double($0)
      return sum
    }
  }
}
