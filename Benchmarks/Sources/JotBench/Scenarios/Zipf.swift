// Zipf's law, and what a cache hits under it.
import BenchKit

/// Places of a pool as they come by Zipf's law.
enum Zipf {
  /// Returns `length` places of `count`, drawn with the probability 1/(place + 1) over their sum.
  static func places(_ length: Int, of count: Int, seed: UInt64) -> [Int] {
    var random = Seeded(seed)
    let sums = sums(count)
    return (0..<length).map { _ in
      let value = Double.random(in: 0..<sums[count - 1], using: &random)
      // The first sum above the value.
      var (low, high) = (0, count - 1)
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] > value { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }

  /// The share of draws that the first `front` places of `count` have: what a cache that knew the
  /// popularity beforehand would hit.
  static func share(of front: Int, in count: Int) -> Double {
    let sums = sums(count)
    return sums[front - 1] / sums[count - 1]
  }

  /// The share of draws that a queue hits which holds `places` of `count` and evicts what came first.
  ///
  /// A place of probability p that is missed p times in a unit of time and then stays for t units is there
  /// pt / (1 + pt) of the time (Gelenbe, 1973); t is such that `places` are there at once.
  static func queueShare(of places: Int, in count: Int) -> Double {
    let sums = sums(count)
    let chances = (1...count).map { 1 / (Double($0) * sums[count - 1]) }
    func held(_ stay: Double) -> Double {
      chances.reduce(0) { $0 + $1 * stay / (1 + $1 * stay) }
    }
    var (short, long) = (0.0, 1.0)
    while held(long) < Double(places) { long *= 2 }
    for _ in 0..<40 {
      let middle = (short + long) / 2
      if held(middle) < Double(places) { short = middle } else { long = middle }
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
