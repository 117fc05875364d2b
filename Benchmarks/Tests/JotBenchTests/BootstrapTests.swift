import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Bootstrap")
struct BootstrapTests {
  @Test("gives scipy's interval of the median, the same for each seed")
  func known() {
    // scipy 1.17.1: scipy.stats.bootstrap((x,), numpy.median, method="percentile",
    // n_resamples=20000), the same for three seeds.
    let values = [2.1, 3.3, 5.2, 8.8, 9.1, 10.5, 11.7, 12, 13.9, 15.1, 16.2, 18.3]
    let bootstrap = Bootstrap(Slices(values), block: 1)
    for seed in 1...3 as ClosedRange<UInt64> {
      var generator = Seeded(seed)
      let interval = Bootstrap.middle(bootstrap.medians(resamples: 20_000, &generator))
      #expect(abs(interval.lowerBound - 7) < 0.01 && abs(interval.upperBound - 14.5) < 0.01)
    }
    #expect(Bootstrap.interval(Slices(values)) == Bootstrap.interval(Slices(values)))
  }

  @Test("with one value the interval is that value, with two their range")
  func few() {
    #expect(Bootstrap.interval(Slices([5])) == 5...5)
    #expect(Bootstrap.interval(Slices([5, 7])) == 5...7)
  }

  @Test("covers the true median in about 95 % of series of independent slices")
  func coverage() {
    #expect((0.90...0.99).contains(coverage(correlation: 0) { Bootstrap.interval($0) }))
  }

  @Test("covers it nearly as often with correlated neighbours, where a plain bootstrap does not")
  func alike() {
    let plain = coverage(correlation: 0.8) { slices in
      var generator = Seeded(1)
      return Bootstrap.middle(Bootstrap(slices, block: 1).medians(resamples: 400, &generator))
    }
    let blocked = coverage(correlation: 0.8) { Bootstrap.interval($0) }
    #expect(plain < 0.70, "\(plain)")
    #expect(blocked > 0.82, "\(blocked)")
  }

  @Test("differences between sessions widen the interval beyond what their slices say")
  func sessions() {
    var generator = Seeded(9)
    let values = (0..<4).flatMap { session in
      (0..<50).map { _ in 100 + Double(session) + Double.random(in: -0.1...0.1, using: &generator) }
    }
    let apart = Bootstrap.interval(Slices(values, sessions: [50, 50, 50, 50]))
    #expect(apart.upperBound - apart.lowerBound > 1.5, "\(apart)")
  }

  @Test("estimates how many neighbouring slices are correlated")
  func correlation() {
    #expect((1...1.6).contains(Self.series(0, 400, seed: 3).correlation))
    // (1 + 0.8) / (1 - 0.8) = 9.
    #expect((5...13).contains(Self.series(0.8, 2000, seed: 3).correlation))
    #expect(Slices([1, 1, 1, 1]).correlation == 1)
    #expect(Slices([1, 2]).blockLength == 1 && Slices().blockLength == 1)
    let slices = Slices([1, 2, 3, 4, 5, 6, 7, 8], sessions: [4, 4])
    #expect(slices.blocks == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  /// The share of 200 series whose interval, from 120 slices, covers the true median 0.
  private func coverage(
    correlation: Double, _ interval: (Slices) -> ClosedRange<Double>
  ) -> Double {
    let hits = (0..<200).filter { seed in
      interval(Self.series(correlation, 120, seed: UInt64(seed))).contains(0)
    }
    return Double(hits.count) / 200
  }

  /// Normal noise with autocorrelation: a share of each value comes from the one before.
  static func series(_ correlation: Double, _ count: Int, seed: UInt64) -> Slices {
    var generator = Seeded(seed &* 7919 &+ 17)
    var last = 0.0
    let rest = (1 - correlation * correlation).squareRoot()
    return Slices(
      (-50..<count).map { _ in
        last = correlation * last + rest * Double.normal(&generator)
        return last
      }.suffix(count).map { $0 })
  }
}

extension Double {
  /// A value of the standard normal distribution (Box-Muller).
  static func normal(_ generator: inout Seeded) -> Double {
    let (first, second) = (
      Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator),
      Double.random(in: 0..<1, using: &generator)
    )
    return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
  }
}
