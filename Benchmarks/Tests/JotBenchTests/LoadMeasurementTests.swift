import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

/// The whole measurement, with a small server and a script instead of wrk. `make load` with
/// `jot-bench load --slices 2 --seconds 0.2` runs it with the real ones.
@Suite("LoadMeasurement", .serialized)
struct LoadMeasurementTests {
  private static let base = LoadMode(name: LoadMode.base, tokens: ["good0"], refused: [])

  private static func strict(_ name: String = "hs256", refused: [String] = ["bad"]) -> LoadMode {
    LoadMode(name: name, tokens: (0..<10).map { "good\($0)" }, refused: refused)
  }

  /// The rows of base and another mode in two short slices each, or the error.
  private func rows(
    _ mode: LoadMode, output: String = LoadFixture.wrkOutput,
    isStopped: @escaping @Sendable () -> Bool = { false }
  ) throws -> [LoadRow] {
    let folder = try Folder()
    var settings = try LoadFixture.settings()
    settings.modes = [Self.base, mode]
    (settings.slices, settings.seconds, settings.rate) = (2, 0.05, 200)
    settings.wrk = try LoadFixture.wrk(in: folder, output: output)
    var measurement = LoadMeasurement(settings, isStopped: isStopped)
    return try measurement.run()
  }

  @Test("measures the closed and the open load of each mode")
  func measures() throws {
    let rows = try rows(Self.strict())
    #expect(rows.map(\.mode) == ["base", "hs256"])
    for row in rows {
      #expect(row.cpuSlices.count == 2 && row.requests > 0 && row.rate.median > 0)
      #expect(row.p50 == 6110)
      let open = try #require(row.open)
      #expect(open.rate == 200 && open.requests > 0 && open.unanswered == 0)
      #expect((open.latency?.p50 ?? 0) > 0 && open.cpuSlices.count == 2)
      #expect((open.overBase == nil) == (row.mode == "base"))
    }
    #expect(rows[0].overBase == nil && rows[1].overBase != nil)
  }

  @Test("a mode that refuses a good token, or accepts a bad one, ends the run")
  func checks() throws {
    #expect(throws: BenchError.unusable("other: it refuses a good token")) {
      try rows(LoadMode(name: "other", tokens: ["bad"], refused: []))
    }
    #expect(throws: BenchError.unusable("lax: it accepts bad token 1 of 2")) {
      try rows(LoadMode(name: "lax", tokens: ["good"], refused: ["bad", "bad"]))
    }
  }

  @Test("an error that wrk counted ends the run")
  func errors() throws {
    let error = #expect(throws: BenchError.self) {
      try rows(
        Self.strict(), output: LoadFixture.wrkOutput + "\n  Non-2xx or 3xx responses: 3")
    }
    #expect(error?.description.hasSuffix("3 of 10039 requests failed") == true)
  }

  @Test("an interrupted run without a whole round has no rows")
  func interrupted() throws {
    #expect(try rows(Self.strict(), isStopped: { true }).isEmpty)
  }

  @Test("a server that can't start says why, and a program that is missing is named")
  func starts() throws {
    var settings = try LoadFixture.settings("no port: it is busy")
    #expect(
      throws: BenchError.unusable(
        "the server \(settings.server) did not start: no port: it is busy")
    ) {
      try LoadServer(settings, isStopped: { false })
    }
    settings.server = "/no/such/server"
    let error = #expect(throws: BenchError.self) {
      try LoadServer(settings, isStopped: { false })
    }
    #expect(error?.description.contains("/no/such/server can't be run") == true)
  }

  @Test("the server ends with its object")
  func ends() throws {
    let port: Int
    do {
      let server = try LoadServer(LoadFixture.settings(), isStopped: { false })
      port = server.port
      #expect(try server.counters().requests == 0)
    }
    #expect(throws: BenchError.self) { try LoadCheck(Self.base, port: port).run() }
  }
}
