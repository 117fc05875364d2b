import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("The table of allocations")
struct AllocationTableTests {
  @Test("counts are reproducible, the table reads its own text, and differences are named")
  func table() throws {
    let scenarios: [JotScenario] = [
      .tokens(.verify, .hs256, .accessToken), .base64url(.decode, characters: 43),
      .hostile(.wrongSignature),
    ]
    let (one, other) = (try AllocationTable(scenarios), try AllocationTable(scenarios))
    #expect(one.counts.map(\.scenario) == scenarios.map(\.name))
    #expect(one.differences(from: other) == [] && one.counts.allSatisfy { $0.calls == 0 })
    let back = try AllocationTable(text: one.text)
    #expect(back.text == one.text && back.differences(from: one) == [])
    let text = one.text.replacing(
      "verify/HS256/access-token 0", with: "verify/HS256/access-token 1"
    )
    .replacing("decode/base64url/43 0\n", with: "decode/base64url/44 0\n")
    #expect(
      one.differences(from: try AllocationTable(text: text)) == [
        "decode/base64url/43: counted 0, expected no row",
        "decode/base64url/44: counted no row, expected 0",
        "verify/HS256/access-token: counted 0, expected 1",
      ])
    for wrong in ["a", "a b", "a -1", "a 1 2", "a 1\na 1"] {
      #expect(throws: BenchError.self) { try AllocationTable(text: wrong) }
    }
  }

  @Test("the stored table has exactly the scenarios in which OpenSSL does not allocate")
  func stored() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../allocations.txt")
    let table = try AllocationTable(text: String(contentsOf: file, encoding: .utf8))
    #expect(table.counts.map(\.scenario) == AllocationTable.scenarios.map(\.name))
    #expect(!table.counts.contains { $0.scenario.hasPrefix("sign/RS256") })
    #expect(table.counts.count > 50)
  }
}
