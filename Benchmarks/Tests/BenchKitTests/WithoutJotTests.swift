import BenchKit
import Foundation
import Testing

/// Uses only BenchKit's public interface: a scenario, two engines, a run and a record.
@Suite("BenchKit without Jot")
struct WithoutJotTests {
  private enum Sorting: Scenario {
    case numbers(Int)

    var name: String {
      switch self {
      case .numbers(let count): "sort/\(count)"
      }
    }
    var question: String { "How long does sorting take?" }
    var scales: Bool { true }

    struct Input: Workload {
      let scenario: String
      let numbers: [UInt64]
      var inputBytes: Int { 8 * numbers.count }
    }

    var input: Input {
      switch self {
      case .numbers(let count):
        var generator = Seeded(1)
        return Input(scenario: name, numbers: (0..<count).map { _ in generator.next() })
      }
    }
  }

  private struct Sorter: Engine {
    let name: String
    let isWrong: Bool

    func workers(_ work: Sorting.Input, threads: Int) throws(BenchError) -> [any Worker] {
      (0..<threads).map { _ in SortingWorker(work, isWrong: isWrong) }
    }
  }

  /// The answer is the least number.
  private final class SortingWorker: Worker, @unchecked Sendable {
    let expected: [UInt64]
    private let numbers: [UInt64]
    private let isWrong: Bool

    init(_ input: Sorting.Input, isWrong: Bool) {
      (numbers, self.isWrong) = (input.numbers, isWrong)
      expected = [numbers.min() ?? 0]
    }

    func run(_ count: Int) -> UInt64 {
      (0..<count).reduce(0) { sum, _ in
        sum &+ (isWrong ? numbers[0] : numbers.sorted()[0])
      }
    }

    func refusesBadTokens() -> Bool { true }
  }

  @Test("measures other scenarios and engines, checks their answers, and records the rows")
  func measures() throws {
    var settings = RunSettings(scenarios: [Sorting.numbers(100)])
    settings.seconds = 0.01
    let engines = [Sorter(name: "sorted", isWrong: false), Sorter(name: "first", isWrong: true)]
    var measurement = Measurement(
      settings, engines: engines,
      makeInput: { scenario throws(BenchError) in scenario.input })
    let rows = try measurement.run()
    #expect(rows.map(\.engine) == ["sorted", "first"])
    #expect(rows.map(\.answerChecked) == [true, false])
    #expect(rows[0].scenario == "sort/100" && rows[0].tokenBytes == 800)
    #expect((rows[0].nsPerOp ?? 0) > 0 && rows[1].nsPerOp == nil)
    let report = Report(machine: Machine(["cpu": .text("any")]), rows: rows)
    #expect(try Report(json: Data(report.json.utf8)).rows.count == 2)
    #expect(Comparison(report, report).regressions(over: 0).isEmpty)
  }
}
