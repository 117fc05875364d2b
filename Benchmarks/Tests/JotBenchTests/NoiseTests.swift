import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Noise")
struct NoiseTests {
  /// A row with one ratio per session, the same in all its slices.
  private func row(_ sessions: [Double], ratio: Bool = true) -> Row {
    var row = Row(
      scenario: "s", engine: "jot", threads: 1, tokenBytes: 1, isOversubscribed: false, samples: 1,
      answerChecked: true)
    let slices = Slices(
      sessions.flatMap { [$0, $0, $0] }, sessions: sessions.map { _ in 3 })
    row.slices = ratio ? slices.map { _ in 100 } : slices
    if ratio { row.ratioSlices = slices }
    return row
  }

  @Test("compares the even sessions with the odd ones")
  func halves() {
    #expect(Noise.change(row([1, 1.1, 1, 1.1]))! - 0.1 < 1e-9)
    #expect(Noise.change(row([1.1, 1.0]))! - 0.1 < 1e-9 && Noise.change(row([1, 1, 1])) == 0)
    #expect(Noise.change(row([1])) == nil && Noise.change([]) == nil)
    // The ratio is compared if there is one.
    #expect(Noise.change([row([1, 1.5], ratio: false), row([1, 1.02])])! == 0.02)
    #expect(Noise.change([row([1, 1.5], ratio: false)])! == 0.5)
  }

  @Test("nine of ten rows change by no more than the noise floor")
  func most() {
    let rows = (1...10).map { row([1, 1 + Double($0) / 100]) }
    #expect(Noise.change(rows) == 0.09 && Noise.change(Array(rows.prefix(4))) == 0.04)
  }

  @Test("reports quiet, noisy with its causes, or unknown")
  func verdicts() {
    let quiet = Noise([row([1, 1.004])], .test)
    #expect(quiet.verdict == .quiet && quiet.aaChange == 0.004)
    #expect(quiet.words.contains("0.4 %") && quiet.words.contains("from 1.0 % on"))
    let noisy = Noise([row([1, 1.031])], .test)
    #expect(noisy.verdict == .noisy && noisy.words.contains("below 3.1 %"))
    #expect(Noise([row([1])], .test).verdict == .unknown)
    for (facts, word) in [
      (["steal_share": .number(0.1)], "host"), (["throttled": .number(2)], "quota"),
      (["foreign_cpus": .number(0.8)], "other processes"),
    ] as [([String: MachineFact], String)] {
      for rows in [[row([1, 1])], [row([1])]] {
        let noise = Noise(rows, Machine(facts.merging(["cores": .number(2)]) { $1 }))
        #expect(noise.verdict == .noisy && noise.words.contains(word), "\(noise)")
      }
    }
  }
}
